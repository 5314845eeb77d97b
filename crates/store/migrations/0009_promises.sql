-- Promises of this site, and those that this station asked for elsewhere, as central said them last.
CREATE TABLE promise (
    id BLOB NOT NULL PRIMARY KEY,
    site BLOB NOT NULL, -- that must deliver
    slip TEXT NOT NULL, -- on the paper that finds it, without its prefix
    state TEXT NOT NULL, -- domain::stock::promise::PromiseState
    made_ms INTEGER NOT NULL,
    body TEXT NOT NULL, -- JSON of v1::PromiseV1
    signed TEXT -- JSON of v1::FeedRow, where central gave it to us: with it central cannot forget the promise
) STRICT, WITHOUT ROWID;
CREATE INDEX promise_of_slip ON promise (slip);
CREATE INDEX promise_in_state ON promise (state, made_ms);

-- What people here asked central to set aside.
CREATE TABLE promise_request (
    number INTEGER NOT NULL PRIMARY KEY, -- in the order of asking
    promise BLOB NOT NULL UNIQUE, -- its identity, known before the answer
    slip TEXT NOT NULL,
    state TEXT NOT NULL, -- domain::stock::promise::RequestState
    told TEXT NOT NULL, -- how it stood when the person who asked saw it last
    body TEXT NOT NULL -- JSON of table::promise::Asked
) STRICT;
CREATE INDEX promise_request_of_slip ON promise_request (slip);
CREATE INDEX promise_request_in_state ON promise_request (state, number);

-- What the customer said: a name, a number. Erased when the promise is over; nothing else has it.
CREATE TABLE promise_customer (
    promise BLOB NOT NULL PRIMARY KEY,
    words TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Papers on which a customer's words stand: they are erased there too.
CREATE TABLE promise_paper (
    promise BLOB NOT NULL,
    job BLOB NOT NULL,
    PRIMARY KEY (promise, job)
) STRICT, WITHOUT ROWID;
