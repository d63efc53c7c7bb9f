"""METADATA: values under keys, of oneself and of rooms.

    METADATA target GET key [key ...]       METADATA * SUB key [key ...]
    METADATA target LIST                    METADATA * UNSUB key [key ...]
    METADATA target SET key [:value]        METADATA * SUBS
    METADATA target CLEAR                   METADATA target SYNC

A target is a room, a nick, or `*` for oneself. What a client sets of itself before its
registration is over is set when that is. Source: https://ircv3.net/specs/extensions/metadata
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from chatsvc.core.commands import (
    ChangeMetadata,
    ChangeRoomMetadata,
    ShowMetadata,
    ShowRoomMetadata,
)
from chatsvc.core.errors import BadNick, BadRoom, BadText, Refusal
from chatsvc.core.limits import METADATA_KEYS, METADATA_SUBSCRIPTIONS
from chatsvc.core.metadata import NO_METADATA, Change, check_value, is_key
from chatsvc.core.names import Nick, RoomName, nick_key, parse_nick
from chatsvc.core.replies import MetadataChanged, MetadataIs
from chatsvc.core.text import printable
from chatsvc.irc.asking import Ask, Line, Pages, Step, Steps
from chatsvc.irc.capabilities import in_lines
from chatsvc.irc.channels import channel_of, is_channel, room_of
from chatsvc.irc.client import Client
from chatsvc.irc.commands.describing import (
    everything,
    in_batch,
    is_told,
    key_value,
    of_person,
    of_room,
)
from chatsvc.irc.commands.history import PASSING
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.message import Message
from chatsvc.irc.metadata import COMMAND, INVALID_KEY, INVALID_VALUE, OF_SUBSCRIPTIONS, V2, V3
from chatsvc.irc.numerics import (
    ERR_NEEDMOREPARAMS,
    RPL_METADATASUBOK,
    RPL_METADATASUBS,
    RPL_METADATAUNSUBOK,
    Numeric,
)
from chatsvc.irc.refusals import reply_to
from chatsvc.irc.replies import LONGEST_SHOWN, NOTHING_GIVEN, Refused, Reply, failure, numeric

OWN = "*"
"""Oneself, as a target."""


def _metadata(client: Client, message: Message) -> Steps:
    target, subcommand = message.param(0), message.param(1).upper()
    function = _SUBCOMMANDS.get(subcommand)
    if function is None:
        shown = message.param(1)[:LONGEST_SHOWN]
        return (failure(COMMAND, "SUBCOMMAND_INVALID", shown, text="There is no such subcommand"),)
    if len(message.params) < 2 + (subcommand in _WITH_KEYS):
        return (numeric(ERR_NEEDMOREPARAMS, COMMAND),)
    return function(client, target, message.params[2:])


# Whose it is


def _shown(target: str) -> str:
    return printable(target)[:LONGEST_SHOWN]


def _invalid_target(target: str) -> Reply:
    text = "There is no such target, or it is not for you"
    return failure(COMMAND, "INVALID_TARGET", _shown(target), text=text)


def _is_too_early(client: Client, target: str) -> bool:
    """Tell whether a client means itself that is not registered yet.

    "Clients that have not completed connection registration MUST use * to target themselves".
    """
    if client.is_registered:
        return False
    if target != OWN:
        raise Refused(_invalid_target(target))
    return True


def _nick_of(client: Client, target: str) -> Nick:
    """Return the nick that a target is; raise `BadNick`."""
    return parse_nick(target) if target != OWN else client.nick or Nick("")


def _found(client: Client, target: str) -> MetadataIs:
    """Return what is set of a target; raise `Refused` if there is none that one may know of."""
    if _is_too_early(client, target):
        return MetadataIs(OWN, client.pending)
    try:
        if is_channel(target):
            found: MetadataIs = client.read(ShowRoomMetadata(room_of(target)))
            return MetadataIs(channel_of(RoomName(found.target)), found.metadata)
        own: MetadataIs = client.read(ShowMetadata(_nick_of(client, target)))
    except Refusal as refusal:
        raise Refused(_refused(target, "", refusal)) from None
    return own


def _change(client: Client, target: str, key: str, changes: tuple[Change, ...]) -> Ask:
    """Return what asks the core for changes; it is shown by who calls."""
    refuse = partial(_refusal, target, key)
    try:
        if is_channel(target):
            return Ask(ChangeRoomMetadata(room_of(target), changes), refuse=refuse)
        return Ask(ChangeMetadata(_nick_of(client, target), changes), refuse=refuse)
    except (BadNick, BadRoom) as refusal:
        raise Refused(_refused(target, key, refusal)) from None


def _refusal(target: str, key: str, refusal: Refusal) -> Steps:
    return (_refused(target, key, refusal),)


def _refused(target: str, key: str, refusal: Refusal) -> Reply:
    if refusal.code in ("not-allowed", "not-registered"):
        shown = (_shown(target), key or NOTHING_GIVEN)
        return failure(COMMAND, "KEY_NO_PERMISSION", *shown, text=refusal.sentence)
    if refusal.code == "too-many":
        return failure(COMMAND, "LIMIT_REACHED", _shown(target), text=refusal.sentence)
    if refusal.code in PASSING:
        return reply_to(refusal, COMMAND, _shown(target))
    return _invalid_target(target)


def _target_in(reply: MetadataIs | MetadataChanged, target: str) -> str:
    return channel_of(RoomName(reply.target)) if is_channel(target) else reply.target


# Keys and values


def _bad_key(client: Client, key: str) -> Reply:
    code = INVALID_KEY[_version(client)]
    return failure(COMMAND, code, _shown(key), text="This is no valid key")


def _version(client: Client) -> str:
    return V2 if client.has(V2) and not client.has(V3) else V3


def _get(client: Client, target: str, keys: tuple[str, ...]) -> Iterator[Step]:
    """Show the values of some keys, "for every key in order"."""
    found = _found(client, target)
    lines = (_value(client, found, key) for key in keys)
    yield from filter(None, in_batch(client, lines, found.target))


def _value(client: Client, found: MetadataIs, key: str) -> Line:
    if not is_key(key):
        return _bad_key(client, key)
    return key_value(found.target, key, found.metadata.get(key))


def _list(client: Client, target: str, _rest: tuple[str, ...]) -> Iterator[Step]:
    found = _found(client, target)
    lines = (key_value(found.target, key, value) for key, value in found.metadata)
    yield from filter(None, in_batch(client, lines, found.target))


def _set(client: Client, target: str, words: tuple[str, ...]) -> Iterator[Step]:
    """Set a value: "If no value is given, the key is removed"."""
    key, value = words[0], words[1] if len(words) > 1 else None
    if not is_key(key):
        raise Refused(_bad_key(client, key))
    try:
        value = None if value is None else check_value(value)
    except BadText as refusal:
        code = INVALID_VALUE[_version(client)]
        raise Refused(failure(COMMAND, code, key, text=refusal.sentence)) from None
    if _is_too_early(client, target):
        yield _set_early(client, key, value)
        return
    ask = _change(client, target, key, ((key, value),))
    yield Ask(ask.command, partial(_has_set, target, key, value), refuse=ask.refuse)


def _set_early(client: Client, key: str, value: str | None) -> Line:
    after = client.pending.changed(((key, value),))
    if len(after) > METADATA_KEYS:
        return failure(COMMAND, "LIMIT_REACHED", OWN, text=f"At most {METADATA_KEYS} keys are set")
    if value is None and client.pending.get(key) is None:
        return _not_set(OWN, key)
    client.pending = after
    return key_value(OWN, key, value)


def _has_set(target: str, key: str, value: str | None, reply: MetadataChanged) -> Steps:
    shown = _target_in(reply, target)
    if value is None and not reply.changes:
        return (_not_set(shown, key),)
    return (key_value(shown, key, value),)


def _not_set(target: str, key: str) -> Reply:
    return failure(COMMAND, "KEY_NOT_SET", target, key, text="This key is not set")


def _clear(client: Client, target: str, _rest: tuple[str, ...]) -> Iterator[Step]:
    """Take all values away: a batch with a line for each key."""
    if _is_too_early(client, target):
        cleared = MetadataChanged(OWN, tuple((key, None) for key, _ in client.pending))
        client.pending = NO_METADATA
        yield from _has_cleared(client, target, cleared)
        return
    found = _found(client, target)
    ask = _change(client, target, "", tuple((key, None) for key, _ in found.metadata))
    yield Ask(ask.command, partial(_has_cleared, client, target), refuse=ask.refuse)


def _has_cleared(client: Client, target: str, reply: MetadataChanged) -> Iterator[Step]:
    shown = _target_in(reply, target)
    lines = (key_value(shown, key, None) for key, _ in reply.changes)
    yield from filter(None, in_batch(client, lines, shown))


def keep_pending(client: Client) -> Iterator[Step]:
    """Set what a client has set of itself before its registration was over."""
    pending, client.pending = client.pending, NO_METADATA
    if pending and client.nick is not None:
        command = ChangeMetadata(client.nick, pending.pairs)
        yield Ask(command, refuse=partial(_refusal, client.nick, ""))


# Subscriptions


def _sub(client: Client, _target: str, keys: tuple[str, ...]) -> Iterator[Step]:
    """Ask to be told of keys: "The server MUST process each key in order".

    "When subscribing to a key, clients SHOULD receive the current value of that key for
    channels/users they are receiving updates for."
    """
    taken: dict[str, None] = {}
    refused: list[Line] = []
    new: set[str] = set()
    for key in keys:
        if not is_key(key):
            refused.append(_bad_key(client, key))
        elif key not in client.subscribed and len(client.subscribed) >= METADATA_SUBSCRIPTIONS:
            refused.append(failure(COMMAND, "TOO_MANY_SUBS", key, text="Too many subscriptions"))
            break
        else:
            taken[key] = None
            if key not in client.subscribed:
                client.subscribed += (key,)
                new.add(key)
    yield from _keys(client, RPL_METADATASUBOK, taken)
    yield from refused
    if new and client.is_registered and is_told(client):
        yield everything(client, new)


def _unsub(client: Client, _target: str, keys: tuple[str, ...]) -> Iterator[Step]:
    """Ask not to be told of keys any more; of such that one was not told of, too."""
    known = [key for key in dict.fromkeys(keys) if is_key(key)]
    client.subscribed = tuple(key for key in client.subscribed if key not in known)
    yield from _keys(client, RPL_METADATAUNSUBOK, known)
    yield from (_bad_key(client, key) for key in keys if not is_key(key))


def _subs(client: Client, _target: str, _rest: tuple[str, ...]) -> Iterator[Step]:
    lines = _keys(client, RPL_METADATASUBS, client.subscribed)
    yield from filter(None, in_batch(client, lines, kind=OF_SUBSCRIPTIONS))


def _keys(client: Client, what: Numeric, keys: Iterable[str]) -> Iterator[Line]:
    """Return keys, as many in a line as fit."""
    overhead = len(f":{client.house.name} {what.number} {client.shown_nick} ".encode())
    for line in in_lines(keys, overhead):
        if line:
            yield Reply(what.number, tuple(line.split(" ")), is_numeric=True)


def _sync(client: Client, target: str, _rest: tuple[str, ...]) -> Iterator[Step]:
    """Show the values of all keys asked for, of a room with those of its members."""
    if _is_too_early(client, target):
        yield from filter(None, in_batch(client, (), OWN))
    elif is_channel(target):
        shown = _found(client, target).target
        yield Pages(in_batch(client, of_room(client, room_of(target), client.subscribed), shown))
    else:
        nick = Nick(_found(client, target).target)
        person = client.state.people.get(nick_key(nick))
        lines = [] if person is None else of_person(client, person, client.subscribed)
        yield from filter(None, in_batch(client, lines, nick))


_SUBCOMMANDS: dict[str, Callable[[Client, str, tuple[str, ...]], Steps]] = {
    "GET": _get,
    "LIST": _list,
    "SET": _set,
    "CLEAR": _clear,
    "SUB": _sub,
    "UNSUB": _unsub,
    "SUBS": _subs,
    "SYNC": _sync,
}

_WITH_KEYS = frozenset({"GET", "SET", "SUB", "UNSUB"})
"""What needs a key after it."""

COMMANDS = {
    COMMAND: Verb(_metadata, 2, is_open=True, help="METADATA */nick/#channel LIST"),
}
