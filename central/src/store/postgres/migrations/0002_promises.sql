-- Stock that customers were told to have, and stock that was lent to stations to promise from.

CREATE TABLE promise (
    number bigint NOT NULL PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    id uuid NOT NULL UNIQUE,
    site uuid NOT NULL,
    channel text NOT NULL, -- who asked: shop:NAME, device:ID, operator:NAME
    state text NOT NULL,
    expires_ms bigint, -- while it is reserved
    due_ms bigint, -- while it is open
    body text NOT NULL -- JSON, v1::PromiseV1
);
CREATE INDEX promise_expires ON promise (expires_ms) WHERE expires_ms IS NOT NULL;
CREATE INDEX promise_due ON promise (due_ms) WHERE due_ms IS NOT NULL;
CREATE INDEX promise_of_site ON promise (site, state, number);
CREATE INDEX promise_of_channel ON promise (channel, number);

-- What must still be delivered; no row where that is nothing.
CREATE TABLE promise_line (
    promise uuid NOT NULL,
    site uuid NOT NULL,
    product uuid NOT NULL,
    open bigint NOT NULL CHECK (open > 0), -- thousandths
    PRIMARY KEY (promise, product)
);
CREATE INDEX promise_line_of_product ON promise_line (product, site);

CREATE TABLE allotment (
    number bigint NOT NULL PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    id uuid NOT NULL UNIQUE,
    device uuid NOT NULL,
    site uuid NOT NULL,
    product uuid NOT NULL,
    outstanding bigint NOT NULL, -- thousandths: neither given back nor given up nor promised
    body text NOT NULL -- JSON, v1::AllotmentV1
);
CREATE INDEX allotment_lent ON allotment (product, site) WHERE outstanding > 0;
CREATE INDEX allotment_of_device ON allotment (device) WHERE outstanding > 0;

-- The sums of both: a cache, changed by delta with them.
CREATE TABLE cover (
    product uuid NOT NULL,
    site uuid NOT NULL,
    promised bigint NOT NULL, -- thousandths
    lent bigint NOT NULL, -- thousandths
    short bigint NOT NULL, -- of that beyond stock, as far as a cause was recorded
    PRIMARY KEY (product, site)
);
CREATE INDEX cover_in_use ON cover (site) WHERE promised <> 0 OR lent <> 0 OR short <> 0;

-- What entries say of promises and allotments that are not known yet: a central that comes back learns in any order.
CREATE TABLE promise_fact (
    about uuid NOT NULL,
    fact uuid NOT NULL,
    said text NOT NULL, -- JSON
    PRIMARY KEY (about, fact, said)
);

-- Each time that there was less than had been promised, and why.
CREATE TABLE shortfall (
    number bigint NOT NULL PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    site uuid NOT NULL,
    product uuid NOT NULL,
    quantity bigint NOT NULL, -- thousandths, by so much more than before
    cause text NOT NULL,
    fact uuid, -- the fact in its journal
    at_ms bigint NOT NULL
);
