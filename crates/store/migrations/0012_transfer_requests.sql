-- What people here ask of other sites, until central has answered: then it is a transfer, or was refused.
CREATE TABLE transfer_request (
    number INTEGER NOT NULL PRIMARY KEY, -- in the order of asking
    transfer BLOB NOT NULL UNIQUE, -- its identity, known before the answer
    state TEXT NOT NULL, -- domain::stock::transfer::TransferAsking
    body TEXT NOT NULL -- JSON of table::transfer_request::Asked
) STRICT;
CREATE INDEX transfer_request_in_state ON transfer_request (state, number);
