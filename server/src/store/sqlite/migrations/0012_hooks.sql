-- Addresses of other programs that are told what happens to a site's tickets. `kinds` are words with spaces between them.
CREATE TABLE hooks (
    id          BLOB PRIMARY KEY,
    site        BLOB NOT NULL,
    url         TEXT NOT NULL,
    secret      BLOB NOT NULL,
    kinds       TEXT NOT NULL,
    since       INTEGER NOT NULL,
    disabled_at INTEGER
) STRICT, WITHOUT ROWID;

-- What is on its way to them, in the order in which it was queued, and what became of it. state: 0 waiting until `next_at`,
-- 1 delivered, 2 given up.
CREATE TABLE deliveries (
    place    INTEGER PRIMARY KEY,
    hook     BLOB NOT NULL REFERENCES hooks (id) ON DELETE CASCADE,
    event    TEXT NOT NULL,
    kind     TEXT NOT NULL,
    body     TEXT NOT NULL,
    at       INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    state    INTEGER NOT NULL DEFAULT 0,
    next_at  INTEGER NOT NULL,
    detail   TEXT NOT NULL DEFAULT '',
    UNIQUE (hook, event)
) STRICT;
CREATE INDEX deliveries_due ON deliveries (hook, next_at) WHERE state = 0;
CREATE INDEX deliveries_next ON deliveries (hook, place) WHERE state = 0;
CREATE INDEX deliveries_of ON deliveries (hook, place);

-- Up to where changes have been turned into deliveries.
CREATE TABLE hook_cursor (
    single  INTEGER PRIMARY KEY CHECK (single = 0),
    reached TEXT NOT NULL
) STRICT;

-- Programs that may ask and act at a site. The key itself is shown once; `scopes` are words with spaces between them.
CREATE TABLE api_keys (
    id         BLOB PRIMARY KEY,
    hash       BLOB NOT NULL UNIQUE,
    site       BLOB NOT NULL,
    name       TEXT NOT NULL,
    scopes     TEXT NOT NULL,
    since      INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;

-- What a program's request was answered, for a day: the same request again gets the same answer. `status` is absent while
-- it is being answered, `begun` where nothing was done: then the name is free. `at` tells it from the same name's of other days.
CREATE TABLE answers (
    key    BLOB NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    name   TEXT NOT NULL,
    asked  BLOB NOT NULL,
    at     INTEGER NOT NULL,
    begun  INTEGER,
    status INTEGER,
    body   TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (key, name)
) STRICT, WITHOUT ROWID;
