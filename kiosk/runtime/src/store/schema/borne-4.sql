-- The server's commands that were answered, so that one that comes again is known. at: when, in milliseconds since 1970.
CREATE TABLE commands (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 4;
