-- An act is of a site and of a kind, the first event's that it wrote: the same identity with another one is a mistake, not
-- the same form sent again. Of those that are there neither is known.
ALTER TABLE acts ADD COLUMN site UUID, ADD COLUMN kind TEXT COLLATE "C";

-- The functions of before, of which each does one thing more.

-- Appends to the desk's log, and notes the act with its site and its kind.
CREATE OR REPLACE FUNCTION desk_write(p_desk uuid, p_at bigint, p_act uuid, p_kind text[], p_ticket uuid[], p_tail text[], OUT o_seq bigint)
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
    INSERT INTO acts (act, at, ticket, site, kind)
        SELECT p_act, p_at, (SELECT ticket FROM UNNEST(p_ticket) AS told (ticket) WHERE ticket IS NOT NULL LIMIT 1), site,
            p_kind[1]
        FROM origins WHERE id = v_log;
END $$;

-- Each passage (p_of, p_episode) goes from p_from, held by p_counter where that is said, to p_to; where p_from is null it
-- must have done nothing but wait. One that is over may have ended in a borne's log alone: then nothing is held of it.
CREATE OR REPLACE FUNCTION desk_make(p_desk uuid, p_at bigint, p_act uuid, p_free text, p_of uuid[], p_episode bigint[],
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
            WHERE (calls.state IS DISTINCT FROM c."from" AND NOT (calls.state IS NULL AND c."from" = 2))
                OR calls.site <> v_site
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
        WHERE c."from" IS NULL OR NOT EXISTS (SELECT FROM calls WHERE calls.ticket = c.of AND calls.episode = c.episode);
    o_seq := desk_write(p_desk, p_at, p_act, p_kind, p_ticket, p_tail);
    o_outcome := 0;
END $$;

-- A call of somebody's who must still sit at the counter when it is made (o_outcome 4: they have left). The seat stays where
-- it is until the commit; who leaves it finds the ticket then.
CREATE FUNCTION desk_call_from(p_session bytea, p_desk uuid, p_at bigint, p_act uuid, p_counter text, p_origin uuid[],
    p_seq bigint[], p_ticket uuid[], p_episode bigint[], p_tail text[], p_decision text[],
    OUT o_outcome int, OUT o_nth int, OUT o_ticket uuid, OUT o_seq bigint)
LANGUAGE plpgsql AS $$
DECLARE
    v_site   uuid;
    v_before boolean;
BEGIN
    SELECT b.o_site, b.o_before INTO v_site, v_before FROM desk_begin(p_desk, p_act) AS b;
    IF p_session IS NOT NULL AND NOT v_before THEN
        PERFORM FROM seats WHERE session = p_session AND site = v_site AND counter = p_counter FOR SHARE;
        IF NOT FOUND THEN
            o_outcome := 4;
            RETURN;
        END IF;
    END IF;
    SELECT c.o_outcome, c.o_nth, c.o_ticket, c.o_seq INTO o_outcome, o_nth, o_ticket, o_seq
        FROM desk_call(p_desk, p_at, p_act, p_counter, p_origin, p_seq, p_ticket, p_episode, p_tail, p_decision) AS c;
END $$;
