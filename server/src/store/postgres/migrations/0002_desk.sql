-- A database serves several sites, and their desks do more than call.

-- Beside pieces of logs, changes tell what staff changed of a site: `what` (decisions, people, …) and `site`. Whoever reads
-- changes begins at their end: the older ones without a log are told to nobody.
ALTER TABLE changes ADD COLUMN site UUID, ADD COLUMN what TEXT COLLATE "C";
DELETE FROM changes WHERE origin IS NULL;

-- What each act of a desk was about, so that a form sent again does nothing more.
CREATE TABLE acts (
    act    UUID PRIMARY KEY,
    at     BIGINT NOT NULL,
    ticket UUID
);
INSERT INTO acts (act, at, ticket) SELECT call, at, ticket FROM calls;

-- How far a passage of a ticket is that has done waiting: 0 called, 1 serving, 2 over, 3 left for another one. A ticket is
-- called once an episode, a counter of a site holds one ticket. `decision` is why this ticket. Calls for help are here too,
-- as passage 0: they are answered once. Calls that are there belong to the site that gave their ticket.
ALTER TABLE calls ADD COLUMN site UUID, ADD COLUMN decision TEXT;
UPDATE calls SET site = issues.site FROM (SELECT DISTINCT ON (ticket) ticket, site FROM events
        JOIN origins ON origins.id = events.origin WHERE kind = 'ticket_issued' ORDER BY ticket, site) AS issues
    WHERE issues.ticket = calls.ticket;
UPDATE calls SET site = (SELECT site FROM origins WHERE public_key IS NULL ORDER BY id DESC LIMIT 1) WHERE site IS NULL;
ALTER TABLE calls ALTER COLUMN site SET NOT NULL;
ALTER TABLE calls DROP COLUMN call;
ALTER TABLE calls DROP CONSTRAINT calls_ticket_episode_key;
ALTER TABLE calls ADD PRIMARY KEY (ticket, episode);
DROP INDEX calls_counter;
CREATE UNIQUE INDEX calls_counter ON calls (site, counter) WHERE state < 2;

-- The next number that a desk gives itself, of a letter on a service day.
CREATE TABLE desk_numbers (
    site   UUID NOT NULL,
    day    TEXT COLLATE "C" NOT NULL,
    letter TEXT COLLATE "C" NOT NULL,
    next   BIGINT NOT NULL,
    PRIMARY KEY (site, day, letter)
);

-- What a borne is asked to do, until it has or until it is too late.
CREATE TABLE commands (
    id         UUID PRIMARY KEY,
    borne      UUID NOT NULL,
    body       TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    settled_at BIGINT
);
CREATE INDEX commands_open ON commands (borne, expires_at) WHERE settled_at IS NULL;

-- Anonymous answers: the site, where they are published, says nothing of who came. What is there was given at the last site
-- that this database served.
ALTER TABLE survey_cells ADD COLUMN site UUID;
UPDATE survey_cells SET site = (SELECT site FROM origins WHERE public_key IS NULL ORDER BY id DESC LIMIT 1);
ALTER TABLE survey_cells ALTER COLUMN site SET NOT NULL;
ALTER TABLE survey_cells DROP CONSTRAINT survey_cells_pkey;
ALTER TABLE survey_cells ADD PRIMARY KEY (site, survey, service, period, vector, suspect);

-- What a desk does, a function an action. Each locks the desk's row first, and its next statement sees what was committed
-- until then: they must stay VOLATILE, and statements apart. o_outcome: 0 made, 1 done before, 2 the counter is busy,
-- 3 somebody was faster.

-- What an act was about, and the site of the desk, whose row stays locked until the commit.
CREATE FUNCTION desk_begin(p_desk uuid, p_act uuid, OUT o_site uuid, OUT o_before boolean, OUT o_ticket uuid)
LANGUAGE plpgsql AS $$
BEGIN
    SELECT site INTO STRICT o_site FROM origins WHERE uuid = p_desk AND public_key IS NULL FOR NO KEY UPDATE;
    SELECT ticket INTO o_ticket FROM acts WHERE act = p_act;
    o_before := FOUND;
END $$;

-- Appends to the desk's log. Behind its number an event is p_tail, as the server writes it.
CREATE FUNCTION desk_write(p_desk uuid, p_at bigint, p_act uuid, p_kind text[], p_ticket uuid[], p_tail text[], OUT o_seq bigint)
LANGUAGE plpgsql AS $$
DECLARE
    v_log   bigint;
    v_count bigint := cardinality(p_tail);
BEGIN
    UPDATE origins SET hwm = hwm + v_count WHERE uuid = p_desk AND public_key IS NULL
        RETURNING id, hwm - v_count + 1 INTO STRICT v_log, o_seq;
    INSERT INTO events (origin, seq, received_at, kind, ticket, hash, raw)
        SELECT v_log, o_seq + nth - 1, p_at, kind, ticket, sha256(convert_to(raw, 'UTF8')), raw
        FROM (SELECT nth, kind, ticket, '{"seq":' || (o_seq + nth - 1) || tail AS raw
            FROM UNNEST(p_kind, p_ticket, p_tail) WITH ORDINALITY AS told (kind, ticket, tail, nth)) AS written;
    INSERT INTO changes (origin, from_seq, to_seq) VALUES (v_log, o_seq, o_seq + v_count - 1);
    INSERT INTO acts (act, at, ticket)
        VALUES (p_act, p_at, (SELECT ticket FROM UNNEST(p_ticket) AS told (ticket) WHERE ticket IS NOT NULL LIMIT 1));
END $$;

CREATE FUNCTION desk_call(p_desk uuid, p_at bigint, p_act uuid, p_counter text, p_origin uuid[], p_seq bigint[],
    p_ticket uuid[], p_episode bigint[], p_tail text[], p_decision text[],
    OUT o_outcome int, OUT o_nth int, OUT o_ticket uuid, OUT o_seq bigint)
LANGUAGE plpgsql AS $$
DECLARE
    v_site   uuid;
    v_before boolean;
    v_nth    bigint;
BEGIN
    SELECT b.o_site, b.o_before, b.o_ticket INTO v_site, v_before, o_ticket FROM desk_begin(p_desk, p_act) AS b;
    IF v_before THEN
        o_outcome := 1;
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM calls WHERE site = v_site AND counter = p_counter AND state < 2) THEN
        o_outcome := 2;
        RETURN;
    END IF;
    SELECT c.nth, c.ticket INTO v_nth, o_ticket
        FROM UNNEST(p_origin, p_seq, p_ticket, p_episode) WITH ORDINALITY AS c (origin, seq, ticket, episode, nth)
        JOIN origins ON origins.uuid = c.origin AND origins.site = v_site
        JOIN events ON events.origin = origins.id AND events.seq = c.seq AND events.ticket = c.ticket
        WHERE NOT EXISTS (SELECT FROM calls WHERE calls.ticket = c.ticket AND calls.episode = c.episode)
        ORDER BY c.nth LIMIT 1;
    IF NOT FOUND THEN
        o_outcome := 3;
        RETURN;
    END IF;
    INSERT INTO calls (ticket, episode, site, counter, at, decision)
        VALUES (o_ticket, p_episode[v_nth], v_site, p_counter, p_at, p_decision[v_nth]);
    o_seq := desk_write(p_desk, p_at, p_act, ARRAY['called'], ARRAY[o_ticket], ARRAY[p_tail[v_nth]]);
    o_nth := v_nth - 1;
    o_outcome := 0;
END $$;

-- Each passage (p_of, p_episode) goes from p_from, held by p_counter where that is said, to p_to; where p_from is null it
-- must have done nothing but wait.
CREATE FUNCTION desk_make(p_desk uuid, p_at bigint, p_act uuid, p_free text, p_of uuid[], p_episode bigint[],
    p_from smallint[], p_to smallint[], p_counter text[], p_kind text[], p_ticket uuid[], p_tail text[],
    OUT o_outcome int, OUT o_ticket uuid, OUT o_seq bigint)
LANGUAGE plpgsql AS $$
DECLARE
    v_site   uuid;
    v_before boolean;
BEGIN
    SELECT b.o_site, b.o_before, b.o_ticket INTO v_site, v_before, o_ticket FROM desk_begin(p_desk, p_act) AS b;
    IF v_before THEN
        o_outcome := 1;
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM calls
            WHERE site = v_site AND counter = p_free AND state < 2 AND ticket <> ALL (p_of)) THEN
        o_outcome := 2;
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM UNNEST(p_of, p_episode, p_from, p_counter) AS c (of, episode, "from", counter)
            LEFT JOIN calls ON calls.ticket = c.of AND calls.episode = c.episode
            WHERE calls.state IS DISTINCT FROM c."from" OR calls.site <> v_site
                OR (c."from" IS NOT NULL AND calls.counter <> c.counter)) THEN
        o_outcome := 3;
        RETURN;
    END IF;
    UPDATE calls SET state = c."to"
        FROM UNNEST(p_of, p_episode, p_from, p_to) AS c (of, episode, "from", "to")
        WHERE c."from" IS NOT NULL AND calls.ticket = c.of AND calls.episode = c.episode;
    INSERT INTO calls (ticket, episode, site, counter, state, at)
        SELECT c.of, c.episode, v_site, coalesce(c.counter, ''), c."to", p_at
        FROM UNNEST(p_of, p_episode, p_from, p_to, p_counter) AS c (of, episode, "from", "to", counter)
        WHERE c."from" IS NULL;
    o_seq := desk_write(p_desk, p_at, p_act, p_kind, p_ticket, p_tail);
    o_outcome := 0;
END $$;

-- A ticket's number stands in its event between p_head and p_tail.
CREATE FUNCTION desk_issue(p_desk uuid, p_at bigint, p_act uuid, p_day text, p_letter text, p_ticket uuid,
    p_head text, p_tail text, OUT o_outcome int, OUT o_ticket uuid, OUT o_number bigint, OUT o_seq bigint)
LANGUAGE plpgsql AS $$
DECLARE
    v_site   uuid;
    v_before boolean;
BEGIN
    SELECT b.o_site, b.o_before, b.o_ticket INTO v_site, v_before, o_ticket FROM desk_begin(p_desk, p_act) AS b;
    IF v_before THEN
        o_outcome := 1;
        RETURN;
    END IF;
    INSERT INTO desk_numbers (site, day, letter, next) VALUES (v_site, p_day, p_letter, 2)
        ON CONFLICT (site, day, letter) DO UPDATE SET next = desk_numbers.next + 1
        RETURNING next - 1 INTO o_number;
    o_seq := desk_write(p_desk, p_at, p_act, ARRAY['ticket_issued'], ARRAY[p_ticket], ARRAY[p_head || o_number || p_tail]);
    o_outcome := 0;
END $$;
