-- Who did what, in a chain: each entry's hash covers the one before. A label and its salt are erased after seven days; the
-- chain covers their hash.
CREATE TABLE audit (
    n          bigint PRIMARY KEY,
    at         bigint NOT NULL,
    actor      text NOT NULL,
    role       text NOT NULL,
    site       uuid,
    action     text NOT NULL,
    object     text NOT NULL,
    diff       text NOT NULL,
    label      text,
    salt       bytea,
    label_hash bytea,
    prev       bytea NOT NULL,
    hash       bytea NOT NULL,
    CHECK ((label IS NULL) = (salt IS NULL))
);
CREATE INDEX audit_site ON audit (site, n);
CREATE INDEX audit_label ON audit (at) WHERE label IS NOT NULL;

-- The last entry, apart from the entries: an end that is cut off is missed. Whoever appends holds its row.
CREATE TABLE audit_head (
    one  boolean PRIMARY KEY CHECK (one),
    n    bigint NOT NULL,
    hash bytea NOT NULL
);
INSERT INTO audit_head VALUES (true, 0, decode(repeat('00', 32), 'hex'));

-- What a mistake could do. Whoever means to has the chain against them.
CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit chain only grows, and its entries are never changed';
END $$;
CREATE TRIGGER audit_stays BEFORE DELETE OR UPDATE OF n, at, actor, role, site, action, object, diff, label_hash, prev, hash
    ON audit FOR EACH ROW EXECUTE FUNCTION audit_stays();
CREATE TRIGGER audit_stays_whole BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();
