-- Central: the company, its stations, their journals, the stock that follows, and the feed that goes down.

-- Which central this is.
CREATE TABLE central (
    only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    id BLOB NOT NULL,
    key_seed BLOB NOT NULL, -- Ed25519, secret: signs tokens
    epoch BLOB NOT NULL, -- this life of the feed
    company BLOB NOT NULL,
    company_name TEXT NOT NULL,
    set_up_ms INTEGER NOT NULL
) STRICT;

-- The feed: central's decisions in the order of their commits. Numbers are given out inside the one write transaction.
CREATE TABLE feed (
    number INTEGER NOT NULL PRIMARY KEY,
    epoch BLOB NOT NULL,
    hash BLOB NOT NULL, -- chains all rows before it
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    site BLOB, -- none: all sites
    subject TEXT NOT NULL, -- what it is about; a later row about the same replaces it
    body TEXT NOT NULL, -- JSON
    replaced INTEGER NOT NULL, -- 1 when a later row about the same subject exists
    at_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX feed_latest ON feed (kind, subject, coalesce(site, x'')) WHERE replaced = 0;

CREATE TABLE site (
    id BLOB NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL -- JSON, v1::SiteV1
) STRICT, WITHOUT ROWID;

CREATE TABLE location (
    id BLOB NOT NULL PRIMARY KEY,
    site BLOB NOT NULL REFERENCES site (id),
    kind TEXT NOT NULL -- sales-floor, counter, bin
) STRICT, WITHOUT ROWID;

CREATE TABLE till (
    code TEXT NOT NULL PRIMARY KEY, -- unique in the company: receipts are numbered under it
    site BLOB NOT NULL REFERENCES site (id),
    name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tax_rate (
    number INTEGER NOT NULL PRIMARY KEY, -- the first one is a product's that names none
    code TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT NOT NULL,
    percent TEXT NOT NULL, -- decimal
    UNIQUE (code, valid_from)
) STRICT;

CREATE TABLE product (
    number INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    sku TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL -- JSON, v1::ProductV1
) STRICT;

-- GTIN as a number of up to 14 digits.
CREATE TABLE gtin (
    gtin INTEGER NOT NULL PRIMARY KEY,
    product BLOB NOT NULL
) STRICT;
CREATE INDEX gtin_of_product ON gtin (product);

CREATE TABLE price (
    product BLOB NOT NULL,
    site BLOB NOT NULL, -- empty: all sites
    valid_from TEXT NOT NULL,
    valid_to TEXT NOT NULL,
    amount INTEGER NOT NULL, -- minor units
    PRIMARY KEY (product, site, valid_from)
) STRICT, WITHOUT ROWID;

-- Enrolled stations.
CREATE TABLE device (
    id BLOB NOT NULL PRIMARY KEY,
    site BLOB NOT NULL REFERENCES site (id),
    till TEXT NOT NULL REFERENCES till (code),
    app TEXT NOT NULL,
    enrolled_ms INTEGER NOT NULL,
    revoked_ms INTEGER -- none: may do what stations do
) STRICT, WITHOUT ROWID;

-- Lives of their journals; a key ever enrolled is never forgotten.
CREATE TABLE generation (
    generation BLOB NOT NULL PRIMARY KEY,
    device BLOB NOT NULL REFERENCES device (id),
    short TEXT NOT NULL,
    public_key BLOB NOT NULL,
    known_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX generation_of_device ON generation (device);

-- One-time codes, hashed.
CREATE TABLE enrol_code (
    hash BLOB NOT NULL PRIMARY KEY,
    till TEXT NOT NULL REFERENCES till (code),
    expires_ms INTEGER NOT NULL,
    device BLOB -- who used it; none: nobody yet
) STRICT, WITHOUT ROWID;

-- Nonces of token requests, as long as the clock's tolerance lets them come again.
CREATE TABLE nonce (
    device BLOB NOT NULL,
    nonce BLOB NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (device, nonce)
) STRICT, WITHOUT ROWID;
CREATE INDEX nonce_by_time ON nonce (at_ms);

-- Every entry that verified, for ever.
CREATE TABLE entry (
    number INTEGER NOT NULL PRIMARY KEY,
    device BLOB NOT NULL,
    generation BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    branch INTEGER NOT NULL, -- 0; more where two stations had one identity
    format INTEGER NOT NULL,
    previous BLOB NOT NULL,
    body TEXT NOT NULL, -- the bytes that were hashed
    hash BLOB NOT NULL,
    signature BLOB NOT NULL,
    kind TEXT NOT NULL, -- empty where the body cannot be read
    state TEXT NOT NULL, -- applied, held, unknown-kind
    sender BLOB NOT NULL, -- the station that sent it
    received_ms INTEGER NOT NULL,
    UNIQUE (generation, sequence, hash)
) STRICT;
CREATE INDEX entry_of_branch ON entry (generation, branch, sequence);
CREATE INDEX entry_of_kind ON entry (kind, number);

-- Why an entry waits for a manager.
CREATE TABLE held (
    entry INTEGER NOT NULL PRIMARY KEY REFERENCES entry (number),
    code TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;

CREATE TABLE movement (
    id BLOB NOT NULL PRIMARY KEY,
    entry INTEGER, -- the entry from which it follows; none: central opened the books with it
    product BLOB NOT NULL,
    from_account TEXT NOT NULL,
    to_account TEXT NOT NULL,
    lot TEXT,
    quantity INTEGER NOT NULL CHECK (quantity > 0), -- thousandths
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX movement_of_product ON movement (product);

-- The sum of movements: a cache, changed by delta with the movement.
CREATE TABLE balance (
    product BLOB NOT NULL,
    account TEXT NOT NULL,
    location BLOB, -- of a location's account
    site BLOB, -- of a location's account
    quantity INTEGER NOT NULL, -- thousandths
    changed INTEGER NOT NULL, -- rises with every change of any balance, in the order of commits
    PRIMARY KEY (product, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX balance_of_site ON balance (site, changed) WHERE site IS NOT NULL;
CREATE INDEX balance_by_change ON balance (changed);
