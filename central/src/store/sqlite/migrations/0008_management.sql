-- Who manages central: held entries that are let go of, people who are erased, tokens that are revoked.

-- 1: a manager decided that nothing follows from the entry.
ALTER TABLE released ADD COLUMN dismissed INTEGER NOT NULL DEFAULT 0;

-- SHA-256 of a body that was erased: the row's hash is over it, so the chain still holds. None where the body is there.
ALTER TABLE feed ADD COLUMN body_hash BLOB;

-- Web shops' tokens that were made before are refused.
CREATE TABLE shop_revoked (
    name TEXT NOT NULL PRIMARY KEY,
    at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What the station said when it joined that it speaks; 0: the first protocol, which did not say it.
ALTER TABLE device ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
