-- How service days were closed: by whom (nobody: the next one began), with which message, how many still waited.
CREATE TABLE days (
    site      BLOB NOT NULL,
    day       TEXT NOT NULL,
    closed_at INTEGER NOT NULL,
    closed_by INTEGER,
    message   TEXT NOT NULL,
    expired   INTEGER NOT NULL,
    PRIMARY KEY (site, day)
) STRICT, WITHOUT ROWID;

-- When the page of a counter was heard of last, by whichever server.
CREATE TABLE heard (
    site    BLOB NOT NULL,
    counter TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (site, counter)
) STRICT, WITHOUT ROWID;
