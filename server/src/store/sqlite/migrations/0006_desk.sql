-- A file serves several sites, and their desks do more than call.

-- Beside pieces of logs, changes tell what staff changed of a site: `what` (decisions, people, …) and `site`. Whoever reads
-- changes begins at their end: the older ones without a log are told to nobody.
ALTER TABLE changes ADD COLUMN site BLOB;
ALTER TABLE changes ADD COLUMN what TEXT;
DELETE FROM changes WHERE origin IS NULL;

-- What each act of a desk was about, so that a form sent again does nothing more.
CREATE TABLE acts (
    act    BLOB PRIMARY KEY,
    at     INTEGER NOT NULL,
    ticket BLOB
) STRICT, WITHOUT ROWID;
INSERT INTO acts (act, at, ticket) SELECT call, at, ticket FROM calls;

-- How far a passage of a ticket is that has done waiting: 0 called, 1 serving, 2 over, 3 left for another one. A ticket is
-- called once an episode, a counter of a site holds one ticket. `decision` is why this ticket. Calls for help are here too,
-- as passage 0: they are answered once. Calls that are there belong to the site that gave their ticket.
CREATE TABLE calls_by_site (
    ticket   BLOB NOT NULL,
    episode  INTEGER NOT NULL,
    site     BLOB NOT NULL,
    counter  TEXT NOT NULL,
    state    INTEGER NOT NULL DEFAULT 0,
    at       INTEGER NOT NULL,
    decision TEXT,
    PRIMARY KEY (ticket, episode)
) STRICT, WITHOUT ROWID;
INSERT INTO calls_by_site (site, ticket, episode, counter, state, at)
    SELECT coalesce(issues.site, (SELECT site FROM origins WHERE public_key IS NULL ORDER BY id DESC LIMIT 1)),
        calls.ticket, episode, counter, state, at
    FROM calls LEFT JOIN (SELECT ticket, min(site) AS site FROM events JOIN origins ON origins.id = events.origin
        WHERE kind = 'ticket_issued' GROUP BY ticket) AS issues ON issues.ticket = calls.ticket;
DROP TABLE calls;
ALTER TABLE calls_by_site RENAME TO calls;
CREATE UNIQUE INDEX calls_counter ON calls (site, counter) WHERE state < 2;

-- The next number that a desk gives itself, of a letter on a service day.
CREATE TABLE desk_numbers (
    site   BLOB NOT NULL,
    day    TEXT NOT NULL,
    letter TEXT NOT NULL,
    next   INTEGER NOT NULL,
    PRIMARY KEY (site, day, letter)
) STRICT, WITHOUT ROWID;

-- What a borne is asked to do, until it has or until it is too late.
CREATE TABLE commands (
    id         BLOB PRIMARY KEY,
    borne      BLOB NOT NULL,
    body       TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    settled_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX commands_open ON commands (borne, expires_at) WHERE settled_at IS NULL;

-- Anonymous answers: nothing here tells a borne, a ticket or an instant; the site, where they are published, says nothing of
-- who came. What is there was given at the last site that this file served.
CREATE TABLE survey_cells_by_site (
    site    BLOB NOT NULL,
    survey  TEXT NOT NULL,
    service TEXT NOT NULL,
    period  TEXT NOT NULL,
    vector  TEXT NOT NULL,
    suspect INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (site, survey, service, period, vector, suspect)
) STRICT, WITHOUT ROWID;
INSERT INTO survey_cells_by_site
    SELECT (SELECT site FROM origins WHERE public_key IS NULL ORDER BY id DESC LIMIT 1),
        survey, service, period, vector, suspect, n FROM survey_cells;
DROP TABLE survey_cells;
ALTER TABLE survey_cells_by_site RENAME TO survey_cells;
