-- The feed proves itself row by row, and central comes back from what stations keep of it.

-- Rows of before are signed by the program right after this step.
ALTER TABLE feed ADD COLUMN previous BLOB NOT NULL DEFAULT x''; -- hash of the row before it
ALTER TABLE feed ADD COLUMN signature BLOB NOT NULL DEFAULT x''; -- Ed25519 by central's key
ALTER TABLE feed ADD COLUMN origin_epoch BLOB; -- taken back: where it stood when it was decided
ALTER TABLE feed ADD COLUMN origin_number INTEGER;
ALTER TABLE feed ADD COLUMN origin_hash BLOB;
CREATE INDEX feed_by_time ON feed (at_ms);

-- What depends on what may come back in any order: no references.
CREATE TABLE location_free (
    id BLOB NOT NULL PRIMARY KEY,
    site BLOB NOT NULL,
    kind TEXT NOT NULL -- sales-floor, counter, bin
) STRICT, WITHOUT ROWID;
INSERT INTO location_free SELECT id, site, kind FROM location;
DROP TABLE location;
ALTER TABLE location_free RENAME TO location;
CREATE TABLE till_free (
    code TEXT NOT NULL PRIMARY KEY, -- unique in the company: receipts are numbered under it
    site BLOB NOT NULL,
    name TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO till_free SELECT code, site, name FROM till;
DROP TABLE till;
ALTER TABLE till_free RENAME TO till;
CREATE TABLE device_free (
    id BLOB NOT NULL PRIMARY KEY,
    site BLOB NOT NULL,
    till TEXT NOT NULL,
    app TEXT NOT NULL,
    enrolled_ms INTEGER NOT NULL,
    revoked_ms INTEGER -- none: may do what stations do
) STRICT, WITHOUT ROWID;
INSERT INTO device_free SELECT id, site, till, app, enrolled_ms, revoked_ms FROM device;
DROP TABLE device;
ALTER TABLE device_free RENAME TO device;

-- What counted of a station's journal when it was revoked.
CREATE TABLE revoked_head (
    generation BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (generation, hash)
) STRICT, WITHOUT ROWID;

-- Lives of the feed: our own, and those of which we only know that they were lost.
CREATE TABLE epoch (
    epoch BLOB NOT NULL PRIMARY KEY,
    own INTEGER NOT NULL, -- 1: of our own history
    first INTEGER, -- its first number, as far as it is known
    seen INTEGER NOT NULL, -- the highest number that anybody showed of it
    parted INTEGER, -- from here on our own rows of it are not those that stations have
    opened_ms INTEGER NOT NULL,
    complete_ms INTEGER, -- all stations have reported or were declared dead; none: it takes back
    because TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Rows of lost lives that somebody handed in, and those that they took back in their own life.
CREATE TABLE taken_back (
    hash BLOB NOT NULL PRIMARY KEY,
    epoch BLOB NOT NULL,
    number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX taken_back_by_number ON taken_back (epoch, number);

-- Rows of lost lives that nobody needs, as checkpoints say.
CREATE TABLE replaced_numbers (
    epoch BLOB NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (epoch, first)
) STRICT, WITHOUT ROWID;

-- Who handed in all it has, or is not waited for.
CREATE TABLE reported (
    epoch BLOB NOT NULL,
    device BLOB NOT NULL,
    at_ms INTEGER NOT NULL,
    dead INTEGER NOT NULL, -- 1: declared dead
    PRIMARY KEY (epoch, device)
) STRICT, WITHOUT ROWID;

-- Entries that central once had, as checkpoints and the stations themselves say.
CREATE TABLE known_head (
    device BLOB NOT NULL,
    generation BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (generation, hash)
) STRICT, WITHOUT ROWID;

-- Entries that a manager released, though they may come back later.
CREATE TABLE released (
    generation BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (generation, hash)
) STRICT, WITHOUT ROWID;

-- The first opening of a product at a location, and where it was decided.
CREATE TABLE opening (
    product BLOB NOT NULL,
    location BLOB NOT NULL,
    quantity INTEGER NOT NULL, -- thousandths
    at_ms INTEGER NOT NULL, -- of the movement
    decided_ms INTEGER NOT NULL,
    epoch BLOB NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (product, location)
) STRICT, WITHOUT ROWID;

-- What nobody holds.
CREATE TABLE lost (
    number INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL, -- decisions, entries
    life BLOB NOT NULL, -- the epoch, or the generation
    device BLOB, -- of entries
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    since_ms INTEGER NOT NULL
) STRICT;
