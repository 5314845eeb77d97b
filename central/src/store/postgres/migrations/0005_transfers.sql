-- Goods that go from one site to another.

CREATE TABLE transfer (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    state text NOT NULL, -- follows from the body
    body text NOT NULL -- JSON, v1::TransferV1
);
CREATE INDEX transfer_in_state ON transfer (state, number);

-- The sites that have to do with it.
CREATE TABLE transfer_site (
    site uuid NOT NULL,
    transfer bigint NOT NULL REFERENCES transfer (number),
    PRIMARY KEY (site, transfer)
);
