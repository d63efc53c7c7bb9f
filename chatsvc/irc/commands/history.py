"""CHATHISTORY and MARKREAD: what was said before, and up to when one has read it.

Sources: https://ircv3.net/specs/extensions/chathistory,
https://ircv3.net/specs/extensions/read-marker
"""

from collections import deque
from collections.abc import Generator, Iterator
from functools import partial
from itertools import chain
from typing import NamedTuple

import attrs

from chatsvc.core.commands import Command, ListActivity, MarkRead, ShowMarker
from chatsvc.core.conversations import SIGN, is_direct, parse_direct
from chatsvc.core.errors import BadNick, BadRoom, NoSuchRoom, Refusal
from chatsvc.core.kinds import PUBLIC, Kind
from chatsvc.core.names import RoomName, room_key
from chatsvc.core.replies import Activity, Happenings, History, MarkerIs
from chatsvc.core.rules.direct import conversation
from chatsvc.irc.asking import Ask, Line, Pages, Step, Steps
from chatsvc.irc.channels import channel_of, is_channel, room_of
from chatsvc.irc.chathistory import COMMAND, Asked, At, Point, moment, parse_chathistory
from chatsvc.irc.client import Client
from chatsvc.irc.commands.playback import (
    EVENT_PLAYBACK,
    batch,
    begun,
    ended,
    marker_line,
    played_back,
    target_of,
)
from chatsvc.irc.commands.stretches import NOTHING, Entry, Plan, Stretch, plan_of, rest_of
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.message import Message
from chatsvc.irc.msgids import DirectMessage, RoomHappening, RoomMessage
from chatsvc.irc.refusals import reply_to
from chatsvc.irc.replies import LONGEST_SHOWN, Refused, Reply, failure
from chatsvc.wire.times import format_time

PASSING = frozenset({"storage", "busy", "too-fast", "closing", "internal"})
"""Refusals that are no fault of the target."""

_TIME = "timestamp="


def _place(target: str) -> RoomName:
    """Return the room or conversation that a target means; raise `BadRoom` or `BadNick`."""
    return room_of(target) if is_channel(target) else parse_direct(SIGN + target)


# CHATHISTORY


def _chathistory(client: Client, message: Message) -> Steps:
    asked = parse_chathistory(message.params)
    return _targets(client, asked) if not asked.target else _messages(client, asked)


class _Version(NamedTuple):
    """What it depends on what one is shown of a room or conversation.

    `room_id` is 0 for one that is not there. `rewritten` counts how often its messages were
    changed, its `kind` tells who reads what, and `is_in` whether one is in it.
    """

    room_id: int
    rewritten: int
    kind: Kind
    is_in: bool


_UNREAD = _Version(-1, 0, PUBLIC, False)
"""Before anything was read."""


@attrs.define(eq=False)
class _Found:
    """What the core has answered so far."""

    room: RoomName
    entries: list[Entry] = attrs.field(factory=list)
    is_refused: bool = False


def _messages(client: Client, asked: Asked) -> Iterator[Step]:
    """Ask for messages, and show those that are wanted; what may not be read is not there.

    Whoever may not read a room gets the answer of a room that does not exist, and so does who
    is not in it: "servers MAY wish to disallow clients from querying the history of channels
    they are not joined to" (chathistory), which is what people expect of a channel.
    """
    try:
        found = _Found(_place(asked.target))
        if not _is_in(client, found.room):
            raise NoSuchRoom(found.room)
    except (BadRoom, BadNick, NoSuchRoom) as refusal:
        raise Refused(_refused(asked, refusal)) from None
    is_known = all(_is_of(client, found.room, point) for point in asked.points)
    rest, version = yield from _read(client, asked, found, plan_of(asked) if is_known else NOTHING)
    if found.is_refused:
        return
    if not is_known:
        yield _failed(asked, "INVALID_PARAMS", "There is no such message")
        return
    # A nick is given back as it was asked for, a channel as it is spelt.
    target = asked.target if is_direct(found.room) else channel_of(found.room)
    lines = _while_as_read(client, found.room, rest, version)
    yield Pages(chain(begun(client, target), lines), is_batch=client.has("batch"))
    while rest and not found.is_refused and _is_still_in(client, found.room, version.room_id):
        rest, version = yield from _read(client, asked, found, rest_of(rest))
        yield Pages(_while_as_read(client, found.room, rest, version))
    yield from ended(client)


def _read(
    client: Client, asked: Asked, found: _Found, plan: Plan
) -> Generator[Step, None, tuple[deque[Entry], _Version]]:
    """Ask for what is planned; return what is to be shown, and of which version that is."""
    shown: deque[Entry] = deque()
    version = _UNREAD
    # What somebody took back while another part was read must not be shown after that.
    while not found.is_refused and version != (now := _version_of(client, found.room)):
        version = now
        shown.clear()
        for stretch in plan.stretches:
            found.entries = []
            for command in _reads(client, found.room, stretch):
                if not found.is_refused:
                    yield Ask(command, partial(_take, found), refuse=partial(_stop, asked, found))
            shown += filter(plan.shows, stretch.of(found.entries))
    return (deque() if found.is_refused else shown), version


def _while_as_read(
    client: Client, room: RoomName, rest: deque[Entry], version: _Version
) -> Iterator[Line]:
    """Return the lines of entries, which are taken off, as long as nothing is changed there."""
    while rest and _version_of(client, room) == version:
        yield from played_back(client, rest.popleft())


def _is_in(client: Client, room: RoomName) -> bool:
    """Tell whether one is in a room; a conversation nobody is put out of."""
    return is_direct(room) or room_key(room) in client.session.rooms


def _version_of(client: Client, room: RoomName) -> _Version:
    """Return of which version is what one would be shown now.

    A page is shown when those before it were read: somebody may have been put out by then.
    """
    there = client.state.rooms.get(room_key(room))
    if is_direct(room) and client.session.account is not None:
        there = conversation(client.state, client.session, room)
    if there is None:
        return _Version(0, 0, PUBLIC, _is_in(client, room))
    return _Version(there.room_id, there.rewritten, there.kind, _is_in(client, room))


def _is_still_in(client: Client, room: RoomName, room_id: int) -> bool:
    """Tell whether one is in a room, and that is no other one which has got its name."""
    now = _version_of(client, room)
    return now.is_in and now.room_id == room_id


def _reads(client: Client, room: RoomName, stretch: Stretch) -> Iterator[Command]:
    """Return what asks for a stretch; for what happened only for clients that want it.

    "If the client has not negotiated the event-playback capability, the server MUST NOT send
    any lines other than PRIVMSG and NOTICE in the reply to CHATHISTORY" (chathistory).
    """
    yield stretch.messages(room)
    if client.has(EVENT_PLAYBACK) and not is_direct(room):
        yield stretch.happenings(room)


def _take(found: _Found, reply: History | Happenings) -> Steps:
    found.room = reply.room
    found.entries += reply.happened if isinstance(reply, Happenings) else reply.messages
    return ()


def _stop(asked: Asked, found: _Found, refusal: Refusal) -> Steps:
    found.is_refused = True
    return (_refused(asked, refusal),)


def _refused(asked: Asked, refusal: Refusal) -> Reply:
    target = asked.target[:LONGEST_SHOWN]
    if refusal.code in PASSING:
        return reply_to(refusal, COMMAND, target, (asked.subcommand, target))
    return _failed(asked, "INVALID_TARGET", "There are no messages to show")


def _failed(asked: Asked, code: str, text: str) -> Reply:
    return failure(COMMAND, code, asked.subcommand, asked.target[:LONGEST_SHOWN], text=text)


def _is_of(client: Client, room: RoomName, point: Point) -> bool:
    """Tell whether a message that is named belongs to what is asked for, as it is now."""
    if isinstance(point, At):
        return True
    if isinstance(point, RoomMessage | RoomHappening):
        there = client.state.rooms.get(room_key(room))
        if point.room_id:  # The room may have had another name then.
            return there is None or there.room_id == point.room_id
        return room_key(point.room) == room_key(room)
    return _is_in_conversation(client, room, point)


def _is_in_conversation(client: Client, room: RoomName, point: DirectMessage) -> bool:
    if client.session.account is None or not is_direct(room):
        return False
    there = conversation(client.state, client.session, room)
    return there is not None and there.room_id == point.conversation


def _targets(client: Client, asked: Asked) -> Iterator[Step]:
    """Show in which rooms and conversations something was said between two times.

    "ordered by the time of the latest message"; of what one is not in nothing is shown.
    """
    start, end = (point.milliseconds for point in asked.points if isinstance(point, At))
    command = ListActivity(min(start, end), max(start, end), asked.limit, start > end)
    yield Ask(command, partial(_active, client), COMMAND)


def _active(client: Client, reply: Activity) -> Steps:
    lines = (
        client.scribe.from_server(
            "CHATHISTORY", "TARGETS", target_of(client, room), format_time(at)
        )
        for room, at in reply.rows
    )
    return batch(client, lines, "draft/chathistory-targets")


# MARKREAD


def _markread(client: Client, message: Message) -> Iterator[Step]:
    """Set or show a read marker: "MUST only ever increase"."""
    target, written = message.param(0), message.param(1)
    if not target:
        raise Refused(failure("MARKREAD", "NEED_MORE_PARAMS", text="Missing parameters"))
    try:
        room = _place(target)
    except (BadRoom, BadNick):
        raise Refused(_bad_mark(target, "")) from None
    show = partial(_marker, client)
    if len(message.params) < 2:
        yield Ask(ShowMarker(room), show, target)
        return
    at = moment(written.removeprefix(_TIME)) if written.startswith(_TIME) else None
    if at is None:
        raise Refused(_bad_mark(target, written))
    refuse = partial(_not_marked, target)
    yield Ask(MarkRead(room, at.milliseconds), show, target, refuse)


def _marker(client: Client, reply: MarkerIs) -> Steps:
    return (marker_line(client, reply.room, reply.at),)


def _not_marked(target: str, refusal: Refusal) -> Steps:
    if refusal.code in PASSING:
        return (reply_to(refusal, "MARKREAD", target[:LONGEST_SHOWN]),)
    return (_bad_mark(target, ""),)


def _bad_mark(target: str, written: str) -> Reply:
    words = (word[:LONGEST_SHOWN] for word in (target, written) if word)
    return failure("MARKREAD", "INVALID_PARAMS", *words, text="Invalid parameters")


COMMANDS = {
    COMMAND: Verb(_chathistory, help="CHATHISTORY LATEST #channel * 50"),
    "MARKREAD": Verb(_markread, help="MARKREAD #channel [timestamp=...]"),
}
