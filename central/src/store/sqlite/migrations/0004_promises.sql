-- Stock that customers were told to have, and stock that was lent to stations to promise from.

CREATE TABLE promise (
    number INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    site BLOB NOT NULL,
    channel TEXT NOT NULL, -- who asked: shop:NAME, device:ID, operator:NAME
    state TEXT NOT NULL,
    expires_ms INTEGER, -- while it is reserved
    due_ms INTEGER, -- while it is open
    body TEXT NOT NULL -- JSON, v1::PromiseV1
) STRICT;
CREATE INDEX promise_expires ON promise (expires_ms) WHERE expires_ms IS NOT NULL;
CREATE INDEX promise_due ON promise (due_ms) WHERE due_ms IS NOT NULL;
CREATE INDEX promise_of_site ON promise (site, state, number);
CREATE INDEX promise_of_channel ON promise (channel, number);

-- What must still be delivered; no row where that is nothing.
CREATE TABLE promise_line (
    promise BLOB NOT NULL,
    site BLOB NOT NULL,
    product BLOB NOT NULL,
    open INTEGER NOT NULL CHECK (open > 0), -- thousandths
    PRIMARY KEY (promise, product)
) STRICT, WITHOUT ROWID;
CREATE INDEX promise_line_of_product ON promise_line (product, site);

CREATE TABLE allotment (
    number INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    device BLOB NOT NULL,
    site BLOB NOT NULL,
    product BLOB NOT NULL,
    outstanding INTEGER NOT NULL, -- thousandths: neither given back nor given up nor promised
    body TEXT NOT NULL -- JSON, v1::AllotmentV1
) STRICT;
CREATE INDEX allotment_lent ON allotment (product, site) WHERE outstanding > 0;
CREATE INDEX allotment_of_device ON allotment (device) WHERE outstanding > 0;

-- The sums of both: a cache, changed by delta with them.
CREATE TABLE cover (
    product BLOB NOT NULL,
    site BLOB NOT NULL,
    promised INTEGER NOT NULL, -- thousandths
    lent INTEGER NOT NULL, -- thousandths
    short INTEGER NOT NULL, -- of that beyond stock, as far as a cause was recorded
    PRIMARY KEY (product, site)
) STRICT, WITHOUT ROWID;
CREATE INDEX cover_in_use ON cover (site) WHERE promised <> 0 OR lent <> 0 OR short <> 0;

-- What entries say of promises and allotments that are not known yet: a central that comes back learns in any order.
CREATE TABLE promise_fact (
    about BLOB NOT NULL,
    fact BLOB NOT NULL,
    said TEXT NOT NULL, -- JSON
    PRIMARY KEY (about, fact, said)
) STRICT, WITHOUT ROWID;

-- Each time that there was less than had been promised, and why.
CREATE TABLE shortfall (
    number INTEGER NOT NULL PRIMARY KEY,
    site BLOB NOT NULL,
    product BLOB NOT NULL,
    quantity INTEGER NOT NULL, -- thousandths, by so much more than before
    cause TEXT NOT NULL,
    fact BLOB, -- the fact in its journal
    at_ms INTEGER NOT NULL
) STRICT;
