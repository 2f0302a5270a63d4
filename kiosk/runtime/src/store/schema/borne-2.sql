-- What is known of the time (rule R6). uncertain: 1 once a ticket of the newest day was issued while nobody vouched for
-- the clock. confirmed_ms: when somebody last did, in milliseconds since 1970.
INSERT INTO facts VALUES ('uncertain', 0), ('confirmed_ms', 0);
PRAGMA user_version = 2;
