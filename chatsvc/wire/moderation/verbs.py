"""The verbs of owners and moderators: their rows in the table of commands."""

from collections.abc import Callable
from typing import Any

from chatsvc.core import commands as c
from chatsvc.core.durations import format_duration
from chatsvc.core.kinds import NewPassword, parse_setting
from chatsvc.core.roles import Role
from chatsvc.core.sanctions import FAVOURS, Means, Terms, parse_terms
from chatsvc.wire.arguments import Arguments, Verb
from chatsvc.wire.lines import with_rest


def _kick(arguments: Arguments) -> c.Command:
    return c.Kick(arguments.room(), arguments.nick(), arguments.optional_text())


def _ban(arguments: Arguments) -> c.Command:
    return c.Ban(arguments.room(), arguments.mask(), _terms(arguments))


def _mute(arguments: Arguments) -> c.Command:
    return c.Mute(arguments.room(), arguments.mask(), _terms(arguments))


def _terms(arguments: Arguments) -> Terms:
    return parse_terms(arguments.optional_text())


def _tryban(arguments: Arguments) -> c.Command:
    return c.TryBan(arguments.room(), arguments.mask())


def _unban(arguments: Arguments) -> c.Command:
    return c.Unban(arguments.room(), arguments.mask())


def _unmute(arguments: Arguments) -> c.Command:
    return c.Unmute(arguments.room(), arguments.mask())


def _bans(arguments: Arguments) -> c.Command:
    return c.ListSanctions(arguments.room(), Means.BAN)


def _mutes(arguments: Arguments) -> c.Command:
    return c.ListSanctions(arguments.room(), Means.MUTE)


def _favour(means: Means) -> Callable[[Arguments], c.Command]:
    return lambda arguments: c.Favour(arguments.room(), arguments.mask(), means)


def _unfavour(means: Means) -> Callable[[Arguments], c.Command]:
    return lambda arguments: c.Unfavour(arguments.room(), arguments.mask(), means)


def _favours(means: Means) -> Callable[[Arguments], c.Command]:
    return lambda arguments: c.ListSanctions(arguments.room(), means)


def _role(role: Role) -> Callable[[Arguments], c.Command]:
    return lambda arguments: c.SetRole(arguments.room(), arguments.nick(), role)


def _voice(is_voiced: bool) -> Callable[[Arguments], c.Command]:
    return lambda arguments: c.SetVoice(arguments.room(), arguments.nick(), is_voiced)


def _resign(arguments: Arguments) -> c.Command:
    return c.StepDown(arguments.room())


def _set(arguments: Arguments) -> c.Command:
    room, key = arguments.room(), arguments.word()
    if not key:
        return c.ShowSettings(room)
    value = arguments.secret()
    setting = parse_setting(key, value)
    if isinstance(setting, NewPassword):
        return c.SetRoomPassword(room, setting.text)
    return c.ChangeSetting(room, key.lower(), value)


def _invite(arguments: Arguments) -> c.Command:
    return c.Invite(arguments.room(), arguments.nick())


def _uninvite(arguments: Arguments) -> c.Command:
    return c.Uninvite(arguments.room(), arguments.nick())


SPARE, HEAR, ADMIT = FAVOURS

VERBS = (
    Verb("invite", (), "invite ROOM USER", "Let somebody into a room, once.", _invite),
    Verb("uninvite", (), "uninvite ROOM USER", "Take an invitation back.", _uninvite),
    Verb("kick", (), "kick ROOM USER [REASON]", "Put somebody out of a room.", _kick),
    Verb(
        "ban",
        (),
        "ban ROOM MASK [TIME] [REASON]",
        "Keep out whom MASK names, and put out who is in: bob, spam*, ~account, 192.0.2.0/24.",
        _ban,
    ),
    Verb(
        "tryban",
        (),
        "tryban ROOM MASK",
        "Show whom a ban or mute would hit; nothing is done.",
        _tryban,
    ),
    Verb("unban", (), "unban ROOM MASK", "Lift a ban.", _unban),
    Verb("bans", (), "bans ROOM", "Show the bans of a room.", _bans),
    Verb(
        "mute",
        (),
        "mute ROOM MASK [TIME] [REASON]",
        "Let whom MASK names say nothing in a room.",
        _mute,
    ),
    Verb("unmute", (), "unmute ROOM MASK", "Lift a mute.", _unmute),
    Verb("mutes", (), "mutes ROOM", "Show the mutes of a room.", _mutes),
    Verb("spare", (), "spare ROOM MASK", "Let no ban and no mute hit these.", _favour(SPARE)),
    Verb("unspare", (), "unspare ROOM MASK", "Take that back.", _unfavour(SPARE)),
    Verb("spares", (), "spares ROOM", "Show who is spared.", _favours(SPARE)),
    Verb("hear", (), "hear ROOM MASK", "Let no mute hit these.", _favour(HEAR)),
    Verb("unhear", (), "unhear ROOM MASK", "Take that back.", _unfavour(HEAR)),
    Verb("hears", (), "hears ROOM", "Show whom no mute hits.", _favours(HEAR)),
    Verb("admit", (), "admit ROOM MASK", "Invite these for good.", _favour(ADMIT)),
    Verb("unadmit", (), "unadmit ROOM MASK", "Take that back.", _unfavour(ADMIT)),
    Verb("admits", (), "admits ROOM", "Show who is invited for good.", _favours(ADMIT)),
    Verb("voice", (), "voice ROOM USER", "Let somebody speak among announcements.", _voice(True)),
    Verb("devoice", (), "devoice ROOM USER", "Take that back.", _voice(False)),
    Verb("op", (), "op ROOM USER", "Make somebody a moderator.", _role(Role.MODERATOR)),
    Verb(
        "deop",
        (),
        "deop ROOM USER",
        "Make somebody a member without a role.",
        _role(Role.MEMBER),
    ),
    Verb("owner", (), "owner ROOM USER", "Make somebody an owner.", _role(Role.OWNER)),
    Verb("resign", (), "resign ROOM", "Give up your own role in a room.", _resign),
    Verb(
        "set",
        (),
        "set ROOM [KEY VALUE]",
        "Show what is set in a room, or set one of kind, listed, announce, history, keep, door, "
        "topic, outsiders, most, plain.",
        _set,
    ),
)
"""The rows, in the order `help` shows them."""

_ROLE_VERBS = {Role.OWNER: "owner", Role.MODERATOR: "op", Role.MEMBER: "deop"}


def _sanction(verb: str, command: c.Ban | c.Mute) -> str:
    terms = command.terms
    words = f"{verb} {command.room} {command.mask.text} {format_duration(terms.seconds)}"
    return with_rest(words, terms.reason)


FORMATTERS: dict[type[Any], Callable[[Any], str]] = {
    c.Kick: lambda command: with_rest(f"kick {command.room} {command.nick}", command.reason),
    c.Ban: lambda command: _sanction("ban", command),
    c.Unban: lambda command: f"unban {command.room} {command.mask.text}",
    c.Mute: lambda command: _sanction("mute", command),
    c.Unmute: lambda command: f"unmute {command.room} {command.mask.text}",
    c.TryBan: lambda command: f"tryban {command.room} {command.mask.text}",
    c.ListSanctions: lambda command: f"{command.means.value}s {command.room}",
    c.Favour: lambda command: f"{command.means.value} {command.room} {command.mask.text}",
    c.Unfavour: lambda command: f"un{command.means.value} {command.room} {command.mask.text}",
    c.SetRole: lambda command: f"{_ROLE_VERBS[command.role]} {command.room} {command.nick}",
    c.SetVoice: lambda command: (
        f"{'voice' if command.is_voiced else 'devoice'} {command.room} {command.nick}"
    ),
    c.StepDown: lambda command: f"resign {command.room}",
    c.ShowSettings: lambda command: f"set {command.room}",
    c.ChangeSetting: lambda command: f"set {command.room} {command.key} {command.value}",
    c.SetRoomPassword: lambda command: f"set {command.room} kind password {command.password}",
    c.Invite: lambda command: f"invite {command.room} {command.nick}",
    c.Uninvite: lambda command: f"uninvite {command.room} {command.nick}",
}
"""How each of these commands is written."""
