"""Every SQL statement of the log, save the schema.

Two habits explain how they look. Python gives up its global lock around every
row it puts into or gets out of SQLite, and a busy reactor makes a thread wait
milliseconds to get it back. So many rows travel as one JSON value, in (`json_each`)
and out (`json_group_array`), and a statement is one step; of those that end with VALUES
`rows.insert` makes one for many rows, which is even cheaper. And an append of messages
is one statement that needs no BEGIN and COMMIT: it is its own transaction.
"""

# The journal

INSERT_ENTRY = "INSERT INTO journal (entry, messages) VALUES (?, ?)"

JOURNAL = "SELECT entry, messages FROM journal ORDER BY entry"

OLDEST_ENTRY = "SELECT min(entry) FROM journal"

TAKE_BACK_ENTRIES = "DELETE FROM journal WHERE entry > ?"

DELETE_ENTRIES = "DELETE FROM journal WHERE entry <= ?"

JOURNAL_MESSAGES = """
    SELECT json_group_array(json_array(id, at, nick, text, client_id, NULL, NULL, more)) FROM (
        SELECT said.value ->> 0 AS id, said.value ->> 1 AS at, said.value ->> 2 AS nick,
            said.value ->> 4 AS text, said.value ->> 5 AS client_id,
        said.value ->> 6 AS more
        FROM journal, json_each(journal.messages) AS said
        WHERE said.value ->> 0 BETWEEN ? AND ?
            AND EXISTS (SELECT 1 FROM rooms WHERE room_id = ?)
        ORDER BY entry LIMIT ?
    )
"""

# What is searched without the index, from the newest back. LIKE knows that A is a, and of
# other letters nothing: a text that is not all ASCII is always looked at.
_MAY_HOLD = """
    EXISTS (SELECT 1 FROM rooms WHERE room_id = :room_id)
    AND (text LIKE '%' || :term || '%' OR text GLOB '*[^ -~]*')
"""

_JOURNAL_BACK = f"""
    SELECT entry, said.value ->> 0 AS id, said.value ->> 1 AS at, said.value ->> 2 AS nick,
        said.value ->> 4 AS text, said.value ->> 5 AS client_id,
        said.value ->> 6 AS more
    FROM journal, json_each(journal.messages) AS said
    WHERE entry <= :entry AND said.value ->> 0 BETWEEN :first AND :last AND {_MAY_HOLD}
"""  # noqa: S608  Made of the constants above.

# Later entries have the higher numbers, so those that hold the newest are found first, and
# only they are put in order: the whole journal would be read to order it.
SEARCH_JOURNAL = f"""
    SELECT json_group_array(json_array(id, at, nick, text, client_id, NULL, NULL, more)), min(entry)
    FROM (
        {_JOURNAL_BACK} AND entry >= (
            SELECT min(entry) FROM ({_JOURNAL_BACK} ORDER BY entry DESC LIMIT :count)
        )
        ORDER BY id DESC LIMIT :count
    )
"""  # noqa: S608  Made of the constants above.

SEARCH_MESSAGES = f"""
    SELECT json_group_array(json_array(
        id, at, nick, text, client_id, changed_at, changed_by, more
    )), 0
    FROM (
        SELECT * FROM messages WHERE id BETWEEN :first AND :last AND {_MAY_HOLD}
        ORDER BY id DESC LIMIT :count
    )
"""  # noqa: S608  Made of the constants above.

JOURNAL_NEWEST = """
    SELECT said.value ->> 0 >> 34, max(said.value ->> 0), said.value ->> 1
    FROM journal, json_each(journal.messages) AS said
    GROUP BY 1
"""

# Messages

INSERT_MESSAGES = "INSERT INTO messages (id, at, nick, nick_key, text, client_id, more) VALUES"

FIND_CLIENT_IDS = """
    SELECT messages.id, messages.nick_key, messages.client_id
    FROM json_each(?) AS wanted
    CROSS JOIN messages INDEXED BY messages_by_client_id
    WHERE messages.id >> 34 = wanted.value ->> 0
        AND messages.nick_key = wanted.value ->> 1
        AND messages.client_id = wanted.value ->> 2
        AND messages.client_id <> ''
"""

MESSAGES = """
    SELECT json_group_array(json_array(
        id, at, nick, text, client_id, changed_at, changed_by, more
    ))
    FROM messages
    WHERE id BETWEEN ? AND ? AND EXISTS (SELECT 1 FROM rooms WHERE room_id = ?)
"""

OLD_TEXTS = """
    SELECT id, text, changed_at, changed_by, more FROM messages
    WHERE id IN (SELECT value FROM json_each(?))
        AND id > (SELECT room_id << 34 | gone FROM rooms WHERE room_id = id >> 34)
"""

CHANGE_TEXT = "UPDATE messages SET text = ?, changed_at = ?, changed_by = ?, more = ? WHERE id = ?"

# Scrubbing

ASK_TO_SCRUB = "INSERT INTO scrubs DEFAULT VALUES"

LAST_SCRUB = "SELECT max(scrub) FROM scrubs"

SCRUBBED = "DELETE FROM scrubs WHERE scrub <= ?"

ROOT_PAGE = "SELECT rootpage FROM sqlite_schema WHERE name = ?"

# A negative number of pages begins to make one segment of all; a positive one goes on.
MERGE_INDEX = "INSERT INTO search (search, rank) VALUES ('merge', ?)"

# Rooms

INSERT_ROOM = """
    INSERT INTO rooms (room_id, key, name, created_at, owner, kept) VALUES (?, ?, ?, ?, ?, ?)
"""

MARK_FOR_SWEEPING = """
    INSERT INTO deleted_rooms (room_id, indexed)
    SELECT room_id, indexed FROM rooms WHERE room_id = ?
"""

DELETE_ROOM = "DELETE FROM rooms WHERE room_id = ?"

RENAME_ROOM = "UPDATE rooms SET key = ?, name = ? WHERE room_id = ?"

SET_TOPIC = "UPDATE rooms SET topic = ?, topic_nick = ?, topic_at = ? WHERE room_id = ?"

SET_WELCOME = "UPDATE rooms SET welcome = ? WHERE room_id = ?"

ROOMS = """
    SELECT room_id, name, created_at, owner, kept, coalesce(messages.id, gone) AS last_id,
        coalesce(at, gone_at) AS last_at, topic, topic_nick, topic_at, welcome, indexed, gone, kind
    FROM rooms LEFT JOIN messages ON messages.id = (
        SELECT id FROM messages
        WHERE id BETWEEN room_id << 34 AND ((room_id + 1) << 34) - 1
        ORDER BY id DESC LIMIT 1
    )
    ORDER BY room_id
"""

UNINDEXED = """
    SELECT room_id << 34 | indexed + 1, messages.id
    FROM rooms JOIN messages ON messages.id = (
        SELECT id FROM messages
        WHERE id BETWEEN room_id << 34 AND ((room_id + 1) << 34) - 1
        ORDER BY id DESC LIMIT 1
    )
    WHERE messages.id > (room_id << 34 | indexed)
"""

SET_KIND = "UPDATE rooms SET kind = ? WHERE room_id = ?"

SET_ROLE = """
    INSERT INTO roles (account, room_id, role) SELECT key, ?, ? FROM accounts WHERE key = ?
    ON CONFLICT DO UPDATE SET role = excluded.role
"""

TAKE_ROLE = "DELETE FROM roles WHERE account = ? AND room_id = ?"

# In place of one that was there: the new one is the newest.
LAY_SANCTION = """
    INSERT OR REPLACE INTO sanctions (room_id, means, mask, laid_by, at, until, reason)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""

LIFT_SANCTION = "DELETE FROM sanctions WHERE room_id = ? AND means = ? AND mask = ?"

INVITE = """
    INSERT OR REPLACE INTO invitations (room_id, mask, invited_by, at) VALUES (?, ?, ?, ?)
"""

TAKE_INVITATION_BACK = "DELETE FROM invitations WHERE room_id = ? AND mask = ?"

ROLES = """
    SELECT room_id, name, role FROM roles JOIN accounts ON accounts.key = roles.account
    ORDER BY room_id, account
"""

SANCTIONS = """
    SELECT room_id, means, mask, laid_by, at, until, reason FROM sanctions ORDER BY place
"""

INVITATIONS = "SELECT room_id, mask, invited_by, at FROM invitations ORDER BY place"

STAYS = """
    SELECT room_id, name, stays FROM stays JOIN accounts ON accounts.key = stays.account
    ORDER BY room_id, went
"""

OF_DELETED_ROOM = (
    "DELETE FROM memberships WHERE room_id = ?",
    "DELETE FROM stays WHERE room_id = ?",
    "DELETE FROM roles WHERE room_id = ?",
    "DELETE FROM sanctions WHERE room_id = ?",
    "DELETE FROM invitations WHERE room_id = ?",
    "DELETE FROM trims WHERE room_id = ?",
)
"""What goes with a room."""

LAST_ROOM_ID = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'rooms'"

# Accounts, and what lasts of them

REGISTER = """
    INSERT INTO accounts (key, name, created_at, secret) VALUES (?, ?, ?, ?)
    ON CONFLICT DO NOTHING
"""

SET_SECRET = (  # No password.
    "UPDATE accounts SET secret = ? WHERE key = ? AND ? IN ('', secret)"  # noqa: S105
)

OF_DROPPED_ACCOUNT = (
    "DELETE FROM memberships WHERE account = ?",
    "DELETE FROM stays WHERE account = ?",
    "DELETE FROM roles WHERE account = ?",
    "DELETE FROM account_keys WHERE account = ?",
    "DELETE FROM accounts WHERE key = ?",
)
"""What an account is, and what goes with it; its invitations apart."""

DROP_INVITATIONS = "DELETE FROM invitations WHERE mask = ?"

SET_OPERATOR = "UPDATE accounts SET is_operator = ? WHERE key = ?"

ADD_KEY = """
    INSERT INTO account_keys (account, public_key, place, added_at)
    SELECT key, ?, (
        SELECT coalesce(max(place), 0) + 1 FROM account_keys WHERE account = key
    ), ?
    FROM accounts WHERE key = ? ON CONFLICT DO NOTHING
"""

REMOVE_KEY = "DELETE FROM account_keys WHERE account = ? AND public_key = ?"

KEEP_MEMBERSHIP = """
    INSERT INTO memberships (account, room_id, since, position)
    SELECT accounts.key, room_id, ?, ? FROM accounts, rooms
    WHERE accounts.key = ? AND room_id = ?
    ON CONFLICT DO NOTHING
"""

END_MEMBERSHIP = "DELETE FROM memberships WHERE account = ? AND room_id = ?"

STAYS_OF = "SELECT stays FROM stays WHERE account = ? AND room_id = ?"

PUT_STAYS_OF_MEMBER = """
    INSERT OR REPLACE INTO stays (account, room_id, stays, went) VALUES (?, ?, ?, 0)
"""

PUT_STAYS_OF_FORMER = """
    INSERT OR REPLACE INTO stays (account, room_id, stays, went)
    SELECT ?, ?, ?, coalesce(max(went), 0) + 1 FROM stays WHERE room_id = ?
"""

DROP_STAYS_IN = "DELETE FROM stays WHERE account = ? AND room_id = ?"

FORGET_FORMER = """
    DELETE FROM stays WHERE room_id = ? AND went BETWEEN 1 AND (
        SELECT went FROM stays WHERE room_id = ? AND went > 0 ORDER BY went DESC LIMIT 1 OFFSET ?
    )
"""

FIRST_FORMER = """
    SELECT * FROM stays WHERE room_id = ? AND went > 0 ORDER BY went LIMIT ?
"""

NOTE_POSITIONS = """
    UPDATE memberships SET position = max(position, noted.value ->> 1)
    FROM json_each(?) AS noted
    WHERE memberships.account = ? AND memberships.room_id = noted.value ->> 0
"""

ACCOUNTS = "SELECT key, name, created_at, secret, is_operator FROM accounts ORDER BY key"

ACCOUNT_KEYS = "SELECT account, public_key FROM account_keys ORDER BY account, place"

MEMBERSHIPS = """
    SELECT name, memberships.room_id, since, position
    FROM memberships JOIN accounts ON accounts.key = memberships.account
    ORDER BY account, memberships.room_id
"""

# The whole server

SERVER = "SELECT sign_ups, registered_only FROM server"

SET_SERVER = "UPDATE server SET sign_ups = ?, registered_only = ?"

WRITE_DOWN = """
    INSERT INTO audit (at, nick, act, target, room_key, room, text) VALUES (?, ?, ?, ?, ?, ?, ?)
"""

# Before the next is written: what is removed was too much already, whatever becomes of that.
FORGET_AUDIT = "DELETE FROM audit WHERE entry <= (SELECT max(entry) FROM audit) - ?"

OLDEST_AUDIT = "SELECT * FROM audit WHERE entry <= ?"

LAST_AUDIT = "SELECT coalesce(max(entry), 0) FROM audit"

TAKE_BACK_AUDIT = "DELETE FROM audit WHERE entry > ?"

_AUDIT = """
    SELECT entry, at, nick, act, target, room, text FROM audit
    WHERE entry < ? AND entry > (SELECT max(entry) FROM audit) - ?
"""

AUDIT = f"{_AUDIT} ORDER BY entry DESC LIMIT ?"

AUDIT_OF_ROOM = f"{_AUDIT} AND room_key = ? ORDER BY entry DESC LIMIT ?"

# Undoing


def rows_of(table: str, column: str) -> str:
    """Select the rows of a table by the values of a column, one JSON array."""
    return f"SELECT * FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))"  # noqa: S608


def delete_rows_of(table: str, column: str) -> str:
    """Delete them."""
    return f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))"  # noqa: S608


def put_row(table: str, columns: int) -> str:
    """Put a row of a table back."""
    return f"INSERT OR REPLACE INTO {table} VALUES ({','.join('?' * columns)})"  # noqa: S608


# The search index

TEXTS = """
    SELECT json_group_array(json_array(id, text))
    FROM (SELECT id, text FROM messages WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?)
"""

INSERT_TERMS = "INSERT INTO search (rowid, terms) VALUES"

DELETE_TERMS = """
    INSERT INTO search (search, rowid, terms)
    SELECT 'delete', value ->> 0, value ->> 1 FROM json_each(?)
"""

SET_INDEXED = """
    UPDATE rooms SET indexed = known.value ->> 1
    FROM json_each(?) AS known WHERE rooms.room_id = known.value ->> 0
"""

INDEXED = "SELECT indexed, gone FROM rooms WHERE room_id = ?"

# The range is what keeps a search inside its room: FTS5 seeks to it.
SEARCH = """
    SELECT json_group_array(json_array(
        id, at, nick, text, client_id, changed_at, changed_by, more
    ))
    FROM (
        SELECT messages.* FROM search JOIN messages ON messages.id = search.rowid
        WHERE search MATCH ? AND search.rowid BETWEEN ? AND ?
        ORDER BY search.rowid DESC LIMIT ?
    )
"""

# Deleted rooms

DELETED_ROOM = "SELECT room_id, indexed FROM deleted_rooms LIMIT 1"

DELETE_MESSAGES = "DELETE FROM messages WHERE id BETWEEN ? AND ?"

FORGET_DELETED_ROOM = "DELETE FROM deleted_rooms WHERE room_id = ?"

# Trimmed messages

TRIM = """
    UPDATE rooms SET gone = :number, gone_at = coalesce(
        (SELECT at FROM messages WHERE id = :room_id << 34 | :number), gone_at
    )
    WHERE room_id = :room_id AND gone < :number
"""

MARK_FOR_TRIMMING = "INSERT OR IGNORE INTO trims (room_id) VALUES (?)"

TRIMMED_ROOM = "SELECT room_id, gone FROM trims JOIN rooms USING (room_id) LIMIT 1"

FORGET_TRIM = "DELETE FROM trims WHERE room_id = ?"

SAID_AT = "SELECT at FROM messages WHERE id = ?"

# Maintenance

DELETED_ROOMS = "SELECT room_id FROM deleted_rooms"

ALL_TEXTS = """
    SELECT id, text FROM messages
    UNION ALL
    SELECT said.value ->> 0, said.value ->> 4
    FROM journal, json_each(journal.messages) AS said
    WHERE EXISTS (SELECT 1 FROM rooms WHERE room_id = said.value ->> 0 >> 34)
        OR said.value ->> 0 >> 34 > (SELECT coalesce(max(seq), 0) FROM sqlite_sequence)
    ORDER BY 1
"""

SHOW_INDEX = "CREATE VIRTUAL TABLE temp.index_terms USING fts5vocab(main, search, instance)"

ALL_TERMS = "SELECT doc, offset, term FROM temp.index_terms"

STRAY_MEMBERSHIPS = """
    SELECT account, room_id FROM memberships
    WHERE account NOT IN (SELECT key FROM accounts) OR room_id NOT IN (SELECT room_id FROM rooms)
"""

STRAYS_OF_ROOMS = """
    SELECT DISTINCT 'roles', room_id FROM roles WHERE room_id NOT IN (SELECT room_id FROM rooms)
    UNION ALL
    SELECT DISTINCT 'stays', room_id FROM stays WHERE room_id NOT IN (SELECT room_id FROM rooms)
    UNION ALL
    SELECT DISTINCT 'invitations', room_id FROM invitations
    WHERE room_id NOT IN (SELECT room_id FROM rooms)
    UNION ALL
    SELECT DISTINCT means || 's', room_id FROM sanctions
    WHERE room_id <> 0 AND room_id NOT IN (SELECT room_id FROM rooms)
    UNION ALL
    SELECT DISTINCT 'happenings', room_id FROM happenings
    WHERE room_id NOT IN (SELECT room_id FROM rooms UNION ALL SELECT room_id FROM deleted_rooms)
"""

STRAYS_OF_ACCOUNTS = """
    SELECT DISTINCT 'roles', account FROM roles WHERE account NOT IN (SELECT key FROM accounts)
    UNION ALL
    SELECT DISTINCT 'stays', account FROM stays WHERE account NOT IN (SELECT key FROM accounts)
"""

STRAY_KEYS = """
    SELECT DISTINCT account FROM account_keys WHERE account NOT IN (SELECT key FROM accounts)
"""

FIND_ROOM = "SELECT room_id, name FROM rooms WHERE key = ?"
