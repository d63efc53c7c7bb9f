-- Whom the owners of accounts ignore, each a mask in its canonical form, in the order of
-- `place`.
CREATE TABLE ignored (
    account TEXT NOT NULL,
    mask TEXT NOT NULL,
    place INTEGER NOT NULL,
    added_at INTEGER NOT NULL,
    PRIMARY KEY (account, mask)
) WITHOUT ROWID;
