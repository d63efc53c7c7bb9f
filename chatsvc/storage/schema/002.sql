-- What was said last, one row for each commit, in the order of the commits: `messages`
-- is a JSON array of arrays with the columns of the table `messages`, in their order.
-- Housekeeping moves the rows there, in order, and removes them here; storage/journal.py.
CREATE TABLE journal (
    entry INTEGER PRIMARY KEY,
    messages TEXT NOT NULL
);
