-- What staff decided for a service day: no more tickets ('full', since `at`) of a service, or of all (''); reception
-- closes ('closing', at `at`).
CREATE TABLE decisions (
    site    BLOB NOT NULL,
    day     TEXT NOT NULL,
    kind    TEXT NOT NULL CHECK (kind IN ('full', 'closing')),
    service TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (site, day, kind, service)
) STRICT, WITHOUT ROWID;
