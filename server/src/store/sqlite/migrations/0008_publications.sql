-- What an office is about to publish of a site, and what it has. `kind` is catalogue or policy. A draft that was given up or
-- published leaves its row, without a body: revisions never come twice.
CREATE TABLE drafts (
    site      BLOB NOT NULL,
    kind      TEXT NOT NULL,
    revision  INTEGER NOT NULL,
    body      TEXT,
    edited_by INTEGER,
    edited_at INTEGER NOT NULL,
    PRIMARY KEY (site, kind)
) WITHOUT ROWID;

CREATE TABLE publications (
    site         BLOB NOT NULL,
    kind         TEXT NOT NULL,
    version      INTEGER NOT NULL,
    body         TEXT NOT NULL,
    signature    TEXT,
    valid_from   INTEGER NOT NULL,
    published_by INTEGER,
    reason       TEXT NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (site, kind, version)
);
