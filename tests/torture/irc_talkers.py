"""Who is at the IRC door in a fuzzed world: clients driven by chance, and members who watch.

`Talker` follows what one client is owed; `Onlooker` is a member who does nothing wrong and keeps
the list of the members of #tea as it is told, one by IRC, one by the line protocol.
"""

import re
from random import Random

import attrs
from wsproto import WSConnection
from wsproto.events import BytesMessage, Event, Message, Ping, TextMessage
from wsproto.utilities import LocalProtocolError

from chatsvc.core.names import RoomName, room_key
from chatsvc.irc.message import LINE_BYTES, SERVER_TAG_BYTES
from tests.protocols.conversation import Client
from tests.protocols.irc.conversation import IrcClient
from tests.torture.irc_grammar import challenge_in
from tests.torture.reference import is_harmless
from tests.torture.world import Wrong

ROOM = "tea"
LABEL = "owed-"
"""What the labels begin with whose answers are followed; no noise looks like that by chance."""

_TAG = r"[+]?(?:[a-zA-Z0-9.-]+/)?[a-zA-Z0-9-]+(?:=[^;\\ \r\n\0]*(?:\\[:s\\rn][^;\\ \r\n\0]*)*)?"
_LINE = re.compile(
    rf"(?:@({_TAG}(?:;{_TAG})*) )?(?::([^ ]+) )?([A-Z]+|[0-9]{{3}})((?: [^ :][^ ]*)*(?: :.*)?)",
    re.DOTALL,
)


@attrs.define
class Heard:
    """A line that a client got, taken apart."""

    tags: dict[str, str]
    source: str
    command: str
    params: list[str]


def check_line(line: bytes) -> Heard:
    """Check that a line is one of IRC, within the limits, without what could harm."""
    text = line.decode("utf-8")
    tag_bytes = line.index(b" ") + 1 if line.startswith(b"@") else 0
    found = _LINE.fullmatch(text)
    if found is None or "\r" in text or "\0" in text:
        raise Wrong(f"no line of IRC: {text!r}")
    if tag_bytes > SERVER_TAG_BYTES or len(line) - tag_bytes > LINE_BYTES - 2:
        raise Wrong(f"a line of {len(line)} bytes: {text!r}")
    if not is_harmless(text.replace("\x01", "") if "\x01" in text else text):
        raise Wrong(f"a character that could harm: {text!r}")
    tags, source, command, rest = found.groups()
    pairs = [tag.partition("=") for tag in tags.split(";")] if tags else ()
    head, colon, last = rest.partition(" :")
    return Heard(
        {key: value for key, _, value in pairs}, source or "", command,
        head.split() + ([last] if colon else []),
    )  # fmt: skip


@attrs.define(eq=False)
class Talker:
    """A client: what waits until it is read from, its frames, what it said and is owed.

    `owed` has the labels of requests that must be answered, by their number; `pongs` is the
    number of the newest PING that was answered.
    """

    client: IrcClient
    has_labels: bool = False
    frames: WSConnection | None = None
    waiting: list[bytes] = attrs.field(factory=list)
    rest: bytes = b""
    pongs: int = 0
    owed: dict[str, int] = attrs.field(factory=dict)
    asked: dict[str, bool] = attrs.field(factory=dict)
    batches: dict[str, str] = attrs.field(factory=dict)
    challenge: str = ""

    @property
    def is_gone(self) -> bool:
        """Whether the connection is at its end."""
        return self.client.wire.lost

    def bytes_of(self, lines: list[bytes], rng: Random) -> bytes:
        """Return lines as they go over the wire."""
        if self.frames is None:
            return b"".join(line + rng.choice((b"\r\n", b"\r\n", b"\n")) for line in lines)
        try:
            return b"".join(self.frames.send(event) for event in map(_event, lines))
        except LocalProtocolError:
            return b""  # It is closed.

    def lines_in(self, data: bytes) -> list[bytes]:
        """Return the lines that came; in frames each must be whole and without its end."""
        if self.frames is None:
            *lines, self.rest = (self.rest + data).split(b"\r\n")
            return lines
        self.frames.receive_data(data)
        events = [event for event in self.frames.events() if isinstance(event, Message)]
        return [
            event.data.encode() if isinstance(event.data, str) else event.data for event in events
        ]

    def hear(self, heard: Heard) -> None:
        """Follow what is owed: one answer for each label, and PONG after all before it."""
        batch, label = heard.tags.get("batch"), heard.tags.get("label")
        if batch is not None and batch not in self.batches:
            raise Wrong(f"a line of no open batch: {heard}")
        if label is not None and label.startswith(LABEL):
            if label not in self.asked:
                raise Wrong(f"an answer to somebody else's label: {heard}")
            if self.asked[label]:
                raise Wrong(f"a second answer to a label: {heard}")
            self.asked[label] = True
        if heard.command == "BATCH":
            self._hear_batch(heard, label)
        elif label is not None:
            self.owed.pop(label, None)
        if heard.command == "PONG" and heard.params[-1].startswith("rest"):
            self.pongs = int(heard.params[-1][4:])
            late = [each for each, number in self.owed.items() if number < self.pongs]
            if late:
                raise Wrong(f"PONG came before the answers to {late[:3]}")
        elif heard.command == "AUTHENTICATE":
            self.challenge = challenge_in(heard.params[0])

    def _hear_batch(self, heard: Heard, label: str | None) -> None:
        sign, reference = heard.params[0][0], heard.params[0][1:]
        if sign == "+":
            if reference in self.batches:
                raise Wrong(f"a batch is opened twice: {heard}")
            self.batches[reference] = label or ""
        elif reference in self.batches:
            self.owed.pop(self.batches.pop(reference), None)
        else:
            raise Wrong(f"a batch ends that is not open: {heard}")


def _event(line: bytes) -> Event:
    try:
        return TextMessage(line.decode())
    except UnicodeDecodeError:
        return BytesMessage(line) if len(line) % 8 else Ping(line[:100])


class Onlooker:
    """A member of #tea who reads; knows who is in it, and the number of the last message.

    `members` is None while it is not in the room. `replayed` is the number up to which it may
    have been shown messages from before it came.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self.members: set[str] | None = None
        self.last = self.replayed = 0
        self.come()

    def come(self) -> None:
        """Come into the room, if that is possible; then the list of the members is asked for."""
        raise NotImplementedError

    def take(self) -> None:
        """Take the lines that came."""
        data, self.client.wire.received = self.client.wire.received, b""
        for line in data.decode().splitlines():
            self.hear(line)

    def hear(self, line: str) -> None:
        """Take one line."""
        raise NotImplementedError

    def heard(self, number: int) -> None:
        """Note the number of a message; of one in several lines each has it, or the first."""
        # Of what is replayed to who comes, something may have been taken back before.
        is_next = number in (self.last, self.last + 1) or self.last < number <= self.replayed + 1
        if self.members is not None and self.last and not is_next:
            raise Wrong(f"{type(self).__name__} saw message {number} after {self.last}")
        self.last = number

    def left(self, nick: str, own: str) -> None:
        """Note that somebody is not in the room any more."""
        if nick == own:
            self.members, self.last = None, 0
        elif self.members is not None:
            self.members.discard(nick)

    def renamed(self, old: str, new: str) -> None:
        """Note a new nick."""
        if self.members is not None and old in self.members:
            self.members.discard(old)
            self.members.add(new)


class LineOnlooker(Onlooker):
    """By the line protocol."""

    def come(self) -> None:
        """Join, and ask who is there."""
        self.take()
        self.client.says(f"join {ROOM}", f"who {ROOM}")
        self.take()

    def hear(self, line: str) -> None:
        """Take one line."""
        words = line.split(" ")
        what = (*words[:2], words[2].lower()) if len(words) > 2 else ("", "", "")
        if what == ("+", "join", ROOM):
            self.members, self.last = set(), 0
        elif words[:2] == ["=", "user"] and self.members is not None:
            self.members.add(words[2])
        elif what == ("*", "joined", ROOM) and self.members is not None:
            self.members.add(words[3])
        elif what in (("*", "left", ROOM), ("*", "kicked", ROOM)):
            self.left(words[3], "lena")
        elif what == ("*", "renamed-room", ROOM):
            if words[3].lower() != ROOM:  # The room of this name is another from now on.
                self.members = None
        elif words[:2] == ["*", "renamed"]:
            self.renamed(words[2], words[3])
        elif what[0] == "*" and what[1].startswith("said") and what[2] == ROOM:
            self.heard(int(words[3]))


class IrcOnlooker(Onlooker):
    """By IRC, with `message-tags`, so that messages have their numbers."""

    names: set[str]
    topic: str
    is_coming: bool

    def come(self) -> None:
        """Join: that shows who is there."""
        self.names, self.topic, self.is_coming = set(), "", False
        self.take()
        self.client.says(f"JOIN #{ROOM}")
        self.take()

    def asks(self) -> set[str]:
        """Return who NAMES says is in the room."""
        self.take()
        self.names, self.topic = set(), ""
        self.client.says(f"NAMES #{ROOM}", f"TOPIC #{ROOM}")
        self.take()
        return self.names

    def hear(self, line: str) -> None:
        """Take one line."""
        heard = check_line(line.encode())
        nick, params = heard.source.partition("!")[0], heard.params
        here = [param.lower() for param in params[:1]] == [f"#{ROOM}"]
        if heard.command == "JOIN" and here and self.members is None and nick == "iris":
            self.members, self.last, self.is_coming = {nick}, 0, True
            room = self.client.protocol.hub.manager.state.rooms.get(room_key(RoomName(ROOM)))
            self.replayed = 0 if room is None else room.last
        elif heard.command == "JOIN" and here and self.members is not None:
            self.members.add(nick)
        elif heard.command == "353" and params[2].lower() == f"#{ROOM}":
            found = {name.lstrip("@+") for name in params[3].split()}
            self.names |= found
            if self.is_coming and self.members is not None:
                self.members |= found
        elif heard.command == "366":
            self.is_coming = False
        elif heard.command == "332":
            self.topic = params[2]
        elif heard.command == "PART" and here:
            self.left(nick, "iris")
        elif heard.command == "KICK" and here:
            self.left(params[1], "iris")
        elif heard.command == "QUIT":
            self.left(nick, "iris")
        elif heard.command == "NICK":
            self.renamed(nick, params[0])
        elif heard.command in ("PRIVMSG", "NOTICE") and here:
            place, _, number = heard.tags.get("msgid", "").rpartition("/")[0].partition("/")
            if place.lower() == ROOM:
                self.heard(int(number))
