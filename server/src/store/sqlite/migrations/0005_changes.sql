-- What was committed, in that order: a piece of a log (`origin`, `from_seq` to `to_seq`), or a decision of staff (without).
CREATE TABLE changes (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    at       INTEGER NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)),
    origin   INTEGER,
    from_seq INTEGER,
    to_seq   INTEGER
) STRICT;
