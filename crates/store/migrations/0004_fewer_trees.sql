-- A sale writes a page for each tree that it touches: so fewer trees, and rows that stand in the order in which they come.

-- Stock that followed from our own entries: each movement beside its entry.
ALTER TABLE movement RENAME TO movement_by_id;
DROP INDEX movement_of_entry;
CREATE TABLE movement (
    generation BLOB NOT NULL,
    sequence INTEGER NOT NULL, -- the entry from which it follows
    id BLOB NOT NULL, -- made from the entry's fact and its line: never of another entry
    product BLOB NOT NULL,
    from_account TEXT NOT NULL,
    to_account TEXT NOT NULL,
    lot TEXT,
    quantity INTEGER NOT NULL CHECK (quantity > 0), -- thousandths
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (generation, sequence, id)
) STRICT, WITHOUT ROWID;
INSERT INTO movement (generation, sequence, id, product, from_account, to_account, lot, quantity, from_ms, to_ms, reason)
    SELECT generation, sequence, id, product, from_account, to_account, lot, quantity, from_ms, to_ms, reason
    FROM movement_by_id;
DROP TABLE movement_by_id;

-- Finished sales: the long body in a row by number, where it needs no page of its own.
ALTER TABLE sale RENAME TO sale_by_id;
CREATE TABLE sale (
    number INTEGER NOT NULL PRIMARY KEY, -- order of finishing at this till
    id BLOB NOT NULL UNIQUE,
    receipt TEXT NOT NULL UNIQUE,
    generation BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    body TEXT NOT NULL -- JSON of sale::Sale
) STRICT;
INSERT INTO sale (number, id, receipt, generation, sequence, body)
    SELECT number, id, receipt, generation, sequence, body FROM sale_by_id;
DROP TABLE sale_by_id;

-- What was sold last is a short list: the setting `sold-last`, which the next sale begins anew.
DROP TABLE sold;
