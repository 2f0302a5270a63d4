-- Anonymous answers: how often each vector was given in a period. A file of its own, so that no order of writing links
-- an answer to a ticket.

CREATE TABLE cells (
    survey TEXT NOT NULL,
    service TEXT NOT NULL,
    period TEXT NOT NULL,
    vector TEXT NOT NULL,
    suspect INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (survey, service, period, vector, suspect)
) STRICT, WITHOUT ROWID;

-- Closed cells on their way: one batch is counted once, however often it is sent.
CREATE TABLE outbox (
    batch_id TEXT PRIMARY KEY,
    send_after_ms INTEGER NOT NULL,
    payload TEXT NOT NULL
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 1;
