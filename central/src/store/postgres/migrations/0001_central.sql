-- Central on PostgreSQL: the company, its stations, their journals, the stock that follows, and the feed that goes down.
-- The same tables as in the embedded store; what differs is said where it differs.

-- Which central this is.
CREATE TABLE central (
    only_one boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (only_one),
    id uuid NOT NULL,
    key_seed bytea NOT NULL, -- Ed25519, secret: signs tokens
    epoch uuid NOT NULL, -- this life of the feed
    company uuid NOT NULL,
    company_name text NOT NULL,
    set_up_ms bigint NOT NULL
);

-- What is numbered in the order of commits: who changes it locks its row here, and holds it until the commit. So a
-- number is never seen before a lower one, which a sequence does not promise. Taken in this order: feed, balance.
CREATE TABLE head (
    what text NOT NULL PRIMARY KEY, -- feed, balance
    number bigint NOT NULL, -- the last one that was given out
    hash bytea NOT NULL -- of the feed's last row; empty for balances
) WITH (fillfactor = 50);
INSERT INTO head (what, number, hash) VALUES ('feed', 0, decode(repeat('00', 32), 'hex')), ('balance', 0, '');

-- The feed: central's decisions in the order of their commits.
CREATE TABLE feed (
    number bigint NOT NULL PRIMARY KEY,
    epoch uuid NOT NULL,
    hash bytea NOT NULL, -- chains all rows before it
    kind text NOT NULL,
    version integer NOT NULL,
    site uuid, -- none: all sites
    subject text NOT NULL, -- what it is about; a later row about the same replaces it
    body text NOT NULL, -- JSON
    replaced boolean NOT NULL, -- a later row about the same subject exists
    at_ms bigint NOT NULL
);
CREATE UNIQUE INDEX feed_latest ON feed (kind, subject, coalesce(site, '00000000-0000-0000-0000-000000000000'))
    WHERE NOT replaced;

CREATE TABLE site (
    id uuid NOT NULL PRIMARY KEY,
    code text NOT NULL UNIQUE,
    body text NOT NULL -- JSON, v1::SiteV1
);

CREATE TABLE location (
    id uuid NOT NULL PRIMARY KEY,
    site uuid NOT NULL REFERENCES site (id),
    kind text NOT NULL -- sales-floor, counter, bin
);
CREATE INDEX location_of_site ON location (site);

CREATE TABLE till (
    code text NOT NULL PRIMARY KEY, -- unique in the company: receipts are numbered under it
    site uuid NOT NULL REFERENCES site (id),
    name text NOT NULL
);

CREATE TABLE tax_rate (
    number bigint NOT NULL PRIMARY KEY GENERATED ALWAYS AS IDENTITY, -- the first is a product's that names none
    code text NOT NULL,
    valid_from text NOT NULL,
    valid_to text NOT NULL,
    percent text NOT NULL, -- decimal
    UNIQUE (code, valid_from)
);

CREATE TABLE product (
    number bigint NOT NULL PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    id uuid NOT NULL UNIQUE,
    sku text NOT NULL UNIQUE,
    body text NOT NULL -- JSON, v1::ProductV1
);

-- GTIN as a number of up to 14 digits.
CREATE TABLE gtin (
    gtin bigint NOT NULL PRIMARY KEY,
    product uuid NOT NULL
);
CREATE INDEX gtin_of_product ON gtin (product);

CREATE TABLE price (
    product uuid NOT NULL,
    site uuid NOT NULL, -- nil: all sites
    valid_from text NOT NULL,
    valid_to text NOT NULL,
    amount bigint NOT NULL, -- minor units
    PRIMARY KEY (product, site, valid_from)
);

-- Enrolled stations.
CREATE TABLE device (
    id uuid NOT NULL PRIMARY KEY,
    site uuid NOT NULL REFERENCES site (id),
    till text NOT NULL REFERENCES till (code),
    app text NOT NULL,
    enrolled_ms bigint NOT NULL,
    revoked_ms bigint -- none: may do what stations do
);

-- Lives of their journals; a key ever enrolled is never forgotten.
CREATE TABLE generation (
    generation uuid NOT NULL PRIMARY KEY,
    device uuid NOT NULL REFERENCES device (id),
    short text NOT NULL,
    public_key bytea NOT NULL,
    known_ms bigint NOT NULL
);
CREATE INDEX generation_of_device ON generation (device);

-- One-time codes, hashed.
CREATE TABLE enrol_code (
    hash bytea NOT NULL PRIMARY KEY,
    till text NOT NULL REFERENCES till (code),
    expires_ms bigint NOT NULL,
    device uuid -- who used it; none: nobody yet
);

-- Nonces of token requests, as long as the clock's tolerance lets them come again.
CREATE TABLE nonce (
    device uuid NOT NULL,
    nonce uuid NOT NULL,
    at_ms bigint NOT NULL,
    PRIMARY KEY (device, nonce)
);
CREATE INDEX nonce_by_time ON nonce (at_ms);

-- Every entry that verified, for ever.
CREATE TABLE entry (
    number bigint NOT NULL PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    device uuid NOT NULL,
    generation uuid NOT NULL,
    sequence bigint NOT NULL,
    branch integer NOT NULL, -- 0; more where two stations had one identity
    format bigint NOT NULL,
    previous bytea NOT NULL,
    body bytea NOT NULL, -- the bytes that were hashed: a text may hold a zero byte here, a column of text may not
    hash bytea NOT NULL,
    signature bytea NOT NULL,
    kind text NOT NULL, -- empty where the body cannot be read
    state text NOT NULL, -- applied, held, unknown-kind
    sender uuid NOT NULL, -- the station that sent it
    received_ms bigint NOT NULL,
    UNIQUE (generation, sequence, hash)
);
CREATE INDEX entry_of_kind ON entry (kind, number);
CREATE INDEX entry_waiting ON entry (number) WHERE state <> 'applied';

-- The last entry of each branch of a generation: what is acknowledged, without a look through the journal.
CREATE TABLE branch (
    generation uuid NOT NULL,
    branch integer NOT NULL,
    sequence bigint NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (generation, branch)
) WITH (fillfactor = 50);

-- Why an entry waits for a manager.
CREATE TABLE held (
    entry bigint NOT NULL PRIMARY KEY REFERENCES entry (number),
    code text NOT NULL,
    detail text NOT NULL
);

CREATE TABLE movement (
    id uuid NOT NULL PRIMARY KEY,
    entry bigint, -- the entry from which it follows; none: central opened the books with it
    product uuid NOT NULL,
    from_account text NOT NULL,
    to_account text NOT NULL,
    lot text,
    quantity bigint NOT NULL CHECK (quantity > 0), -- thousandths
    from_ms bigint NOT NULL,
    to_ms bigint NOT NULL,
    reason text NOT NULL
);
CREATE INDEX movement_of_product ON movement (product);

-- The sum of movements: a cache, changed by delta with the movement.
CREATE TABLE balance (
    product uuid NOT NULL,
    account text NOT NULL,
    location uuid, -- of a location's account
    site uuid, -- of a location's account
    quantity bigint NOT NULL, -- thousandths
    changed bigint NOT NULL, -- rises with every change of any balance, in the order of commits
    PRIMARY KEY (product, account)
) WITH (fillfactor = 80);
CREATE INDEX balance_of_site ON balance (site, changed) WHERE site IS NOT NULL;
CREATE INDEX balance_by_change ON balance (changed);
