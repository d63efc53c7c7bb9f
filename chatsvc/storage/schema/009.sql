-- What happened in rooms beside what was said, the newest of each; storage/happenings.py.
-- `after_number` is the message that was the newest, `place` counts what happened in a room.
CREATE TABLE happenings (
    room_id INTEGER NOT NULL,
    place INTEGER NOT NULL,
    after_number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    nick TEXT NOT NULL,
    sort TEXT NOT NULL,               -- topic, kick
    target TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (room_id, place)
) WITHOUT ROWID;

-- How many things have happened in a room so far.
ALTER TABLE rooms ADD COLUMN happened INTEGER NOT NULL DEFAULT 0;
