"""CHATHISTORY and MARKREAD: what was said before, and up to when one has read it.

Sources: https://ircv3.net/specs/extensions/chathistory,
https://ircv3.net/specs/extensions/read-marker
"""

from collections.abc import Callable, Iterator
from functools import partial

import attrs

from chatsvc.core.commands import (
    ListActivity,
    MarkRead,
    ReadHistory,
    ReadHistoryAt,
    ShowMarker,
)
from chatsvc.core.conversations import is_direct, peer_in, with_peer
from chatsvc.core.errors import BadNick, BadRoom, Refusal
from chatsvc.core.events import Said
from chatsvc.core.names import RoomName, nick_key, parse_nick, room_key
from chatsvc.core.replies import Activity, History, MarkerIs
from chatsvc.irc.asking import Ask, Step, Steps
from chatsvc.irc.channels import is_channel, room_of
from chatsvc.irc.chathistory import COMMAND, Asked, At, Point, moment, parse_chathistory
from chatsvc.irc.client import Client
from chatsvc.irc.commands.playback import batch, marker_line, played_back, target_of
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.message import Message
from chatsvc.irc.msgids import DirectMessage, RoomMessage
from chatsvc.irc.refusals import reply_to
from chatsvc.irc.replies import LONGEST_SHOWN, Refused, Reply, failure
from chatsvc.wire.times import format_time

PASSING = frozenset({"storage", "busy", "too-fast", "closing", "internal"})
"""Refusals that are no fault of the target."""

_TIME = "timestamp="


def _place(target: str) -> RoomName:
    """Return the room or conversation that a target means; raise `BadRoom` or `BadNick`."""
    return room_of(target) if is_channel(target) else with_peer(parse_nick(target))


# CHATHISTORY


def _chathistory(client: Client, message: Message) -> Steps:
    asked = parse_chathistory(message.params)
    return _targets(client, asked) if not asked.target else _messages(client, asked)


Wanted = Callable[[Said], bool]


@attrs.define(eq=False)
class _Found:
    """What the core has answered so far."""

    room: RoomName
    messages: list[Said] = attrs.field(factory=list)
    is_refused: bool = False


def _messages(client: Client, asked: Asked) -> Iterator[Step]:
    """Ask for messages, and show those that are wanted; what may not be read is not there.

    Whoever may not read a room gets the answer of a room that does not exist.
    """
    try:
        found = _Found(_place(asked.target))
    except (BadRoom, BadNick) as refusal:
        raise Refused(_refused(asked, refusal)) from None
    is_known = all(_is_of(client, found.room, point) for point in asked.points)
    reads, is_wanted = _reads(asked, found.room) if is_known else _none(found.room)
    for command in reads:
        if not found.is_refused:
            yield Ask(command, partial(_take, found), refuse=partial(_stop, asked, found))
    if found.is_refused:
        return
    if not is_known:
        yield _failed(asked, "INVALID_PARAMS", "There is no such message")
        return
    wanted = [said for said in found.messages if is_wanted(said)]
    yield from played_back(client, found.room, wanted)


def _take(found: _Found, reply: History) -> Steps:
    found.room = reply.room
    found.messages += reply.messages
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
    if isinstance(point, RoomMessage):
        there = client.state.rooms.get(room_key(room))
        if point.room_id:  # The room may have had another name then.
            return there is None or there.room_id == point.room_id
        return room_key(point.room) == room_key(room)
    return _is_in_conversation(client, room, point)


def _is_in_conversation(client: Client, room: RoomName, point: DirectMessage) -> bool:
    account = client.session.account
    if account is None or not is_direct(room):
        return False
    there = client.state.conversations.between(account.key, nick_key(peer_in(room)))
    return there is not None and there.room_id == point.conversation


Read = ReadHistory | ReadHistoryAt


def _none(room: RoomName) -> tuple[list[Read], Wanted]:
    """Return what asks only whether one may ask."""
    return [ReadHistory(room, 1, before=1)], lambda _said: False


def _reads(asked: Asked, room: RoomName) -> tuple[list[Read], Wanted]:
    """Return what is asked of the core for each subcommand, and which of it is shown."""
    limit = asked.limit
    match asked.subcommand, asked.points:
        case "LATEST", ():
            return [ReadHistory(room, limit)], lambda _said: True
        case "LATEST", (point,):
            return [ReadHistory(room, limit)], _is_after(point)
        case "BEFORE", (point,):
            return [_before(room, limit, point)], lambda _said: True
        case "AFTER", (point,):
            return [_after(room, limit, point)], lambda _said: True
        case "AROUND", (point,):
            half = limit // 2
            reads = [_before(room, half, point), _after(room, limit - half, _just_before(point))]
            return reads, lambda _said: True
        case _, (start, end):
            if isinstance(start, At) is not isinstance(end, At):
                raise Refused(
                    failure(COMMAND, "INVALID_PARAMS", asked.subcommand, text="Mixed references")
                )
            if _place_of(start) <= _place_of(end):
                return [_after(room, limit, start)], _is_before(end)
            return [_before(room, limit, start)], _is_after(end)
    raise AssertionError(asked)


def _place_of(point: Point) -> int:
    return point.milliseconds if isinstance(point, At) else point.number


def _just_before(point: Point) -> Point:
    if isinstance(point, At):
        return At(point.milliseconds - 1)
    return attrs.evolve(point, number=point.number - 1)


def _before(room: RoomName, count: int, point: Point) -> Read:
    if isinstance(point, At):
        return ReadHistoryAt(room, count, before=point.milliseconds)
    return ReadHistory(room, count, before=point.number)


def _after(room: RoomName, count: int, point: Point) -> Read:
    if isinstance(point, At):
        return ReadHistoryAt(room, count, after=point.milliseconds)
    return ReadHistory(room, count, after=point.number)


def _is_before(point: Point) -> Wanted:
    if isinstance(point, At):
        return lambda said: said.at < point.milliseconds
    return lambda said: said.number < point.number


def _is_after(point: Point) -> Wanted:
    if isinstance(point, At):
        return lambda said: said.at > point.milliseconds
    return lambda said: said.number > point.number


def _targets(client: Client, asked: Asked) -> Iterator[Step]:
    """Show in which rooms and conversations something was said between two times.

    "ordered by the time of the latest message"; of what one is not in nothing is shown.
    """
    start, end = (_place_of(point) for point in asked.points)
    command = ListActivity(min(start, end), max(start, end), asked.limit, start > end)
    yield Ask(command, partial(_active, client), COMMAND)


def _active(client: Client, reply: Activity) -> Steps:
    lines = (
        client.scribe.from_server("CHATHISTORY", "TARGETS", target_of(room), format_time(at))
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
