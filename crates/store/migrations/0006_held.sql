-- Entries of ours that central keeps and holds for a manager, as it said last.
CREATE TABLE held (
    generation BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    code TEXT NOT NULL, -- v1::problem
    detail TEXT NOT NULL,
    PRIMARY KEY (generation, sequence)
) STRICT, WITHOUT ROWID;
