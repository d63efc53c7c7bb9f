-- Names that belong to somebody.
CREATE TABLE accounts (
    key TEXT PRIMARY KEY,             -- the form in which nicks are compared
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,      -- times are milliseconds since 1970 UTC
    secret TEXT NOT NULL              -- the hash of the password
) WITHOUT ROWID;

-- Their SSH public keys, each a line of `authorized_keys`, in the order of `place`.
CREATE TABLE account_keys (
    account TEXT NOT NULL,
    public_key TEXT NOT NULL,
    place INTEGER NOT NULL,
    added_at INTEGER NOT NULL,
    PRIMARY KEY (account, public_key)
) WITHOUT ROWID;

-- The rooms they are members of, and up to which number they have read them.
CREATE TABLE memberships (
    account TEXT NOT NULL,
    room_id INTEGER NOT NULL,
    since INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (account, room_id)
) WITHOUT ROWID;

CREATE INDEX memberships_by_room ON memberships (room_id);
