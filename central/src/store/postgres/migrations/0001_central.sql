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
    previous bytea NOT NULL, -- hash of the row before it
    hash bytea NOT NULL, -- chains all rows before it
    signature bytea NOT NULL, -- Ed25519 by central's key
    kind text NOT NULL,
    version integer NOT NULL,
    site uuid, -- none: all sites
    subject text NOT NULL, -- what it is about; a later row about the same replaces it
    body text NOT NULL, -- JSON
    replaced boolean NOT NULL, -- a later row about the same subject exists
    at_ms bigint NOT NULL,
    origin_epoch uuid, -- taken back: where it stood when it was decided
    origin_number bigint,
    origin_hash bytea
);
CREATE INDEX feed_by_time ON feed (at_ms);
CREATE UNIQUE INDEX feed_latest ON feed (kind, subject, coalesce(site, '00000000-0000-0000-0000-000000000000'))
    WHERE NOT replaced;

CREATE TABLE site (
    id uuid NOT NULL PRIMARY KEY,
    code text NOT NULL UNIQUE,
    body text NOT NULL -- JSON, v1::SiteV1
);

-- What depends on what may come back from stations in any order: no references.
CREATE TABLE location (
    id uuid NOT NULL PRIMARY KEY,
    site uuid NOT NULL,
    kind text NOT NULL -- sales-floor, counter, bin
);
CREATE INDEX location_of_site ON location (site);

CREATE TABLE till (
    code text NOT NULL PRIMARY KEY, -- unique in the company: receipts are numbered under it
    site uuid NOT NULL,
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
    site uuid NOT NULL,
    till text NOT NULL,
    app text NOT NULL,
    enrolled_ms bigint NOT NULL,
    revoked_ms bigint -- none: may do what stations do
);

-- Lives of their journals; a key ever enrolled is never forgotten.
CREATE TABLE generation (
    generation uuid NOT NULL PRIMARY KEY,
    device uuid NOT NULL,
    short text NOT NULL,
    public_key bytea NOT NULL,
    known_ms bigint NOT NULL
);
CREATE INDEX generation_of_device ON generation (device);

-- One-time codes, hashed.
CREATE TABLE enrol_code (
    hash bytea NOT NULL PRIMARY KEY,
    till text NOT NULL,
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

-- What counted of a station's journal when it was revoked.
CREATE TABLE revoked_head (
    generation uuid NOT NULL,
    sequence bigint NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (generation, hash)
);

-- Lives of the feed: our own, and those of which we only know that they were lost.
CREATE TABLE epoch (
    epoch uuid NOT NULL PRIMARY KEY,
    own boolean NOT NULL, -- of our own history
    first bigint, -- its first number, as far as it is known
    seen bigint NOT NULL, -- the highest number that anybody showed of it
    parted bigint, -- from here on our own rows of it are not those that stations have
    opened_ms bigint NOT NULL,
    complete_ms bigint, -- all stations have reported or were declared dead; none: it takes back
    because text NOT NULL
);

-- Rows of lost lives that somebody handed in, and those that they took back in their own life.
CREATE TABLE taken_back (
    hash bytea NOT NULL PRIMARY KEY,
    epoch uuid NOT NULL,
    number bigint NOT NULL
);
CREATE INDEX taken_back_by_number ON taken_back (epoch, number);

-- Rows of lost lives that nobody needs, as checkpoints say.
CREATE TABLE replaced_numbers (
    epoch uuid NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    PRIMARY KEY (epoch, first)
);

-- Who handed in all it has, or is not waited for.
CREATE TABLE reported (
    epoch uuid NOT NULL,
    device uuid NOT NULL,
    at_ms bigint NOT NULL,
    dead boolean NOT NULL, -- declared dead
    PRIMARY KEY (epoch, device)
);

-- Entries that central once had, as checkpoints and the stations themselves say.
CREATE TABLE known_head (
    device uuid NOT NULL,
    generation uuid NOT NULL,
    sequence bigint NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (generation, hash)
);

-- Entries that a manager released, though they may come back later.
CREATE TABLE released (
    generation uuid NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (generation, hash)
);

-- The first opening of a product at a location, and where it was decided.
CREATE TABLE opening (
    product uuid NOT NULL,
    location uuid NOT NULL,
    quantity bigint NOT NULL, -- thousandths
    at_ms bigint NOT NULL, -- of the movement
    decided_ms bigint NOT NULL,
    epoch uuid NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (product, location)
);

-- What nobody holds.
CREATE TABLE lost (
    number bigint NOT NULL PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL, -- decisions, entries
    life uuid NOT NULL, -- the epoch, or the generation
    device uuid, -- of entries
    first bigint NOT NULL,
    last bigint NOT NULL,
    since_ms bigint NOT NULL
);
-- What a station last said of itself.
CREATE TABLE station_report (
    device uuid NOT NULL PRIMARY KEY,
    at_ms bigint NOT NULL,
    body text NOT NULL -- JSON, v1::StationReportV1
);

-- What people and programs had central do, written before it is done. Never a code, a key or a PIN.
CREATE TABLE command (
    number bigint NOT NULL PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    at_ms bigint NOT NULL,
    who text NOT NULL, -- the user of the machine, or a station's id
    what text NOT NULL, -- enrol, revoke, release, import
    about text NOT NULL -- which station, which file
);
