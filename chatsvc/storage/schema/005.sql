-- All that is set in a room: a JSON object of the settings that are not those of a new room;
-- storage/encoding.py. The messages up to the number `gone` are trimmed; the last of them
-- was said at `gone_at`.
ALTER TABLE rooms ADD COLUMN kind TEXT NOT NULL DEFAULT '{}';
ALTER TABLE rooms ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD COLUMN gone_at INTEGER NOT NULL DEFAULT 0;

-- Rooms of which trimmed messages are in `messages` still; storage/housekeeping.py.
CREATE TABLE trims (room_id INTEGER PRIMARY KEY);

-- The roles of accounts in rooms; who is not here has none.
CREATE TABLE roles (
    account TEXT NOT NULL,
    room_id INTEGER NOT NULL,
    role TEXT NOT NULL,               -- voiced, moderator, owner
    PRIMARY KEY (account, room_id)
) WITHOUT ROWID;

CREATE INDEX roles_by_room ON roles (room_id);

-- Bans and mutes, in the order of `place`; with the room id 0, those of the whole server.
CREATE TABLE sanctions (
    place INTEGER PRIMARY KEY,
    room_id INTEGER NOT NULL,
    means TEXT NOT NULL,              -- ban, mute
    mask TEXT NOT NULL,               -- in its canonical form
    laid_by TEXT NOT NULL,
    at INTEGER NOT NULL,
    until INTEGER,                    -- NULL: for good
    reason TEXT NOT NULL,
    UNIQUE (room_id, means, mask)
);

-- Who is invited into a room and has not come yet, in the order of `place`.
CREATE TABLE invitations (
    place INTEGER PRIMARY KEY,
    room_id INTEGER NOT NULL,
    mask TEXT NOT NULL,               -- in its canonical form
    invited_by TEXT NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (room_id, mask)
);

CREATE INDEX invitations_by_mask ON invitations (mask);

-- When accounts were members of rooms: a JSON array of [after, until] with numbers of messages,
-- oldest first; `until` null: it is a member. `went` is 0 for members, and counts the others
-- of a room in the order in which they went.
CREATE TABLE stays (
    account TEXT NOT NULL,
    room_id INTEGER NOT NULL,
    stays TEXT NOT NULL,
    went INTEGER NOT NULL,
    PRIMARY KEY (account, room_id)
) WITHOUT ROWID;

CREATE INDEX stays_by_room ON stays (room_id, went);

-- Who is a member could read everything so far.
INSERT INTO stays SELECT account, room_id, '[[0,null]]', 0 FROM memberships;

-- The operators of the server, and what they set: one row.
ALTER TABLE accounts ADD COLUMN is_operator INTEGER NOT NULL DEFAULT 0;

CREATE TABLE server (
    sign_ups INTEGER NOT NULL,
    registered_only INTEGER NOT NULL
);

INSERT INTO server VALUES (1, 0);

-- What operators and moderators did, the newest with the highest `entry`.
CREATE TABLE audit (
    entry INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    nick TEXT,
    act TEXT NOT NULL,
    target TEXT NOT NULL,
    room_key TEXT,                    -- the form in which names are compared
    room TEXT,
    text TEXT NOT NULL
);

CREATE INDEX audit_by_room ON audit (room_key, entry) WHERE room_key IS NOT NULL;
