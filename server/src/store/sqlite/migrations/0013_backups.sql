-- What became of each copy of this file. `file` is its name in the folder of copies on `host`, empty where none was made.
CREATE TABLE backups (
    at         INTEGER NOT NULL,
    host       TEXT NOT NULL,
    file       TEXT NOT NULL,
    bytes      INTEGER NOT NULL,
    hash       BLOB,
    checked_at INTEGER,
    events     INTEGER NOT NULL,
    outcome    TEXT NOT NULL,
    detail     TEXT NOT NULL,
    PRIMARY KEY (at, host)
) STRICT, WITHOUT ROWID;
