-- Who manages central: held entries that are let go of, people who are erased, tokens that are revoked.

-- A manager decided that nothing follows from the entry.
ALTER TABLE released ADD COLUMN dismissed boolean NOT NULL DEFAULT false;

-- SHA-256 of a body that was erased: the row's hash is over it, so the chain still holds. None where the body is there.
ALTER TABLE feed ADD COLUMN body_hash bytea;

-- Web shops' tokens that were made before are refused.
CREATE TABLE shop_revoked (
    name text NOT NULL PRIMARY KEY,
    at_ms bigint NOT NULL
);

-- What the station said when it joined that it speaks; 0: the first protocol, which did not say it.
ALTER TABLE device ADD COLUMN revision integer NOT NULL DEFAULT 0;
