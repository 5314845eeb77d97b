-- What stretches of the journal did whose entries are not kept any more: see journal::BaseStatement.
CREATE TABLE base (
    number INTEGER NOT NULL PRIMARY KEY,
    generation BLOB NOT NULL,
    first INTEGER NOT NULL, -- the first entry that it stands for
    last INTEGER NOT NULL,
    hash BLOB NOT NULL, -- of the last entry
    digests BLOB NOT NULL, -- of each entry's hash the first 8 bytes
    statement TEXT NOT NULL, -- the text that central signed
    signature BLOB NOT NULL,
    UNIQUE (generation, first)
) STRICT;

-- How stock moved by it, without the movements of those of its entries that are kept whole.
CREATE TABLE base_line (
    base INTEGER NOT NULL REFERENCES base (number),
    product BLOB NOT NULL,
    from_account TEXT NOT NULL,
    to_account TEXT NOT NULL,
    lot TEXT NOT NULL, -- empty: none
    quantity INTEGER NOT NULL, -- thousandths
    PRIMARY KEY (base, product, from_account, to_account, lot)
) STRICT, WITHOUT ROWID;
