-- What a manager should read of who did what, and operators whose tokens are worth nothing any more.

-- Entries of somebody who may not do it, as far as central knew when they came. They are applied all the same.
CREATE TABLE doubt (
    entry INTEGER NOT NULL PRIMARY KEY REFERENCES entry (number),
    device BLOB NOT NULL,
    code TEXT NOT NULL, -- nobody, unknown-person, role
    detail TEXT NOT NULL -- names nobody
) STRICT;
CREATE INDEX doubt_of_device ON doubt (device);

-- Tokens that were made before are refused.
CREATE TABLE operator_revoked (
    name TEXT NOT NULL PRIMARY KEY,
    at_ms INTEGER NOT NULL
) STRICT;
