-- Times are milliseconds since 1970. Texts that are sorted or compared are so by their bytes, as everywhere else.

CREATE TABLE settings (
    key   TEXT COLLATE "C" PRIMARY KEY,
    value BYTEA NOT NULL
);

-- Whoever writes a log: bornes (with key and series) and the server's desk (without). Each batch changes a row: room is left
-- for it beside the row, where no index has to follow.
CREATE TABLE origins (
    id             BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uuid           UUID NOT NULL UNIQUE,
    site           UUID NOT NULL,
    name           TEXT NOT NULL,
    public_key     BYTEA,
    series         SMALLINT CHECK (series BETWEEN 1 AND 9),
    enrolled_at    BIGINT NOT NULL,
    revoked_at     BIGINT,
    quarantined_at BIGINT,
    hwm            BIGINT NOT NULL DEFAULT 0,
    nonce          BIGINT NOT NULL DEFAULT -1
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX origins_series ON origins (site, series) WHERE revoked_at IS NULL;

CREATE TABLE enrolment_codes (
    hash       BYTEA PRIMARY KEY,
    site       UUID NOT NULL,
    name       TEXT,
    expires_at BIGINT NOT NULL,
    failures   BIGINT NOT NULL DEFAULT 0,
    borne      UUID
);

-- Origins are never removed, and a check of each row against them would cost as much as the row.
CREATE TABLE events (
    origin      BIGINT NOT NULL,
    seq         BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    offset_ms   BIGINT,
    kind        TEXT NOT NULL,
    ticket      UUID,
    hash        BYTEA NOT NULL,
    raw         TEXT NOT NULL,
    PRIMARY KEY (origin, seq)
);
CREATE INDEX events_received ON events USING brin (received_at) WITH (autosummarize = on);

-- What was committed: a piece of a log (`origin`, `from_seq` to `to_seq`), or a decision of staff (without). Transactions
-- commit in another order than they begin: readers stay below the oldest that is still under way.
CREATE TABLE changes (
    xid      BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    id       BIGINT GENERATED ALWAYS AS IDENTITY,
    at       BIGINT NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
    origin   BIGINT,
    from_seq BIGINT,
    to_seq   BIGINT,
    PRIMARY KEY (xid, id)
);

-- Other events under a number that is taken (rule R9).
CREATE TABLE quarantine (
    origin      BIGINT NOT NULL,
    seq         BIGINT NOT NULL,
    hash        BYTEA NOT NULL,
    received_at BIGINT NOT NULL,
    raw         TEXT NOT NULL,
    PRIMARY KEY (origin, seq, hash)
);

CREATE TABLE alarms (
    id     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at     BIGINT NOT NULL,
    origin UUID,
    kind   TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX alarms_of ON alarms (origin, kind, at);

-- state: 0 called, 1 serving, 2 over. A ticket is called once an episode, a counter holds one ticket.
CREATE TABLE calls (
    call    UUID PRIMARY KEY,
    ticket  UUID NOT NULL,
    episode BIGINT NOT NULL,
    counter TEXT COLLATE "C" NOT NULL,
    state   SMALLINT NOT NULL DEFAULT 0,
    at      BIGINT NOT NULL,
    UNIQUE (ticket, episode)
);
CREATE UNIQUE INDEX calls_counter ON calls (counter) WHERE state < 2;

-- What staff decided for a service day: no more tickets ('full', since `at`) of a service, or of all (''); reception
-- closes ('closing', at `at`).
CREATE TABLE decisions (
    site    UUID NOT NULL,
    day     TEXT COLLATE "C" NOT NULL,
    kind    TEXT COLLATE "C" NOT NULL CHECK (kind IN ('full', 'closing')),
    service TEXT COLLATE "C" NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (site, day, kind, service)
);

CREATE TABLE accounts (
    name     TEXT COLLATE "C" PRIMARY KEY,
    role     TEXT NOT NULL,
    password TEXT NOT NULL
);

CREATE TABLE sessions (
    hash       BYTEA PRIMARY KEY,
    account    TEXT COLLATE "C" NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);

CREATE TABLE seats (
    counter   TEXT COLLATE "C" PRIMARY KEY,
    session   BYTEA NOT NULL UNIQUE REFERENCES sessions (hash) ON DELETE CASCADE,
    opened_at BIGINT NOT NULL
);

-- The staff's badges. The hash is keyed by the setting `badge_key.SITE`; the PIN is an Argon2id PHC string.
CREATE TABLE badges (
    site       UUID NOT NULL,
    badge      BYTEA NOT NULL,
    pin        TEXT NOT NULL,
    role       TEXT NOT NULL,
    label      TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (site, badge),
    UNIQUE (site, label)
);

-- Anonymous answers: nothing here tells a borne, a ticket or an instant.
CREATE TABLE survey_batches (
    batch UUID PRIMARY KEY
);

CREATE TABLE survey_cells (
    survey  TEXT COLLATE "C" NOT NULL,
    service TEXT COLLATE "C" NOT NULL,
    period  TEXT COLLATE "C" NOT NULL,
    vector  TEXT COLLATE "C" NOT NULL,
    suspect BOOLEAN NOT NULL,
    n       BIGINT NOT NULL,
    PRIMARY KEY (survey, service, period, vector, suspect)
);
