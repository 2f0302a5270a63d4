-- What became of each copy of this database. `file` is its name in the folder of copies on `host`, empty where none was made.
CREATE TABLE backups (
    at         BIGINT NOT NULL,
    host       TEXT COLLATE "C" NOT NULL,
    file       TEXT NOT NULL,
    bytes      BIGINT NOT NULL,
    hash       BYTEA,
    checked_at BIGINT,
    events     BIGINT NOT NULL,
    outcome    TEXT NOT NULL,
    detail     TEXT NOT NULL,
    PRIMARY KEY (at, host)
);
