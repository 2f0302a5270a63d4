-- The log is what numbers are counted by: a ticket's event bears its number, so one row makes both. `counters` holds what
-- the log does not tell: numbers that a day in doubt handed on to the day after, and those of events that are forgotten.
-- numbered_from: the first event whose number is not in `counters` already.
INSERT INTO facts VALUES ('numbered_from', 1 + ifnull((SELECT max(seq) FROM log), 0));
PRAGMA user_version = 3;
