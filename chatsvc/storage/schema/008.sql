-- What accounts say of themselves, and what owners say of rooms: values by keys.
CREATE TABLE account_metadata (
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (account, key)
) WITHOUT ROWID;

CREATE TABLE room_metadata (
    room_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (room_id, key)
) WITHOUT ROWID;
