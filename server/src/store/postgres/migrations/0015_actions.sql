-- What technicians ask of bornes, and what became of it: a row is asked once, and one of a kind is open at a borne at a time.
-- Rows go a day after they were asked, with the file that the borne sent. outcome: done, expired, or why it was not done.
CREATE TABLE actions (
    id         UUID PRIMARY KEY,
    borne      UUID NOT NULL,
    kind       TEXT NOT NULL,
    asked_by   TEXT NOT NULL,
    asked_at   BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    taken_at   BIGINT,
    ended_at   BIGINT,
    outcome    TEXT,
    media      TEXT,
    file       BYTEA
);
CREATE UNIQUE INDEX actions_open ON actions (borne, kind) WHERE ended_at IS NULL;
CREATE INDEX actions_of_borne ON actions (borne, asked_at);
CREATE INDEX actions_asked ON actions (asked_at);
