"""TOPIC, NAMES, LIST: what is known of rooms.

Source: https://modern.ircdocs.horse/#channel-operations
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from chatsvc.core.commands import ListRooms, SetTopic, ShowTopic
from chatsvc.core.errors import BadRoom, Refusal
from chatsvc.core.names import Nick, RoomKey, room_key
from chatsvc.core.replies import RoomList, RoomPages, RoomSummary, TopicIs
from chatsvc.core.text import check_text
from chatsvc.irc.asking import Ask, Line, Pages, Step, Steps
from chatsvc.irc.channels import channel_of, room_of
from chatsvc.irc.client import Client
from chatsvc.irc.commands.arriving import topic_lines
from chatsvc.irc.commands.joining import words_of
from chatsvc.irc.commands.names import iter_with, members
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.elist import Listed, Wanted, parse_elist
from chatsvc.irc.encode.rooms import topic_line
from chatsvc.irc.isupport import TEXT_LENGTH
from chatsvc.irc.message import Message, cut
from chatsvc.irc.numerics import RPL_ENDOFNAMES, RPL_LIST, RPL_LISTEND, RPL_LISTSTART
from chatsvc.irc.refusals import reply_to
from chatsvc.irc.replies import LONGEST_SHOWN, echoed, numeric
from chatsvc.irc.texts import plain


def _topic(client: Client, message: Message) -> Iterator[Step]:
    """Show a topic or set it: "If <topic> is an empty string, the topic [...] is cleared"."""
    channel = message.param(0)
    try:
        room = room_of(channel)
        if len(message.params) == 1:
            yield Ask(ShowTopic(room), partial(topic_lines, client), channel)
            return
        text = cut(plain(message.param(1)).encode(), TEXT_LENGTH).decode()
        command = SetTopic(room, check_text(text) if text else "")
    except Refusal as refusal:
        yield reply_to(refusal, message.command, channel[:LONGEST_SHOWN])
        return
    yield Ask(command, partial(_topic_set, client), channel)


def _topic_set(client: Client, reply: TopicIs) -> Steps:
    """Show a client the topic that it has set, as all others see it."""
    room = client.state.rooms.get(room_key(reply.room))
    if room is None:
        return ()
    nick, at, spot = client.nick or Nick(""), room.topic_at, room.topic_spot
    return (topic_line(client.scribe, nick, room.name, reply.text, at, room.room_id, spot),)


def _names(client: Client, message: Message) -> Iterator[Step]:
    """Show who is in rooms, and at the end what was asked for; nothing of who may not know.

    "If there is no such channel [...] only RPL_ENDOFNAMES": for several there is one, as in
    RFC 2812, section 3.2.5.
    """
    asked = message.param(0)
    for channel in dict.fromkeys(words_of(asked)):
        try:
            yield from members(client, room_of(channel))
        except Refusal:
            continue
    yield numeric(RPL_ENDOFNAMES, echoed(asked))


def _list(client: Client, message: Message) -> Steps:
    wanted = parse_elist(message.param(0))
    return (Ask(ListRooms(), partial(_listed, client, wanted)),)


def _listed(client: Client, wanted: Wanted, reply: RoomList | RoomPages) -> Iterator[Step]:
    yield numeric(RPL_LISTSTART, "Channel")
    is_wanted = _filter(client, wanted)
    if isinstance(reply, RoomPages):
        yield Pages(iter_with(_rows(reply.rows, is_wanted), numeric(RPL_LISTEND)))
        return
    yield from (line for line in _rows(reply.rooms, is_wanted) if line is not None)
    yield numeric(RPL_LISTEND)


def _filter(client: Client, wanted: Wanted) -> Callable[[RoomSummary], bool] | None:
    """Return what tells whether a room is meant; None where all are."""
    if wanted.names is None and not wanted.conditions:
        return None
    keys = None if wanted.names is None else set(_keys_of(wanted.names))
    now = client.house.now()

    def is_wanted(row: RoomSummary) -> bool:
        if keys is not None and room_key(row.room) not in keys:
            return False
        room = client.state.rooms.get(room_key(row.room))
        topic_at = 0 if room is None or not row.topic else room.topic_at
        return wanted.includes(Listed(row.room, row.members, row.created_at, topic_at), now)

    return is_wanted


def _keys_of(channels: Iterable[str]) -> Iterator[RoomKey]:
    for channel in channels:
        try:
            yield room_key(room_of(channel))
        except BadRoom:
            continue


def _rows(
    rows: Iterable[RoomSummary | None], is_wanted: Callable[[RoomSummary], bool] | None
) -> Iterator[Line | None]:
    for row in rows:
        if row is None or (is_wanted is not None and not is_wanted(row)):
            yield None
        else:
            yield numeric(RPL_LIST, channel_of(row.room), str(row.members), topic=row.topic)


COMMANDS = {
    "TOPIC": Verb(_topic, 1, help="TOPIC #channel [:text]"),
    "NAMES": Verb(_names, help="NAMES #channel,#channel"),
    "LIST": Verb(_list, help="LIST [#channel,... / *mask* / >10 / C<60 / T<60]"),
}
