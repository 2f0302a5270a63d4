-- What agents tell the colleague who receives somebody next; erased when the service day ends.
CREATE TABLE notes (
    id     uuid PRIMARY KEY,
    site   uuid NOT NULL,
    ticket uuid NOT NULL,
    text   text NOT NULL,
    author text NOT NULL,
    at     bigint NOT NULL
);
CREATE INDEX notes_ticket ON notes (ticket);
