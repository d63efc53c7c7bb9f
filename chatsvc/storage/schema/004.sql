-- Messages that were changed: when last, and by whom; NULL for all others. Where the text
-- is empty, it was taken back.
ALTER TABLE messages ADD COLUMN changed_at INTEGER;
ALTER TABLE messages ADD COLUMN changed_by TEXT;

-- A row for each commit that took a text out of `messages`, until nothing of it is left
-- in the files: in the segments of the search index and in the write-ahead file.
-- storage/scrubbing.py.
CREATE TABLE scrubs (scrub INTEGER PRIMARY KEY);
