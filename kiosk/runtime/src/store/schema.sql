-- The borne's own log, numbers and print journal. Survey answers live in a file of their own (answers.sql).

-- Events in the bytes in which they are sent; `seq` has no gaps and is never reset.
CREATE TABLE log (
    seq INTEGER PRIMARY KEY,
    raw TEXT NOT NULL
) STRICT;

-- The next number of each letter on a service day.
CREATE TABLE counters (
    day TEXT NOT NULL,
    letter TEXT NOT NULL,
    next INTEGER NOT NULL,
    PRIMARY KEY (day, letter)
) STRICT, WITHOUT ROWID;

-- What is known of each print: stage is queued, sending, sent, printed or cut; outcome printed, not_printed or unknown.
CREATE TABLE prints (
    id INTEGER PRIMARY KEY,
    ticket TEXT NOT NULL,
    duplicate INTEGER NOT NULL,
    stage TEXT NOT NULL,
    outcome TEXT
) STRICT;

-- acked: the last event that is durable on the server. nonce: the next free request counter.
CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO facts VALUES ('acked', 0), ('nonce', 1);
PRAGMA user_version = 1;
