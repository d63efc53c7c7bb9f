"""Answers to owners and moderators, and the events of what they do, as lines."""

from collections.abc import Callable
from typing import Any

from chatsvc.core import events as e
from chatsvc.core import replies as r
from chatsvc.core.kinds import Kind, format_settings
from chatsvc.core.roles import Role
from chatsvc.core.sanctions import Means, Sanction
from chatsvc.wire.lines import NONE, line, lines, time_or_none, with_rest
from chatsvc.wire.times import format_time

DONE = {
    Means.BAN: "banned",
    Means.MUTE: "muted",
    Means.SPARE: "spared",
    Means.HEAR: "heard",
    Means.ADMIT: "admitted",
}
"""The word for what was laid."""

HOW = {False: "kicked", True: "banned"}
"""How somebody was put out, by `Kicked.is_banned`."""

WHERE = {True: "inside", False: "absent"}
"""Where somebody is, by `Hit.is_here`."""


def settings_words(kind: Kind) -> str:
    """Return all settings in one line."""
    return ", ".join(f"{key} {value}" for key, value in format_settings(kind))


def _sanction_words(sanction: Sanction) -> str:
    words = (
        f"{sanction.mask.text} {time_or_none(sanction.until)} {format_time(sanction.at)} "
        f"{sanction.by}"
    )
    return with_rest(words, sanction.reason)


# Events


def _kicked(event: e.Kicked) -> bytes:
    words = f"* kicked {event.room} {event.nick} {event.by} {HOW[event.is_banned]}"
    return line(with_rest(words, event.reason))


def _lifted(event: e.SanctionLifted) -> bytes:
    word = f"un{DONE[event.means]}"
    return line(
        f"* {word} {event.room} {event.mask.text} {format_time(event.at)} {event.nick or NONE}"
    )


def _role_set(event: e.RoleSet) -> bytes:
    return line(
        f"* role {event.room} {format_time(event.at)} {event.name} {event.role.word} "
        f"{event.nick or NONE}"
    )


def _ranked(event: e.Ranked) -> bytes:
    role = max(event.role, Role.VOICED) if event.is_voiced else event.role
    return line(
        f"* ranked {event.room} {format_time(event.at)} {event.name} {role.word} {event.nick}"
    )


EVENTS: dict[type[Any], Callable[[Any], bytes]] = {
    e.Kicked: _kicked,
    e.SanctionLaid: lambda event: line(
        f"* {DONE[event.means]} {event.room} {_sanction_words(event.sanction)}"
    ),
    e.SanctionLifted: _lifted,
    e.RoleSet: _role_set,
    e.Ranked: _ranked,
    e.RoomSet: lambda event: line(
        f"* set {event.room} {format_time(event.at)} {event.nick} {settings_words(event.kind)}"
    ),
    e.Called: lambda event: line(
        f"* invited {event.room} {format_time(event.at)} {event.nick} {event.by}"
    ),
}
"""How each event is told."""


# Answers


def _laid(reply: r.SanctionIs) -> bytes:
    return line(
        f"+ {DONE[reply.means]} {reply.room} {reply.mask.text} {time_or_none(reply.until)} "
        f"{reply.hit}"
    )


def _list(reply: r.SanctionList) -> bytes:
    word = reply.means.value
    rows = (f"= {word} {reply.room} {_sanction_words(each)}" for each in reply.sanctions)
    return lines(rows, f"+ {word}s {reply.room} {len(reply.sanctions)}")


def _would_hit(reply: r.WouldHit) -> bytes:
    rows = (f"= hit {reply.room} {hit.nick} {WHERE[hit.is_here]}" for hit in reply.hits)
    return lines(rows, f"+ tryban {reply.room} {reply.mask.text} {len(reply.hits)}")


def _settings(reply: r.Settings) -> bytes:
    rows = (f"= set {reply.room} {key} {value}" for key, value in format_settings(reply.kind))
    return lines(rows, f"+ set {reply.room}")


REPLIES: dict[type[Any], Callable[[Any], bytes]] = {
    r.PutOut: lambda reply: line(f"+ kicked {reply.room} {reply.nick}"),
    r.SanctionIs: _laid,
    r.SanctionGone: lambda reply: line(f"+ un{DONE[reply.means]} {reply.room} {reply.mask.text}"),
    r.SanctionList: _list,
    r.WouldHit: _would_hit,
    r.RoleIs: lambda reply: line(f"+ role {reply.room} {reply.nick} {reply.role.word}"),
    r.Settings: _settings,
    r.InvitationGiven: lambda reply: line(f"+ invited {reply.room} {reply.nick}"),
    r.InvitationGone: lambda reply: line(f"+ uninvited {reply.room} {reply.nick}"),
}
"""How each answer is written."""
