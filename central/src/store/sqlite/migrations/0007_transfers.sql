-- Goods that go from one site to another.

CREATE TABLE transfer (
    number INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    state TEXT NOT NULL, -- follows from the body
    body TEXT NOT NULL -- JSON, v1::TransferV1
) STRICT;
CREATE INDEX transfer_in_state ON transfer (state, number);

-- The sites that have to do with it.
CREATE TABLE transfer_site (
    site BLOB NOT NULL,
    transfer INTEGER NOT NULL REFERENCES transfer (number),
    PRIMARY KEY (site, transfer)
) STRICT, WITHOUT ROWID;
