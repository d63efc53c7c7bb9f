"""How it stands in the table what a message has beside its text: see `core.manner`.

A JSON object of what is not as in an ordinary message; NULL for one that is. In a row of the
journal it is the seventh column, which most messages have not.
"""

import json
from typing import Any

from chatsvc.core.events import Said, more_of, with_more
from chatsvc.core.manner import NOTHING_MORE, Manner, More
from chatsvc.ports import LogError
from chatsvc.storage.encoding import as_json


def more_as_text(more: More | None) -> str | None:
    """Return it as it is written; None for nothing."""
    if more is None:
        return None
    found: dict[str, Any] = {}
    if more.manner is not Manner.MESSAGE:
        found["manner"] = more.manner.value
    for name in ("tags", "breaks", "joints"):
        if values := getattr(more, name):
            found[name] = values
    return as_json(found) if found else None


def more_from(text: str | None) -> More | None:
    """Return what was written so; raise `LogError` for what is not known here."""
    if text is None:
        return None
    try:
        found = json.loads(text)
        return More(
            Manner(found.get("manner", Manner.MESSAGE.value)),
            tuple((str(key), str(value)) for key, value in found.get("tags", ())),
            tuple(map(int, found.get("breaks", ()))),
            tuple(map(int, found.get("joints", ()))),
        ).or_none()
    except (ValueError, TypeError, AttributeError) as error:
        raise LogError(
            "The log holds a message of a manner that this chatsvc does not know: it was written "
            "by a newer one; install that."
        ) from error


def with_manner(said: Said, text: str | None) -> Said:
    """Return a message with what was written of it."""
    more = more_from(text)
    return said if more is None else with_more(said, more)


def manner_of(said: Said) -> str | None:
    """Return what is written of a message; None for nothing."""
    return more_as_text(more_of(said))


def after_edit(text: str | None) -> str | None:
    """Return what is written of a message when it has another text."""
    more = more_from(text)
    return None if more is None else more_as_text((more or NOTHING_MORE).of_other_text())
