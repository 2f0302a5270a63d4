-- What agents tell the colleague who receives somebody next; erased when the service day ends.
CREATE TABLE notes (
    id     BLOB PRIMARY KEY,
    site   BLOB NOT NULL,
    ticket BLOB NOT NULL,
    text   TEXT NOT NULL,
    author TEXT NOT NULL,
    at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX notes_ticket ON notes (ticket);
