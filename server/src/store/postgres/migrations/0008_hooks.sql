-- Addresses of other programs that are told what happens to a site's tickets. `kinds` are words with spaces between them.
CREATE TABLE hooks (
    id          UUID PRIMARY KEY,
    site        UUID NOT NULL,
    url         TEXT NOT NULL,
    secret      BYTEA NOT NULL,
    kinds       TEXT NOT NULL,
    since       BIGINT NOT NULL,
    disabled_at BIGINT
);

-- What is on its way to them, in the order in which it was queued, and what became of it. state: 0 waiting until `next_at`,
-- 1 delivered, 2 given up.
CREATE TABLE deliveries (
    place    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hook     UUID NOT NULL REFERENCES hooks (id) ON DELETE CASCADE,
    event    TEXT COLLATE "C" NOT NULL,
    kind     TEXT NOT NULL,
    body     TEXT NOT NULL,
    at       BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    state    BIGINT NOT NULL DEFAULT 0,
    next_at  BIGINT NOT NULL,
    detail   TEXT NOT NULL DEFAULT '',
    UNIQUE (hook, event)
);
CREATE INDEX deliveries_due ON deliveries (hook, next_at) WHERE state = 0;
CREATE INDEX deliveries_next ON deliveries (hook, place) WHERE state = 0;
CREATE INDEX deliveries_of ON deliveries (hook, place);

-- Up to where changes have been turned into deliveries.
CREATE TABLE hook_cursor (
    single  BIGINT PRIMARY KEY CHECK (single = 0),
    reached TEXT NOT NULL
);

-- Programs that may ask and act at a site. The key itself is shown once; `scopes` are words with spaces between them.
CREATE TABLE api_keys (
    id         UUID PRIMARY KEY,
    hash       BYTEA NOT NULL UNIQUE,
    site       UUID NOT NULL,
    name       TEXT NOT NULL,
    scopes     TEXT NOT NULL,
    since      BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    used_at    BIGINT
);

-- What a program's request was answered, for a day: the same request again gets the same answer. `status` is absent while
-- it is being answered, `begun` where nothing was done: then the name is free. `at` tells it from the same name's of other days.
CREATE TABLE answers (
    key    UUID NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    name   TEXT COLLATE "C" NOT NULL,
    asked  BYTEA NOT NULL,
    at     BIGINT NOT NULL,
    begun  BIGINT,
    status BIGINT,
    body   TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (key, name)
);
