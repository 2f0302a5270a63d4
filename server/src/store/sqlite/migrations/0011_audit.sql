-- Who did what, in a chain: each entry's hash covers the one before. A label and its salt are erased after seven days; the
-- chain covers their hash.
CREATE TABLE audit (
    n          INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    actor      TEXT NOT NULL,
    role       TEXT NOT NULL,
    site       BLOB,
    action     TEXT NOT NULL,
    object     TEXT NOT NULL,
    diff       TEXT NOT NULL,
    label      TEXT,
    salt       BLOB,
    label_hash BLOB,
    prev       BLOB NOT NULL,
    hash       BLOB NOT NULL,
    CHECK ((label IS NULL) = (salt IS NULL))
) STRICT;
CREATE INDEX audit_site ON audit (site, n);
CREATE INDEX audit_label ON audit (at) WHERE label IS NOT NULL;

-- The last entry, apart from the entries: an end that is cut off is missed.
CREATE TABLE audit_head (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    n    INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;
INSERT INTO audit_head VALUES (1, 0, zeroblob(32));

-- What a mistake could do. Whoever means to has the chain against them.
CREATE TRIGGER audit_stays BEFORE DELETE ON audit
BEGIN SELECT raise(ABORT, 'the audit chain only grows'); END;
CREATE TRIGGER audit_stays_the_same BEFORE UPDATE OF n, at, actor, role, site, action, object, diff, label_hash, prev, hash ON audit
BEGIN SELECT raise(ABORT, 'an audit entry is never changed'); END;
