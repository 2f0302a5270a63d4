-- How service days were closed: by whom (nobody: the next one began), with which message, how many still waited.
CREATE TABLE days (
    site      UUID NOT NULL,
    day       TEXT COLLATE "C" NOT NULL,
    closed_at BIGINT NOT NULL,
    closed_by BIGINT,
    message   TEXT NOT NULL,
    expired   BIGINT NOT NULL,
    PRIMARY KEY (site, day)
);

-- When the page of a counter was heard of last, by whichever server.
CREATE TABLE heard (
    site    UUID NOT NULL,
    counter TEXT COLLATE "C" NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (site, counter)
);
