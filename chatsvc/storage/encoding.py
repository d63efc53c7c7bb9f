"""How settings, roles, masks and stays stand in the tables, and how they are read back.

A newer chatsvc may have written what this one does not know. Whoever passed over it might
open a room that is closed, or let somebody in who is banned. So what is not understood
raises `LogError`, and the log is not opened.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chatsvc.core.errors import BadMask
from chatsvc.core.kinds import PUBLIC, Door, History, Keeping, Kind
from chatsvc.core.masks import Mask, parse_mask
from chatsvc.core.roles import ROLES, Role
from chatsvc.core.sanctions import Means
from chatsvc.core.stays import Stay, Stays
from chatsvc.core.text import printable
from chatsvc.ports import LogError

_LONGEST_SHOWN = 60


def as_json(rows: object) -> str:
    """Return a value as the one text that `json_each` takes apart."""
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def kind_as_text(kind: Kind) -> str:
    """Return what is set in a room, without what is as in a new one."""
    return as_json({key: value for key, value in _values(kind).items() if value != _NEW_ROOM[key]})


def kind_of(text: str) -> Kind:
    """Return what is set in a room; raise `LogError`."""
    with _understood("the settings of a room", text):
        found = json.loads(text)
        values = _NEW_ROOM | found
        if any(type(values[key]) is not type(_NEW_ROOM[key]) for key in values):
            raise ValueError(text)
        return Kind(
            listed=values["listed"],
            door=Door(values["door"]),
            secret=values["secret"],
            announce=values["announce"],
            history=_HISTORIES[values["history"]],
            open_after=values["open_after"],
            keeping=Keeping(values["keep_seconds"], values["keep_messages"]),
            topic_kept=values["topic_kept"],
            outsiders=values["outsiders"],
            most_members=values["most_members"],
            plain=values["plain"],
            hides_beginning=values["hides_beginning"],
        )


def role_of(word: str) -> Role:
    """Return a role by its word; raise `LogError`."""
    with _understood("a role", word):
        return ROLES[word]


def means_of(word: str) -> Means:
    """Return what a sanction does, by its word; raise `LogError`."""
    with _understood("a sanction", word):
        return Means(word)


def mask_of(text: str) -> Mask:
    """Return a mask by its canonical form; raise `LogError`."""
    with _understood("a mask", text):
        return parse_mask(text)


def stays_as_text(stays: Stays) -> str:
    """Return stays as pairs of numbers."""
    return as_json([(stay.after, stay.until) for stay in stays.stays])


def stays_of(text: str) -> Stays:
    """Return stays that were written as pairs of numbers."""
    return Stays(tuple(Stay(after, until) for after, until in json.loads(text)))


def _values(kind: Kind) -> dict[str, Any]:
    return {
        "listed": kind.listed,
        "door": kind.door.value,
        "secret": kind.secret,
        "announce": kind.announce,
        "history": kind.history.word,
        "open_after": kind.open_after,
        "keep_seconds": kind.keeping.seconds,
        "keep_messages": kind.keeping.messages,
        "topic_kept": kind.topic_kept,
        "outsiders": kind.outsiders,
        "most_members": kind.most_members,
        "plain": kind.plain,
        "hides_beginning": kind.hides_beginning,
    }


_NEW_ROOM = _values(PUBLIC)
_HISTORIES = {history.word: history for history in History}


@contextmanager
def _understood(what: str, text: str) -> Iterator[None]:
    """Raise `LogError` in place of what shows that `text` is not known here."""
    try:
        yield
    except (ValueError, KeyError, TypeError, BadMask) as error:
        shown = "" if "secret" in text else f' ("{printable(text)[:_LONGEST_SHOWN]}")'
        raise LogError(
            f"The log holds {what} that this chatsvc does not know{shown}: it was written by a "
            "newer one; install that."
        ) from error
