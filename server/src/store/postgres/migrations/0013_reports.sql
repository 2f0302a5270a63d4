-- When a borne was last heard of, by whichever server.
ALTER TABLE origins ADD COLUMN heard_at BIGINT;

-- What each borne last said of itself, in its bytes. A row is written again every few minutes.
CREATE TABLE reports (
    borne UUID PRIMARY KEY,
    at    BIGINT NOT NULL,
    raw   TEXT NOT NULL
) WITH (fillfactor = 50);
