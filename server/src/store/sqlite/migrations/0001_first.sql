-- Times are milliseconds since 1970, identities and hashes their bytes.

CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Whoever writes a log: bornes (with key and series) and the server's desk (without).
CREATE TABLE origins (
    id             INTEGER PRIMARY KEY,
    uuid           BLOB NOT NULL UNIQUE,
    site           BLOB NOT NULL,
    name           TEXT NOT NULL,
    public_key     BLOB,
    series         INTEGER CHECK (series BETWEEN 1 AND 9),
    enrolled_at    INTEGER NOT NULL,
    revoked_at     INTEGER,
    quarantined_at INTEGER,
    hwm            INTEGER NOT NULL DEFAULT 0,
    nonce          INTEGER NOT NULL DEFAULT -1
) STRICT;
CREATE UNIQUE INDEX origins_series ON origins (site, series) WHERE revoked_at IS NULL;

CREATE TABLE enrolment_codes (
    hash       BLOB PRIMARY KEY,
    site       BLOB NOT NULL,
    name       TEXT,
    expires_at INTEGER NOT NULL,
    failures   INTEGER NOT NULL DEFAULT 0,
    borne      BLOB
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    origin      INTEGER NOT NULL REFERENCES origins (id),
    seq         INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    offset_ms   INTEGER,
    kind        TEXT NOT NULL,
    ticket      BLOB,
    hash        BLOB NOT NULL,
    raw         TEXT NOT NULL,
    PRIMARY KEY (origin, seq)
) STRICT, WITHOUT ROWID;

-- Other events under a number that is taken (rule R9).
CREATE TABLE quarantine (
    origin      INTEGER NOT NULL REFERENCES origins (id),
    seq         INTEGER NOT NULL,
    hash        BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    raw         TEXT NOT NULL,
    PRIMARY KEY (origin, seq, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE alarms (
    id     INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    origin BLOB,
    kind   TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;

-- state: 0 called, 1 serving, 2 over. A ticket is called once an episode, a counter holds one ticket.
CREATE TABLE calls (
    call      BLOB PRIMARY KEY,
    ticket    BLOB NOT NULL,
    episode   INTEGER NOT NULL,
    counter   TEXT NOT NULL,
    state     INTEGER NOT NULL DEFAULT 0,
    UNIQUE (ticket, episode)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX calls_counter ON calls (counter) WHERE state < 2;

CREATE TABLE accounts (
    name     TEXT PRIMARY KEY,
    role     TEXT NOT NULL,
    password TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    hash       BLOB PRIMARY KEY,
    account    TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE seats (
    counter   TEXT PRIMARY KEY,
    session   BLOB NOT NULL UNIQUE REFERENCES sessions (hash) ON DELETE CASCADE,
    opened_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Anonymous answers: nothing here tells a borne, a ticket or an instant.
CREATE TABLE survey_batches (
    batch BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE survey_cells (
    survey  TEXT NOT NULL,
    service TEXT NOT NULL,
    period  TEXT NOT NULL,
    vector  TEXT NOT NULL,
    suspect INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (survey, service, period, vector, suspect)
) STRICT, WITHOUT ROWID;
