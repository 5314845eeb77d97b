-- Every life of this station's journal: who signs it, and how it was announced.
CREATE TABLE generation (
    number INTEGER NOT NULL PRIMARY KEY, -- oldest first
    id BLOB NOT NULL UNIQUE,
    after BLOB, -- the one before it; none: it began with the enrolment
    short TEXT NOT NULL, -- on receipts
    public_key TEXT NOT NULL, -- hex
    signature TEXT, -- hex, by the key of the one before it, for central; none: it began with the enrolment
    parted TEXT -- JSON of generation::Parting: another journal has this identity; none: nobody says so
) STRICT;
INSERT INTO generation (id, short, public_key)
SELECT unhex(replace(body ->> 'generation', '-', '')), body ->> 'short', body ->> 'public_key' FROM station;
