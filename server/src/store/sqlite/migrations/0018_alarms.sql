-- Alarms that last have a beginning (`at`) and an end; of a borne and kind one lasts at a time.
ALTER TABLE alarms ADD COLUMN lasts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alarms ADD COLUMN ended_at INTEGER;
CREATE UNIQUE INDEX alarms_lasting ON alarms (origin, kind) WHERE lasts = 1 AND ended_at IS NULL;
