-- Central's signed rows as they came: central's backup.
CREATE TABLE decision (
    number INTEGER NOT NULL PRIMARY KEY, -- in the order in which they came
    person BLOB, -- whom it is about; none: a page of rows about other things
    rows BLOB NOT NULL -- JSON of v1::FeedRow; a page is packed by zstd, a person's is sealed
) STRICT;
CREATE UNIQUE INDEX decision_of_person ON decision (person) WHERE person IS NOT NULL;

-- Up to where the feed was seen, point by point: the way back to the last row that both sides know.
CREATE TABLE feed_point (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    cursor TEXT NOT NULL, -- JSON of v1::Cursor
    decisions INTEGER NOT NULL -- the last decision that was kept then
) STRICT;
