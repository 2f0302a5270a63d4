-- Alarms that last have a beginning (`at`) and an end; of a borne and kind one lasts at a time.
ALTER TABLE alarms ADD COLUMN lasts BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE alarms ADD COLUMN ended_at BIGINT;
CREATE UNIQUE INDEX alarms_lasting ON alarms (origin, kind) WHERE lasts AND ended_at IS NULL;
