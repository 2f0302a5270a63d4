-- When a borne was last heard of, by whichever server.
ALTER TABLE origins ADD COLUMN heard_at INTEGER;

-- What each borne last said of itself, in its bytes.
CREATE TABLE reports (
    borne BLOB PRIMARY KEY,
    at    INTEGER NOT NULL,
    raw   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
