"""Understand what `telling` wrote, for clients.

What goes wrong here is a `ValueError`, `KeyError` or `IndexError`.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import attrs

from chatsvc.core import events as e
from chatsvc.core import replies as r
from chatsvc.core.errors import Refusal
from chatsvc.core.kinds import PRESETS, Kind, NewPassword, parse_setting
from chatsvc.core.masks import Mask, parse_mask
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.roles import ROLES
from chatsvc.core.sanctions import Means, Sanction
from chatsvc.wire.lines import NONE, read_time, split
from chatsvc.wire.times import parse_time


def _mask(word: str) -> Mask:
    try:
        return parse_mask(word)
    except Refusal as refusal:
        raise ValueError(word) from refusal


def _kind(pairs: Iterable[tuple[str, str]]) -> Kind:
    """Return a room's settings; of a password that there is one, and no more."""
    given = dict(pairs)
    listed, door = PRESETS[given.pop("kind")]
    kind = Kind(listed=listed, door=door)
    for key, value in given.items():
        kind = attrs.evolve(kind, **_values(key, value))
    return kind


def _values(key: str, value: str) -> dict[str, Any]:
    try:
        edit = parse_setting(key, value)
    except Refusal as refusal:
        raise ValueError(key) from refusal
    if isinstance(edit, NewPassword):
        raise ValueError(key)
    return edit.values


def _sanction(words: str) -> tuple[RoomName, Sanction]:
    room, mask, until, at, by, reason = split(words, 6)
    end = read_time(until) or None
    return RoomName(room), Sanction(_mask(mask), Nick(by), parse_time(at), end, reason)


# Events


def _kicked(words: str) -> e.Kicked:
    room, nick, by, how, reason = split(words, 5)
    return e.Kicked(RoomName(room), Nick(nick), Nick(by), reason, how == "banned")


def _laid(means: Means, words: str) -> e.SanctionLaid:
    room, sanction = _sanction(words)
    return e.SanctionLaid(room, means, sanction, 0)


def _lifted(means: Means, words: str) -> e.SanctionLifted:
    room, mask, at, nick = words.split(" ", 3)
    by = None if nick == NONE else Nick(nick)
    return e.SanctionLifted(RoomName(room), parse_time(at), by, means, _mask(mask), 0)


def _role_set(words: str) -> e.RoleSet:
    room, at, name, role, nick = words.split(" ", 4)
    by = None if nick == NONE else Nick(nick)
    return e.RoleSet(RoomName(room), parse_time(at), by, Nick(name), ROLES[role], 0)


def _ranked(words: str) -> e.Ranked:
    room, at, name, role, nick = words.split(" ", 4)
    return e.Ranked(RoomName(room), parse_time(at), Nick(nick), Nick(name), ROLES[role])


def _room_set(words: str) -> e.RoomSet:
    room, at, nick, settings = words.split(" ", 3)
    pairs = (split(each, 2) for each in settings.split(", "))
    kind = _kind((key, value) for key, value in pairs)
    return e.RoomSet(RoomName(room), parse_time(at), Nick(nick), kind, 0)


def _called(words: str) -> e.Called:
    room, at, nick, by = words.split(" ", 3)
    return e.Called(RoomName(room), Nick(nick), Nick(by), parse_time(at))


READ_EVENTS: dict[str, Callable[[str], e.Event]] = {
    "kicked": _kicked,
    "banned": partial(_laid, Means.BAN),
    "muted": partial(_laid, Means.MUTE),
    "unbanned": partial(_lifted, Means.BAN),
    "unmuted": partial(_lifted, Means.MUTE),
    "spared": partial(_laid, Means.SPARE),
    "heard": partial(_laid, Means.HEAR),
    "admitted": partial(_laid, Means.ADMIT),
    "unspared": partial(_lifted, Means.SPARE),
    "unheard": partial(_lifted, Means.HEAR),
    "unadmitted": partial(_lifted, Means.ADMIT),
    "role": _role_set,
    "ranked": _ranked,
    "set": _room_set,
    "invited": _called,
}
"""How each event is read, by its word."""


# Answers


def _sanction_is(means: Means, words: str) -> r.SanctionIs:
    room, mask, until, hit = words.split(" ", 3)
    return r.SanctionIs(RoomName(room), means, _mask(mask), read_time(until) or None, int(hit))


def _sanction_gone(means: Means, words: str) -> r.SanctionGone:
    room, mask = words.split(" ", 1)
    return r.SanctionGone(RoomName(room), means, _mask(mask))


def _list(means: Means, words: str, rows: tuple[Any, ...]) -> r.SanctionList:
    room, _count = words.split(" ", 1)
    return r.SanctionList(RoomName(room), means, rows)


def _would_hit(words: str, rows: tuple[Any, ...]) -> r.WouldHit:
    room, mask, _count = words.split(" ", 2)
    return r.WouldHit(RoomName(room), _mask(mask), rows)


def _hit(words: str) -> r.Hit:
    _room, nick, where = words.split(" ", 2)
    return r.Hit(Nick(nick), where == "inside")


def _role_is(words: str) -> r.RoleIs:
    room, nick, role = words.split(" ", 2)
    return r.RoleIs(RoomName(room), Nick(nick), ROLES[role])


def _setting(words: str) -> tuple[str, str]:
    _room, key, value = split(words, 3)
    return key, value


def _pair(words: str) -> tuple[RoomName, Nick]:
    room, nick = words.split(" ", 1)
    return RoomName(room), Nick(nick)


READ_ROWS: dict[str, Callable[[str], Any]] = {
    "ban": lambda words: _sanction(words)[1],
    "mute": lambda words: _sanction(words)[1],
    "spare": lambda words: _sanction(words)[1],
    "hear": lambda words: _sanction(words)[1],
    "admit": lambda words: _sanction(words)[1],
    "hit": _hit,
    "set": _setting,
}
"""How each row of an answer is read."""

READ_REPLIES: dict[str, Callable[[str, tuple[Any, ...]], r.Reply]] = {
    "kicked": lambda words, _rows: r.PutOut(*_pair(words)),
    "banned": lambda words, _rows: _sanction_is(Means.BAN, words),
    "muted": lambda words, _rows: _sanction_is(Means.MUTE, words),
    "unbanned": lambda words, _rows: _sanction_gone(Means.BAN, words),
    "unmuted": lambda words, _rows: _sanction_gone(Means.MUTE, words),
    "spared": lambda words, _rows: _sanction_is(Means.SPARE, words),
    "heard": lambda words, _rows: _sanction_is(Means.HEAR, words),
    "admitted": lambda words, _rows: _sanction_is(Means.ADMIT, words),
    "unspared": lambda words, _rows: _sanction_gone(Means.SPARE, words),
    "unheard": lambda words, _rows: _sanction_gone(Means.HEAR, words),
    "unadmitted": lambda words, _rows: _sanction_gone(Means.ADMIT, words),
    "bans": partial(_list, Means.BAN),
    "mutes": partial(_list, Means.MUTE),
    "spares": partial(_list, Means.SPARE),
    "hears": partial(_list, Means.HEAR),
    "admits": partial(_list, Means.ADMIT),
    "tryban": _would_hit,
    "role": lambda words, _rows: _role_is(words),
    "set": lambda words, rows: r.Settings(RoomName(words), _kind(rows)),
    "invited": lambda words, _rows: r.InvitationGiven(*_pair(words)),
    "uninvited": lambda words, _rows: r.InvitationGone(*_pair(words)),
}
"""How the last line of each answer is read, by its word."""
