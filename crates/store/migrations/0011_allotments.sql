-- What central lent to this station, to promise from by itself.
CREATE TABLE allotment (
    id BLOB NOT NULL PRIMARY KEY,
    product BLOB NOT NULL,
    state TEXT NOT NULL, -- asking: central is to be asked; held; returned: the journal gives back what is left
    generation BLOB, -- the life of the journal that asked, and when by its ticks; null where that is not known here
    boot BLOB,
    asked_ticks_ms INTEGER,
    ttl_ms INTEGER NOT NULL,
    body TEXT -- JSON of v1::AllotmentV1 as central said it last; null before it said anything
) STRICT, WITHOUT ROWID;
CREATE INDEX allotment_of_product ON allotment (product, state);

-- What our own journal says that was promised from it.
CREATE TABLE allotment_draw (
    allotment BLOB NOT NULL,
    promise BLOB NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0), -- thousandths
    PRIMARY KEY (allotment, promise)
) STRICT, WITHOUT ROWID;
