-- What is wanted of each borne, every version of it.
CREATE TABLE wanted (
    borne   BLOB NOT NULL,
    version INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    body    TEXT NOT NULL,
    PRIMARY KEY (borne, version)
) STRICT, WITHOUT ROWID;
