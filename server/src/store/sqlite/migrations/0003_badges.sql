-- The staff's badges. The hash is keyed by the setting `badge_key.SITE`; the PIN is an Argon2id PHC string.
CREATE TABLE badges (
    site       BLOB NOT NULL,
    badge      BLOB NOT NULL,
    pin        TEXT NOT NULL,
    role       TEXT NOT NULL,
    label      TEXT NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (site, badge),
    UNIQUE (site, label)
) STRICT, WITHOUT ROWID;
