-- Accounts have a number, which events may name where a name must not stand, and roles of a site or of all (`site` is null
-- then). Sessions are of a site once it is chosen, and count as signed in just now until `fresh_until`. Counters have their
-- names from their site. Who is an agent stays one, at every site; sessions and seats stay, at the last site that this
-- database served.
ALTER TABLE seats DROP CONSTRAINT seats_session_fkey;
ALTER TABLE sessions DROP CONSTRAINT sessions_account_fkey;
ALTER TABLE seats RENAME TO seats_before;
ALTER TABLE sessions RENAME TO sessions_before;
ALTER TABLE accounts RENAME TO accounts_before;

CREATE TABLE accounts (
    id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name         TEXT COLLATE "C" NOT NULL UNIQUE,
    password     TEXT,
    oidc_subject TEXT COLLATE "C" UNIQUE,
    must_change  BOOLEAN NOT NULL DEFAULT FALSE,
    disabled_at  BIGINT
);
INSERT INTO accounts (name, password) SELECT name, password FROM accounts_before ORDER BY name;

CREATE TABLE grants (
    account BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    site    UUID,
    role    TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX grants_once ON grants (account, coalesce(site, '00000000-0000-0000-0000-000000000000'), role);
INSERT INTO grants (account, role) SELECT id, role FROM accounts JOIN accounts_before USING (name);

CREATE TABLE sessions (
    hash        BYTEA PRIMARY KEY,
    account     BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    site        UUID,
    fresh_until BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
INSERT INTO sessions
    SELECT hash, id, (SELECT site FROM origins WHERE public_key IS NULL ORDER BY id DESC LIMIT 1), 0, expires_at
    FROM sessions_before JOIN accounts ON name = account;

CREATE TABLE seats (
    site      UUID NOT NULL,
    counter   TEXT COLLATE "C" NOT NULL,
    session   BYTEA NOT NULL UNIQUE REFERENCES sessions (hash) ON DELETE CASCADE,
    opened_at BIGINT NOT NULL,
    PRIMARY KEY (site, counter)
);
INSERT INTO seats SELECT site, counter, session, opened_at
    FROM seats_before JOIN sessions ON hash = session WHERE site IS NOT NULL;

DROP TABLE seats_before, sessions_before, accounts_before;
