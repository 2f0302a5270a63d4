-- One-time codes that make a machine a site's display, by their hash.
CREATE TABLE display_codes (
    hash       bytea PRIMARY KEY,
    site       uuid NOT NULL,
    display    text NOT NULL,
    expires_at bigint NOT NULL
);

-- Machines that show a display, by the hash of their token; `sounds` is what they last said of themselves.
CREATE TABLE screens (
    token       bytea PRIMARY KEY,
    site        uuid NOT NULL,
    display     text NOT NULL,
    enrolled_at bigint NOT NULL,
    revoked_at  bigint,
    seen_at     bigint,
    sounds      boolean
);
CREATE INDEX screens_of_site ON screens (site, enrolled_at);
