-- Until when a session lasts if nobody uses it; NULL: however little it is used.
ALTER TABLE sessions ADD COLUMN idle_until INTEGER;
