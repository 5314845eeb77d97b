-- What stretches of journals did, where stations do not have the entries any more and central lost them.

CREATE TABLE base (
    number INTEGER NOT NULL PRIMARY KEY,
    device BLOB NOT NULL,
    generation BLOB NOT NULL,
    first INTEGER NOT NULL, -- the first entry that it stands for
    last INTEGER NOT NULL,
    branch INTEGER NOT NULL, -- where its entries stand, and those that follow it
    previous BLOB NOT NULL, -- hash of the entry before the first
    hash BLOB NOT NULL, -- of the last entry
    digests BLOB NOT NULL, -- of each entry's hash the first 8 bytes
    held INTEGER NOT NULL, -- 1: it stands for some of what another base stands for, and is not applied
    body TEXT NOT NULL, -- the text that central signed
    signature BLOB NOT NULL,
    sender BLOB NOT NULL,
    received_ms INTEGER NOT NULL,
    UNIQUE (generation, first, last, hash)
) STRICT;
CREATE INDEX base_by_end ON base (generation, last);

-- How stock moved by a base, and what of it is not here as movements of its entries: that counts.
CREATE TABLE base_line (
    base INTEGER NOT NULL REFERENCES base (number),
    product BLOB NOT NULL,
    from_account TEXT NOT NULL,
    to_account TEXT NOT NULL,
    lot TEXT NOT NULL, -- empty: none
    quantity INTEGER NOT NULL, -- thousandths, as the base says
    posted INTEGER NOT NULL, -- thousandths, without the movements of its entries that are here
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    PRIMARY KEY (base, product, from_account, to_account, lot)
) STRICT, WITHOUT ROWID;
CREATE INDEX base_line_of_product ON base_line (product);
