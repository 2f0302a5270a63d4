-- An act is of a site and of a kind, the first event's that it wrote: the same identity with another one is a mistake, not
-- the same form sent again. Of those that are there neither is known.
ALTER TABLE acts ADD COLUMN site BLOB;
ALTER TABLE acts ADD COLUMN kind TEXT;
