"""The native way in: the line protocol `chatsvc/1` over any byte stream.

This module splits nothing and decides nothing: `wire` knows the lines, the hub knows
what they do, `client` has what every way in shares. What is left is what is this protocol's
own: its greeting, its answers, and talk mode.
"""

from typing import ClassVar

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory

from chatsvc.core.commands import Command
from chatsvc.core.errors import Closing, LineTooLong, NoSuchRoom, Refusal, WrongProtocol
from chatsvc.core.events import Event, ServerClosing
from chatsvc.core.names import RoomName, room_key
from chatsvc.core.replies import (
    LoggedInAs,
    LoggedOff,
    NickIs,
    Reply,
    RoomPages,
    Sent,
    TalkingIn,
    UserPages,
)
from chatsvc.core.room import Room
from chatsvc.hub import Hub
from chatsvc.ports import Clock
from chatsvc.protocols.client import ClientProtocol
from chatsvc.protocols.doorkeeper import Doorkeeper
from chatsvc.protocols.encoding import LineEncoding
from chatsvc.protocols.outbox import SLICE_BYTES, Turn
from chatsvc.wire.answer import (
    encode_event,
    encode_greeting,
    encode_pages,
    encode_refusal,
    encode_reply,
)
from chatsvc.wire.foreign import IRC
from chatsvc.wire.framing import LineBuffer, TooLong
from chatsvc.wire.request import decode_line, parse_request, parse_talk_line

ROOM_PORT_OVER = "The room of this port is gone. Connect to the server's main port."
"""What is said to those who come by the port of a room that was removed meanwhile."""

FOR_IRC = (
    b"ERROR :This port speaks the line protocol of chatsvc, and you speak IRC; connect to the "
    b"server's port for IRC, or with chatsvc-client, nc or telnet.\r\n"
)
"""What is said to an IRC client, which shows it."""

_CHANGING_TALK = (TalkingIn, NickIs, LoggedInAs, LoggedOff)
"""The replies after which plain lines may mean something else."""


class LineProtocol(ClientProtocol):
    """One client. Implements `ports.Connection`; is its transport's producer.

    `aim`, where given, is the room whose own port this connection came in by: after
    its nick it is in that room and in talk mode.
    """

    via: ClassVar[str] = "line"

    def __init__(self, factory: "LineFactory") -> None:
        super().__init__(factory, factory.encoding, factory.aim)
        self._server_name = factory.server_name
        self._talking: Room | None = None

    def make_buffer(self) -> LineBuffer:
        """Return what cuts the stream into lines."""
        return LineBuffer(self.hub.limits.line_bytes)

    def greet(self) -> None:
        """Say what is spoken here."""
        self.outbox.send(encode_greeting(self._server_name))

    def goodbye(self, refusal: Refusal) -> bytes:
        """Return what is said to a client that is sent away, in IRC to one that speaks that."""
        if isinstance(refusal, WrongProtocol) and refusal.spoken == IRC:
            return FOR_IRC
        return encode_refusal(refusal)

    def broken_off(self) -> bytes:
        """Return what ends a long answer that will not be finished."""
        return encode_refusal(Closing())

    def answer(self, answer: Reply | Refusal) -> None:
        """Send the answer to the oldest request."""
        self.unanswered -= 1
        if self._pages is not None:  # The server is stopping.
            self.break_off_pages()
        if type(answer) is Sent:  # Nearly every answer of a busy server.
            self.send(encode_reply(answer))
        elif isinstance(answer, (RoomPages, UserPages)):
            self.begin_pages(encode_pages(answer))
        else:
            self._send_answer(answer)
        if self._ending.input_ended:
            self._close_when_done()

    def _send_answer(self, answer: Reply | Refusal) -> None:
        if isinstance(answer, Refusal):
            data = encode_refusal(answer)
        else:
            data = encode_reply(answer)
            if type(answer) in _CHANGING_TALK:
                self._follow_talk(answer)
        self.send(data)
        if self._aim is not None and answer == NoSuchRoom.of_port():
            self._end_aimless()
        if len(data) > SLICE_BYTES:
            # So that a client which does not read is noticed before its next request.
            self.outbox.flush()

    def deliver(self, event: Event) -> None:
        """Send one event."""
        self.send(encode_event(event))

    def understand(self, line: bytes | TooLong) -> Command | Refusal | None:
        """Return the request that `line` is; None for a blank line."""
        if isinstance(line, TooLong):
            return LineTooLong(self.hub.limits.line_bytes)
        try:
            text = decode_line(line)
            if text[0] == " " and not text.strip(" "):
                return None
            if self._talking is not None:
                return parse_talk_line(text, self._talking.name)
            return parse_request(text)
        except Refusal as refusal:
            return refusal

    def _follow_talk(self, answer: Reply) -> None:
        if isinstance(answer, TalkingIn):
            self._talking = None if answer.room is None else self._room(answer.room)
        elif isinstance(answer, LoggedOff):
            self._talking = None
        elif isinstance(answer, NickIs | LoggedInAs) and self._aim is not None:
            self._begin_where_it_aimed()

    def _begin_where_it_aimed(self) -> None:
        """Talk in the room by whose port it came, if it is there: it may not have been let in."""
        aim = None if self.subscriber is None else self.subscriber.session.aim
        room = None if aim is None else self._room(aim)
        if room is not None:
            self._talking, self._aim = room, None

    def _room(self, name: RoomName) -> Room | None:
        """Return a room that it is in; what is said there follows the room to another name."""
        if self.subscriber is None:
            return None
        return self.subscriber.session.rooms.get(room_key(name))

    def _end_aimless(self) -> None:
        """Close a connection to the port of a room that is gone: it can get no nick here."""
        self.deliver(ServerClosing(ROOM_PORT_OVER))
        self.close()


class LineFactory(Factory):
    """Build a `LineProtocol` for each connection.

    `aim` is the room that connections go to, for a room's own port; `doorkeeper`, where
    given, counts connections by address.
    """

    noisy = False

    def __init__(
        self,
        hub: Hub,
        server_name: str,
        clock: Clock,
        encoding: LineEncoding | None = None,
        aim: RoomName | None = None,
        doorkeeper: Doorkeeper | None = None,
    ) -> None:
        self.hub = hub
        self.server_name = server_name
        self.clock = clock
        self.encoding = encoding or LineEncoding(Turn(clock))
        self.aim = aim
        self.doorkeeper = doorkeeper

    def aimed_at(self, room: RoomName) -> "LineFactory":
        """Return a factory for the room's own port; both have one encoding."""
        return LineFactory(
            self.hub, self.server_name, self.clock, self.encoding, room, self.doorkeeper
        )

    def buildProtocol(self, addr: IAddress | None) -> LineProtocol:
        """Return the protocol for a new connection."""
        return LineProtocol(self)
