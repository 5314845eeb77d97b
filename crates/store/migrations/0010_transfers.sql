-- Goods that go from one site to another, as far as this station knows: what its own journal says and what came down.
CREATE TABLE transfer (
    number INTEGER NOT NULL PRIMARY KEY, -- in the order in which they were heard of
    id BLOB NOT NULL UNIQUE,
    state TEXT NOT NULL, -- follows from the body
    body TEXT NOT NULL -- JSON, v1::TransferV1
) STRICT;
CREATE INDEX transfer_in_state ON transfer (state, number);

-- What is being sent or received now, scan by scan: one at a time.
CREATE TABLE transfer_draft (
    only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    body TEXT NOT NULL -- JSON
) STRICT;

-- What the places of the company are called.
CREATE TABLE place (
    id BLOB NOT NULL PRIMARY KEY,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL -- shop, warehouse, web
) STRICT, WITHOUT ROWID;
