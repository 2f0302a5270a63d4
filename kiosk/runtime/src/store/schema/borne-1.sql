-- The borne's own log, numbers and print journal. Survey answers live in a file of their own (answers-1.sql).

-- Events in the bytes in which they are sent; `seq` has no gaps and is never reset. An event that asks for paper holds
-- its print's journal too, so that number, event and print touch two pages of the disk: stage is queued, sending, sent,
-- printed or cut; outcome printed, not_printed or unknown.
CREATE TABLE log (
    seq INTEGER PRIMARY KEY,
    raw TEXT NOT NULL,
    stage TEXT,
    outcome TEXT
) STRICT;

-- The next number of each letter on a service day.
CREATE TABLE counters (
    day TEXT NOT NULL,
    letter TEXT NOT NULL,
    next INTEGER NOT NULL,
    PRIMARY KEY (day, letter)
) STRICT, WITHOUT ROWID;

-- acked: the last event that is durable on the server. nonce: the next free request counter.
CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO facts VALUES ('acked', 0), ('nonce', 1);
PRAGMA user_version = 1;
