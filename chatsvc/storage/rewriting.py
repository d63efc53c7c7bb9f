"""Take texts of messages back, or give them others: in the table and in the search index.

Only what is in the table is changed: what still waits in the journal is moved first. So
everything that is changed is indexed, and the index needs the old terms to forget them.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from chatsvc.core.events import Changed, Edited, Redacted, Reworded, Said, TakenBack
from chatsvc.core.names import Nick
from chatsvc.storage import changes as tables
from chatsvc.storage import statements
from chatsvc.storage.changes import Change
from chatsvc.storage.encoding import as_json
from chatsvc.storage.layout import message_id
from chatsvc.storage.manners import after_edit, more_from
from chatsvc.storage.numbering import Place
from chatsvc.storage.terms import search_line


class Text(NamedTuple):
    """The text of a message, empty if it was taken back, and when and by whom it was changed.

    `more` is what it has beside its text, as it is written.
    """

    text: str
    changed_at: int | None
    changed_by: str | None
    more: str | None


def texts_at(connection: sqlite3.Connection, places: Sequence[Place]) -> dict[Place, Text]:
    """Return the texts of those messages at `places` that are in the table."""
    if not places:
        return {}
    by_id = {message_id(*place): place for place in places}
    rows = connection.execute(statements.OLD_TEXTS, (as_json(list(by_id)),))
    return {by_id[row_id]: Text(*columns) for row_id, *columns in rows}


def changes(events: Sequence[Redacted | Edited], texts: Mapping[Place, Text]) -> Iterator[Change]:
    """Return what makes `events` durable; `texts` are what they change."""
    current = dict(texts)
    for event in events:
        place = Place(event.room_id, event.number)
        if isinstance(event, Edited):
            new = Text(event.text, event.at, event.nick, after_edit(current[place].more))
        else:
            new = Text("", event.at, event.nick, None)
        yield from _replace(place, current[place], new)
        current[place] = new
    if events:
        yield statements.ASK_TO_SCRUB, ()


def restore(connection: sqlite3.Connection, texts: Mapping[Place, Text]) -> None:
    """Put texts back, where they are others now; call it inside a transaction."""
    for place, now in texts_at(connection, list(texts)).items():
        if now != texts[place]:
            tables.apply(connection, list(_replace(place, now, texts[place])))


def as_changed(said: Said, changed_at: int, changed_by: Nick, more: str | None = None) -> Changed:
    """Return a message that was changed, as the log gives it back."""
    if said.text:
        return Reworded(
            said.room,
            said.number,
            said.at,
            said.nick,
            said.text,
            said.client_id,
            said.room_id,
            changed_at,
            changed_by,
            more_from(more),
        )
    return TakenBack(
        said.room,
        said.number,
        said.at,
        said.nick,
        said.text,
        said.client_id,
        said.room_id,
        changed_at,
        changed_by,
    )


def _replace(place: Place, old: Text, new: Text) -> Iterator[Change]:
    row_id = message_id(*place)
    yield statements.DELETE_TERMS, (as_json([(row_id, search_line(old.text))]),)
    yield statements.CHANGE_TEXT, (*new, row_id)
    yield f"{statements.INSERT_TERMS} (?, ?)", (row_id, search_line(new.text))
