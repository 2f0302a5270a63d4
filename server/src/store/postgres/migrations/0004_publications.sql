-- What an office is about to publish of a site, and what it has. `kind` is catalogue or policy. A draft that was given up or
-- published leaves its row, without a body: revisions never come twice.
CREATE TABLE drafts (
    site      UUID NOT NULL,
    kind      TEXT COLLATE "C" NOT NULL,
    revision  BIGINT NOT NULL,
    body      TEXT,
    edited_by BIGINT,
    edited_at BIGINT NOT NULL,
    PRIMARY KEY (site, kind)
);

CREATE TABLE publications (
    site         UUID NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL,
    version      BIGINT NOT NULL,
    body         TEXT NOT NULL,
    signature    TEXT,
    valid_from   BIGINT NOT NULL,
    published_by BIGINT,
    reason       TEXT NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (site, kind, version)
);
