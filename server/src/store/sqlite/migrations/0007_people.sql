-- Accounts have a number, which events may name where a name must not stand, and roles of a site or of all (`site` is null
-- then). Sessions are of a site once it is chosen, and count as signed in just now until `fresh_until`. Counters have their
-- names from their site. Who is an agent stays one, at every site; sessions and seats stay, at the last site that this file
-- served.
CREATE TABLE accounts_by_number (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    name         TEXT NOT NULL UNIQUE,
    password     TEXT,
    oidc_subject TEXT UNIQUE,
    must_change  INTEGER NOT NULL DEFAULT 0,
    disabled_at  INTEGER
) STRICT;
INSERT INTO accounts_by_number (name, password) SELECT name, password FROM accounts ORDER BY name;

CREATE TABLE grants (
    account INTEGER NOT NULL REFERENCES accounts_by_number (id) ON DELETE CASCADE,
    site    BLOB,
    role    TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX grants_once ON grants (account, coalesce(site, x''), role);
INSERT INTO grants (account, role) SELECT id, role FROM accounts_by_number JOIN accounts USING (name);

CREATE TABLE sessions_of_site (
    hash        BLOB PRIMARY KEY,
    account     INTEGER NOT NULL REFERENCES accounts_by_number (id) ON DELETE CASCADE,
    site        BLOB,
    fresh_until INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO sessions_of_site
    SELECT hash, id, (SELECT site FROM origins WHERE public_key IS NULL ORDER BY id DESC LIMIT 1), 0, expires_at
    FROM sessions JOIN accounts_by_number ON name = account;

CREATE TABLE seats_of_site (
    site      BLOB NOT NULL,
    counter   TEXT NOT NULL,
    session   BLOB NOT NULL UNIQUE REFERENCES sessions_of_site (hash) ON DELETE CASCADE,
    opened_at INTEGER NOT NULL,
    PRIMARY KEY (site, counter)
) STRICT, WITHOUT ROWID;
INSERT INTO seats_of_site SELECT site, counter, session, opened_at
    FROM seats JOIN sessions_of_site ON hash = session WHERE site IS NOT NULL;

DROP TABLE seats;
DROP TABLE sessions;
DROP TABLE accounts;
ALTER TABLE accounts_by_number RENAME TO accounts;
ALTER TABLE sessions_of_site RENAME TO sessions;
ALTER TABLE seats_of_site RENAME TO seats;
