-- Central seen from outside, and what people had it do.

-- What waits is counted often and is little.
CREATE INDEX entry_waiting ON entry (number) WHERE state <> 'applied';

-- What a station last said of itself.
CREATE TABLE station_report (
    device BLOB NOT NULL PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    body TEXT NOT NULL -- JSON, v1::StationReportV1
) STRICT, WITHOUT ROWID;

-- What people and programs had central do, written before it is done. Never a code, a key or a PIN.
CREATE TABLE command (
    number INTEGER NOT NULL PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    who TEXT NOT NULL, -- the user of the machine, or a station's id
    what TEXT NOT NULL, -- enrol, revoke, release, import
    about TEXT NOT NULL -- which station, which file
) STRICT;
