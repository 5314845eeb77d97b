-- What stretches of journals did, where stations do not have the entries any more and central lost them.

CREATE TABLE base (
    number bigint NOT NULL PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    device uuid NOT NULL,
    generation uuid NOT NULL,
    first bigint NOT NULL, -- the first entry that it stands for
    last bigint NOT NULL,
    branch integer NOT NULL, -- where its entries stand, and those that follow it
    previous bytea NOT NULL, -- hash of the entry before the first
    hash bytea NOT NULL, -- of the last entry
    digests bytea NOT NULL, -- of each entry's hash the first 8 bytes
    held boolean NOT NULL, -- it stands for some of what another base stands for, and is not applied
    body text NOT NULL, -- the text that central signed
    signature bytea NOT NULL,
    sender uuid NOT NULL,
    received_ms bigint NOT NULL,
    UNIQUE (generation, first, last, hash)
);
CREATE INDEX base_by_end ON base (generation, last);

-- How stock moved by a base, and what of it is not here as movements of its entries: that counts.
CREATE TABLE base_line (
    base bigint NOT NULL REFERENCES base (number),
    product uuid NOT NULL,
    from_account text NOT NULL,
    to_account text NOT NULL,
    lot text NOT NULL, -- empty: none
    quantity bigint NOT NULL, -- thousandths, as the base says
    posted bigint NOT NULL, -- thousandths, without the movements of its entries that are here
    from_ms bigint NOT NULL,
    to_ms bigint NOT NULL,
    PRIMARY KEY (base, product, from_account, to_account, lot)
);
CREATE INDEX base_line_of_product ON base_line (product);
