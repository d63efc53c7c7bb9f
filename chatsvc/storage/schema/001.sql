-- Rooms and their settings. AUTOINCREMENT: the id of a deleted room is never given
-- out again, so what is left of its messages belongs to nobody.
CREATE TABLE rooms (
    room_id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,         -- the form in which names are compared
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,      -- times are milliseconds since 1970 UTC
    owner TEXT,
    kept INTEGER NOT NULL,
    topic TEXT NOT NULL DEFAULT '',
    topic_nick TEXT,
    topic_at INTEGER NOT NULL DEFAULT 0,
    welcome TEXT NOT NULL DEFAULT '',
    indexed INTEGER NOT NULL DEFAULT 0  -- messages up to this number are in `search`
);

-- Every message of every room: id = room_id << 34 | number, see storage/layout.py.
-- One room is one range of ids, its newest message the end of that range.
CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    nick TEXT NOT NULL,
    nick_key TEXT NOT NULL,           -- the form in which nicks are compared
    text TEXT NOT NULL,
    client_id TEXT NOT NULL
);

-- A client id is used once by a nick in a room.
CREATE UNIQUE INDEX messages_by_client_id ON messages (id >> 34, nick_key, client_id)
    WHERE client_id <> '';

-- Rooms that are gone but whose messages have not all been removed yet.
CREATE TABLE deleted_rooms (
    room_id INTEGER PRIMARY KEY,
    indexed INTEGER NOT NULL
);

-- The terms of the messages, by the message's id. It is filled behind `messages`, a
-- chunk at a time. storage/terms.py has done all the folding: what is left for the
-- tokenizer is to split at the spaces. The texts are not stored a second time.
CREATE VIRTUAL TABLE search USING fts5 (
    terms, content = '', columnsize = 0, tokenize = 'ascii'
);
