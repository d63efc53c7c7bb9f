"""MODE: what is set in a room, and of a user.

One MODE with many letters is one command of the core for each, save that settings side by side
are one: they are told to the others in one MODE, as all that was done is told to who asked. Each
letter that was refused has a numeric. Source:
https://modern.ircdocs.horse/#mode-message
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import groupby

from chatsvc.core.access_table import Action
from chatsvc.core.commands import (
    Ban,
    ChangeSetting,
    Command,
    DescribeRoom,
    Favour,
    ListSanctions,
    Mute,
    SetRole,
    SetRoomPassword,
    SetVoice,
    StepDown,
    Unban,
    Unfavour,
    Unmute,
)
from chatsvc.core.errors import BadMask, BadNick, Refusal, Usage
from chatsvc.core.kinds import Door, Edit, Kind, parse_setting
from chatsvc.core.names import nick_key, parse_nick, room_key
from chatsvc.core.people import Person
from chatsvc.core.permission import check, may
from chatsvc.core.replies import RoomDetails, SanctionList
from chatsvc.core.roles import Role
from chatsvc.core.room import Room
from chatsvc.core.sanctions import Means, Sanction
from chatsvc.core.text import printable
from chatsvc.irc.asking import Ask, Pages, Step, Steps
from chatsvc.irc.channels import channel_of, is_channel, room_of
from chatsvc.irc.client import Client
from chatsvc.irc.commands.names import iter_with
from chatsvc.irc.commands.user_modes import mode_of_user
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.hostmasks import parse_list_mask, to_core
from chatsvc.irc.isupport import KEY_LENGTH
from chatsvc.irc.message import Message
from chatsvc.irc.modes import ANY_KEY, Change, format_modes, parse_channel_modes
from chatsvc.irc.numerics import (
    ERR_INVALIDMODEPARAM,
    ERR_NEEDMOREPARAMS,
    ERR_NOSUCHNICK,
    ERR_UNKNOWNMODE,
    ERR_USERNOTINCHANNEL,
    RPL_BANLIST,
    RPL_CHANNELMODEIS,
    RPL_CREATIONTIME,
    RPL_ENDOFBANLIST,
    RPL_ENDOFEXCEPTLIST,
    RPL_ENDOFINVEXLIST,
    RPL_EXCEPTLIST,
    RPL_INVEXLIST,
)
from chatsvc.irc.refusals import reply_to
from chatsvc.irc.replies import LONGEST_SHOWN, Reply, numeric
from chatsvc.irc.room_modes import (
    LIST_OF,
    list_change,
    modes_of,
    rank_changes,
    ranks_of,
    setting_changes,
)

BAD_KEY = f"A key has 1 to {KEY_LENGTH} bytes, and no space or comma."

_SETTINGS: dict[str, tuple[str, str, str]] = {
    "i": ("door", "invite-only", "open"),
    "m": ("announce", "yes", "no"),
    "n": ("outsiders", "no", "yes"),
    "s": ("listed", "no", "yes"),
    "t": ("topic", "moderators", "members"),
    "C": ("plain", "yes", "no"),
}
"""The setting of each letter without a parameter, and its values for + and -."""

_NUMERICS_OF_LISTS = {
    "b": (RPL_BANLIST, RPL_ENDOFBANLIST),
    "e": (RPL_EXCEPTLIST, RPL_ENDOFEXCEPTLIST),
    "I": (RPL_INVEXLIST, RPL_ENDOFINVEXLIST),
}

_ACTION_OF = {"o": Action.OP, "v": Action.VOICE}

_LIFTING: dict[Means, Callable[..., Command]] = {Means.BAN: Unban, Means.MUTE: Unmute}
_LAYING: dict[Means, Callable[..., Command]] = {Means.BAN: Ban, Means.MUTE: Mute}


def _mode(client: Client, message: Message) -> Steps:
    target = message.param(0)
    if is_channel(target):
        return _of_room(client, message)
    return mode_of_user(client, message)


def _of_room(client: Client, message: Message) -> Iterator[Step]:
    channel = message.param(0)
    try:
        if len(message.params) > 1:
            yield from _change(client, channel, message)
        else:
            yield Ask(DescribeRoom(room_of(channel)), partial(_shown, client), channel)
    except Refusal as refusal:
        yield reply_to(refusal, "MODE", channel[:LONGEST_SHOWN])


def _shown(client: Client, reply: RoomDetails) -> Iterator[Step]:
    """Show what is set; the key itself is known to nobody."""
    room = client.state.rooms[room_key(reply.summary.room)]
    channel = channel_of(room.name)
    yield numeric(RPL_CHANNELMODEIS, channel, *modes_of(room.kind))
    yield numeric(RPL_CREATIONTIME, channel, str(room.created_at // 1000))


# Changing


def _change(client: Client, channel: str, message: Message) -> Iterator[Step]:
    """Change one thing after the other, then tell what was done in as few lines as it takes."""
    client.read(DescribeRoom(room_of(channel)))
    room = client.state.room(room_of(channel))
    asked = parse_channel_modes(message.params[1:])
    done: list[Change] = []
    for letter in asked.unknown:
        yield numeric(ERR_UNKNOWNMODE, letter)
    if asked.lacking:
        yield numeric(ERR_NEEDMOREPARAMS, "MODE")
    for is_setting, group in groupby(asked.changes, _is_plain_setting):
        if is_setting:
            yield from _settings(client, room, list(group), done)
            continue
        for change in group:
            yield from _one(client, room, change, done)
    for words in format_modes(done):
        yield client.own("MODE", channel_of(room.name), *words)


def _is_plain_setting(change: Change) -> bool:
    return change.letter in _SETTINGS or change.letter == "l"


def _one(client: Client, room: Room, change: Change, done: list[Change]) -> Iterator[Step]:
    """Carry out one letter, and note what it has changed."""
    if change.asks_for_list:
        yield from _list(client, room, change.letter)
    elif change.letter in "ov":
        yield from _rank(client, room, change, done)
    elif change.letter in LIST_OF.values():
        yield from _entry(room, change, done)
    else:
        yield from _key(client, room, change, done)


def _settings(
    client: Client, room: Room, changes: list[Change], done: list[Change]
) -> Iterator[Step]:
    """Set what stands side by side in one step, so that it is told and written down at once."""
    refused = _refused(client, room, Action.SET)
    if refused is not None:
        yield refused
        return
    kind = room.kind
    settings: list[tuple[str, str]] = []
    for change in changes:
        setting = _setting(kind, change)
        try:
            edit = None if setting is None else parse_setting(*setting)
        except Usage as refusal:
            yield _not_set(room, change, refusal)
            continue
        if setting is not None and isinstance(edit, Edit):
            kind = edit.applied(kind, room.last)
            settings.append(setting)
    if settings:
        yield _set(client, room, settings, done)


def _set(client: Client, room: Room, settings: list[tuple[str, str]], done: list[Change]) -> Ask:
    """Ask for settings at once; what of them is refused is found out one after the other."""
    channel, old = channel_of(room.name), room.kind
    (key, value), *more = settings

    def refuse(refusal: Refusal) -> Iterator[Step]:
        if not more:
            yield reply_to(refusal, "MODE", channel)
        for each in settings if more else ():
            yield _set(client, room, [each], done)

    show = partial(_note, client, room, old, None, done)
    return Ask(ChangeSetting(room.name, key, value, tuple(more)), show, channel, refuse)


def _note(
    client: Client,
    room: Room,
    old: Kind,
    asked: Change | None,
    done: list[Change],
    _reply: object,
) -> Steps:
    """Note what was changed."""
    changes = setting_changes(old, _kind_of(client, room))
    done.extend(changes if asked is None else (_with_key(each, asked) for each in changes))
    return ()


def _not_set(room: Room, change: Change, refusal: Usage) -> Reply:
    what = (channel_of(room.name), change.letter, (change.parameter or ANY_KEY)[:LONGEST_SHOWN])
    return numeric(ERR_INVALIDMODEPARAM, *what, sentence=refusal.sentence)


def _key(client: Client, room: Room, change: Change, done: list[Change]) -> Iterator[Step]:
    """Set the key or take it away."""
    channel, key = channel_of(room.name), change.parameter or ""
    command: Command
    if not change.is_set:
        if room.kind.door is not Door.PASSWORD:
            yield from filter(None, [_refused(client, room, Action.SET)])
            return
        command = ChangeSetting(room.name, "door", "open")
    elif not _is_key(key):
        yield numeric(ERR_INVALIDMODEPARAM, channel, "k", ANY_KEY, sentence=BAD_KEY)
        return
    else:
        command = SetRoomPassword(room.name, key, stays_listed=True)
    yield Ask(command, partial(_note, client, room, room.kind, change, done), channel)


def _refused(client: Client, room: Room, action: Action) -> Reply | None:
    """Return what refuses a client that may not do this; None for one that may."""
    try:
        check(room, client.session, action, client.state.now, room.name)
    except Refusal as refusal:
        return reply_to(refusal, "MODE", channel_of(room.name))
    return None


def _kind_of(client: Client, room: Room) -> Kind:
    there = client.state.rooms.get(room.key)
    return room.kind if there is None else there.kind


def _is_key(key: str) -> bool:
    """Tell whether a key can be said with JOIN: "1*23( ... ; any 7-bit US_ASCII [...] )".

    RFC 2812, section 2.3.1; ours may be longer, and of any letters.
    """
    is_short = 0 < len(key.encode()) <= KEY_LENGTH
    return is_short and printable(key) == key and not set(key) & {" ", ","} and key[0] != ":"


def _with_key(told: Change, asked: Change) -> Change:
    """Return a change as who asked for it is told it: with the key, which others are not."""
    return asked if told.letter == asked.letter == "k" and asked.is_set else told


def _setting(kind: Kind, change: Change) -> tuple[str, str] | None:
    """Return the key and value that a letter sets; None where it is so already."""
    if change.letter == "l":
        return "most", _most(change)
    if change.letter == "i" and not change.is_set and kind.door is not Door.INVITATION:
        return None
    key, if_set, if_not = _SETTINGS[change.letter]
    return key, if_set if change.is_set else if_not


def _most(change: Change) -> str:
    """Return the bound that `+l` sets; what is no number is refused by the core."""
    if not change.is_set:
        return "all"
    given = change.parameter or ""
    return "" if given.lower() == "all" else given


# Ranks


def _rank(client: Client, room: Room, change: Change, done: list[Change]) -> Iterator[Step]:
    """Give a rank or take it; "If [...] the client is not on the channel, 441"."""
    nick, channel = change.parameter or "", channel_of(room.name)
    person = _person(client, nick)
    if person is None:
        yield numeric(ERR_NOSUCHNICK, nick[:LONGEST_SHOWN])
        return
    if person.person_id not in room.members and may(
        room, client.session, _ACTION_OF[change.letter], client.state.now
    ):
        yield numeric(ERR_USERNOTINCHANNEL, person.nick, channel)
        return
    command = _rank_command(client, room, person, change)
    if command is None:
        yield from filter(None, [_refused(client, room, _ACTION_OF[change.letter])])
        return
    old = ranks_of(room, person)

    def show(_reply: object) -> Steps:
        done.extend(rank_changes(old, ranks_of(room, person), person.nick))
        return ()

    yield Ask(command, show, channel)


def _rank_command(client: Client, room: Room, person: Person, change: Change) -> Command | None:
    """Return what gives a rank or takes it; None where it is so already."""
    role, member = room.role_of(person), room.members.get(person.person_id)
    if change.letter == "v":
        return SetVoice(room.name, person.nick, change.is_set)
    if change.is_set:
        is_so = role >= Role.MODERATOR
        return None if is_so else SetRole(room.name, person.nick, Role.MODERATOR)
    if role < Role.MODERATOR:
        return None if person is client.session.person else SetRole(room.name, person.nick, role)
    if person is client.session.person:
        return StepDown(room.name)
    is_voiced = member is not None and member.is_voiced
    return SetRole(room.name, person.nick, Role.VOICED if is_voiced else Role.MEMBER)


def _person(client: Client, nick: str) -> Person | None:
    try:
        return client.state.people.get(nick_key(parse_nick(nick)))
    except BadNick:
        return None


# Lists


def _means(letter: str, is_mute: bool) -> Means:
    if letter == "I":
        return Means.ADMIT
    if letter == "e":
        return Means.HEAR if is_mute else Means.SPARE
    return Means.MUTE if is_mute else Means.BAN


def _entry(room: Room, change: Change, done: list[Change]) -> Iterator[Step]:
    """Put an entry into a list or take it out; to take out what is not there is no error."""
    text, channel = change.parameter or "", channel_of(room.name)
    try:
        listed = parse_list_mask(text)
        means, mask = _means(change.letter, listed.is_mute), to_core(listed)
    except BadMask as refusal:
        what = (channel, change.letter, text[:LONGEST_SHOWN])
        yield numeric(ERR_INVALIDMODEPARAM, *what, sentence=refusal.sentence)
        return
    commands = _LAYING if change.is_set else _LIFTING
    favour: Callable[..., Command] = Favour if change.is_set else Unfavour
    make = commands.get(means) or partial(favour, means=means)

    def show(_reply: object) -> Steps:
        done.append(list_change(means, mask, change.is_set))
        return ()

    def refuse(refusal: Refusal) -> Steps:
        return () if isinstance(refusal, BadMask) else (reply_to(refusal, "MODE", channel),)

    yield Ask(make(room.name, mask), show, channel, refuse)


def _list(client: Client, room: Room, letter: str) -> Iterator[Step]:
    """Show a list, oldest entry first."""
    entry, end = _NUMERICS_OF_LISTS[letter]
    found: list[tuple[Means, Sanction]] = []
    channel = channel_of(room.name)
    try:
        for means in (means for means in Means if LIST_OF[means] == letter):
            reply: SanctionList = client.read(ListSanctions(room.name, means))
            found += [(means, each) for each in reply.sanctions]
    except Refusal as refusal:
        yield reply_to(refusal, "MODE", channel)
        return
    found.sort(key=lambda pair: pair[1].at)
    lines = (
        numeric(entry, channel, list_change(means, each.mask).parameter or "", each.by, _at(each))
        for means, each in found
    )
    yield Pages(iter_with(lines, numeric(end, channel)))


def _at(sanction: Sanction) -> str:
    """Return when a sanction was laid, in seconds since 1970 UTC."""
    return str(sanction.at // 1000)


COMMANDS = {
    "MODE": Verb(_mode, 1, help="MODE #channel [+ov-b nick nick mask] / nick"),
}
