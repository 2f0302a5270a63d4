-- What is wanted of each borne, every version of it.
CREATE TABLE wanted (
    borne   UUID NOT NULL,
    version BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    made_by TEXT NOT NULL,
    body    TEXT NOT NULL,
    PRIMARY KEY (borne, version)
);
