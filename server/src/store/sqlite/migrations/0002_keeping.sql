-- At most one alarm an hour of a borne and kind.
CREATE INDEX alarms_of ON alarms (origin, kind, at);

-- When a call was made: calls are kept as long as the events about them. Those that are there count from now.
ALTER TABLE calls ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
UPDATE calls SET at = CAST(unixepoch('subsec') * 1000 AS INTEGER);
