-- One-time codes that make a machine a site's display, by their hash.
CREATE TABLE display_codes (
    hash       BLOB PRIMARY KEY,
    site       BLOB NOT NULL,
    display    TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Machines that show a display, by the hash of their token; `sounds` is what they last said of themselves.
CREATE TABLE screens (
    token       BLOB PRIMARY KEY,
    site        BLOB NOT NULL,
    display     TEXT NOT NULL,
    enrolled_at INTEGER NOT NULL,
    revoked_at  INTEGER,
    seen_at     INTEGER,
    sounds      INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX screens_of_site ON screens (site, enrolled_at);
