-- The till: who it is, its journal, what follows from it, and what it sells.

-- Who this station is; none before it has joined a company.
CREATE TABLE station (
    only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    body TEXT NOT NULL -- JSON, store::table::station::Station
) STRICT;

-- Small things that are one of a kind, each written by one module.
CREATE TABLE setting (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL -- JSON
) STRICT, WITHOUT ROWID;

-- Gapless numbers: receipts by generation, Z reports.
CREATE TABLE counter (
    name TEXT NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL -- the last one given out
) STRICT, WITHOUT ROWID;

-- The journal. Never changed, never deleted before a checkpoint.
CREATE TABLE entry (
    number INTEGER NOT NULL PRIMARY KEY,
    generation BLOB NOT NULL,
    sequence INTEGER NOT NULL, -- from 1, without gaps
    format INTEGER NOT NULL,
    previous BLOB NOT NULL,
    body TEXT NOT NULL, -- the bytes that were hashed
    hash BLOB NOT NULL,
    signature BLOB NOT NULL,
    UNIQUE (generation, sequence)
) STRICT;
CREATE INDEX entry_first ON entry (number) WHERE sequence = 1; -- the generations

-- What central says it has, by generation. May go down: central was restored.
CREATE TABLE acknowledged (
    generation BLOB NOT NULL PRIMARY KEY,
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Stock that followed from our own entries.
CREATE TABLE movement (
    id BLOB NOT NULL PRIMARY KEY,
    generation BLOB NOT NULL,
    sequence INTEGER NOT NULL, -- the entry from which it follows
    product BLOB NOT NULL,
    from_account TEXT NOT NULL,
    to_account TEXT NOT NULL,
    lot TEXT,
    quantity INTEGER NOT NULL CHECK (quantity > 0), -- thousandths
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX movement_of_entry ON movement (generation, sequence);

-- The sum of our own movements: a cache, changed by delta with the movement.
CREATE TABLE balance (
    product BLOB NOT NULL,
    account TEXT NOT NULL,
    quantity INTEGER NOT NULL, -- thousandths
    PRIMARY KEY (product, account)
) STRICT, WITHOUT ROWID;

-- What central said a location holds, and what our own balance was in the moment that central spoke of.
CREATE TABLE heard (
    product BLOB NOT NULL,
    account TEXT NOT NULL,
    quantity INTEGER NOT NULL, -- thousandths, central's
    own INTEGER NOT NULL, -- thousandths, our own balance that is contained in it
    as_of_ms INTEGER NOT NULL,
    PRIMARY KEY (product, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE product (
    number INTEGER NOT NULL PRIMARY KEY, -- short, for the indexes; local to this file
    id BLOB NOT NULL UNIQUE,
    sku TEXT NOT NULL,
    name TEXT NOT NULL,
    variant TEXT NOT NULL,
    style TEXT NOT NULL, -- empty where it stands alone
    colour TEXT NOT NULL,
    colour_code TEXT NOT NULL, -- #RRGGBB
    size TEXT NOT NULL,
    unit TEXT NOT NULL, -- piece, kilogram, metre
    tax TEXT NOT NULL, -- code of the rate
    brand TEXT NOT NULL,
    popularity INTEGER NOT NULL, -- larger is sold more; ranks the search
    active INTEGER NOT NULL
) STRICT;
CREATE INDEX product_by_sku ON product (sku);
CREATE INDEX product_by_style ON product (style) WHERE style <> '';
CREATE INDEX product_by_popularity ON product (popularity DESC) WHERE active = 1;

-- GTIN as a number of up to 14 digits. Two products under one number are possible; the till asks.
CREATE TABLE barcode (
    gtin INTEGER NOT NULL,
    product INTEGER NOT NULL REFERENCES product (number),
    digits INTEGER NOT NULL, -- 8, 12, 13 or 14: how it is printed
    PRIMARY KEY (gtin, product)
) STRICT, WITHOUT ROWID;
CREATE INDEX barcode_of_product ON barcode (product, digits); -- with all that is read of it

CREATE TABLE price (
    product INTEGER NOT NULL REFERENCES product (number),
    own INTEGER NOT NULL, -- 1: this site's, which stands above the company's 0
    valid_from TEXT NOT NULL, -- 2026-11-21, in the site's time, contained
    valid_to TEXT NOT NULL, -- contained; 9999-12-31 where it has no end
    amount INTEGER, -- minor units; none withdraws the price
    PRIMARY KEY (product, own, valid_from)
) STRICT, WITHOUT ROWID;

-- When a product was last sold at this till.
CREATE TABLE sold (
    product INTEGER NOT NULL PRIMARY KEY REFERENCES product (number),
    at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX sold_last ON sold (at_ms DESC);

-- Rows of central's feed that this version does not know: applied after an upgrade.
CREATE TABLE feed_later (
    number INTEGER NOT NULL PRIMARY KEY,
    epoch BLOB NOT NULL,
    body TEXT NOT NULL -- JSON of v1::FeedRow
) STRICT;

CREATE TABLE tax_rate (
    code TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT NOT NULL,
    percent TEXT NOT NULL, -- decimal: 23, 13.5
    PRIMARY KEY (code, valid_from)
) STRICT, WITHOUT ROWID;

CREATE TABLE person (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    verifier BLOB NOT NULL, -- argon2id, PHC string, sealed: see store::seal
    active INTEGER NOT NULL,
    wrong INTEGER NOT NULL, -- PINs in a row
    locked_until_ms INTEGER NOT NULL,
    signed_in_ms INTEGER NOT NULL -- last time; 0 never
) STRICT, WITHOUT ROWID;

-- The present sale: what was done to it, in order. The cart is the fold.
CREATE TABLE cart (
    only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    id BLOB NOT NULL,
    currency TEXT NOT NULL,
    mode TEXT NOT NULL -- JSON of tax::PriceMode
) STRICT;
CREATE TABLE cart_action (
    number INTEGER NOT NULL PRIMARY KEY,
    body TEXT NOT NULL -- JSON of cart::CartAction
) STRICT;

-- Sales put aside.
CREATE TABLE parked (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    total INTEGER NOT NULL,
    body TEXT NOT NULL -- JSON: cart head and actions
) STRICT, WITHOUT ROWID;

CREATE TABLE shift (
    id BLOB NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE,
    closed INTEGER NOT NULL,
    body TEXT NOT NULL -- JSON of shift::Shift, or shift::ClosedShift when closed
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX one_open_shift ON shift (closed) WHERE closed = 0;

-- Finished sales, for returns and copies; follows from the journal.
CREATE TABLE sale (
    id BLOB NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE, -- order of finishing at this till
    receipt TEXT NOT NULL UNIQUE,
    generation BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    body TEXT NOT NULL -- JSON of sale::Sale
) STRICT, WITHOUT ROWID;

-- What was taken back of which sold line.
CREATE TABLE refund (
    sale BLOB NOT NULL,
    line BLOB NOT NULL,
    by_sale BLOB NOT NULL,
    by_line BLOB NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0), -- thousandths
    PRIMARY KEY (sale, line, by_sale, by_line)
) STRICT, WITHOUT ROWID;

-- Papers: waiting, sending, printed, sent, uncertain, dropped.
CREATE TABLE print_job (
    number INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    title TEXT NOT NULL, -- the receipt's number, or what the paper is called
    sale BLOB, -- whose receipt it is
    shift BLOB, -- whose Z report it is
    copy INTEGER NOT NULL,
    state TEXT NOT NULL,
    document TEXT NOT NULL, -- JSON of receipt::Document
    changed_ms INTEGER NOT NULL
) STRICT;
-- Not IN: SQLite does not see that one of its values implies it, and would read every paper ever printed.
CREATE INDEX print_job_open ON print_job (state) WHERE state = 'waiting' OR state = 'sending' OR state = 'uncertain';
CREATE INDEX print_job_of_sale ON print_job (sale);

-- Pulses of the drawer: waiting, sent, expired. Recorded before they are sent; at most once.
CREATE TABLE drawer_job (
    number INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    sale BLOB,
    state TEXT NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX drawer_job_open ON drawer_job (state) WHERE state = 'waiting';
CREATE INDEX drawer_job_of_sale ON drawer_job (sale);

-- Every scan, before it beeps.
CREATE TABLE scan (
    number INTEGER NOT NULL PRIMARY KEY,
    text TEXT NOT NULL,
    device TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    outcome TEXT NOT NULL -- added, unknown, not-now …
) STRICT;

-- What waits at the foot of the cart.
CREATE TABLE tray (
    number INTEGER NOT NULL PRIMARY KEY,
    body TEXT NOT NULL -- JSON, the app's
) STRICT;
