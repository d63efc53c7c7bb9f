"""The client without a terminal: lines in, lines out.

Every line of the input is a command in the words of the line protocol:

    join lobby                  also with a slash: /join lobby
    send lobby hi all
    @ann psst                   to one user only
    leave_chatroom lobby        and the other words of older clients
    talk lobby                  from here on plain lines are said there, /verb is a command
    disconnect

With a room given at the start, plain lines are said in it from the start. Lines are
carried out one after the other; messages that follow each other are sent without waiting
for each answer.

What happens and what is answered goes to the output, refusals go to the error output.
When the input ends, everything sent is answered first. The exit status is 0, or 1 if the
input was not typed in a terminal and a command in it was refused or got no answer.
When the client is closed, or nobody reads the output any more, the lines that were not
carried out yet are dropped.
"""

import attrs
from twisted.internet.defer import Deferred, DeferredList

from chatsvc.client.answers import render_answer
from chatsvc.client.chat import ChatClient
from chatsvc.client.happenings import ClientClosed, ClientError, Happening, RoomLost, TurnedAway
from chatsvc.client.lines import Kind, Line, notice, plain
from chatsvc.client.rendering import render_happening, render_refusal
from chatsvc.client.requests import Answer
from chatsvc.client.standard import ErrorLines, StandardStreams
from chatsvc.core.commands import Command, Quit, Say, SetNick, SetTopic, TalkIn
from chatsvc.core.errors import LineTooLong, NotAMember, Refusal
from chatsvc.core.events import Joined, Said
from chatsvc.core.limits import DEFAULT_LIMITS
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.replies import TalkingIn
from chatsvc.ports import Clock
from chatsvc.wire.framing import TooLong
from chatsvc.wire.request import decode_line, parse_request, parse_talk_line

SAYS_UNDER_WAY = 64
"""Messages sent before the first of them is answered; the server takes as many at once."""

MENU = (
    "join ROOM   send ROOM TEXT   @USER TEXT   list   who   history ROOM   leave ROOM",
    "talk ROOM: say every line there   help: everything you can say   quit",
)
"""What one can do, for somebody who started the client and sees an empty screen."""


@attrs.frozen
class PlainSettings:
    """How to behave: `is_script` when nobody types the input; `talk` in this room at first."""

    is_script: bool
    talk: RoomName | None = None


class PlainChat:
    """One run of the client without a terminal."""

    def __init__(
        self,
        client: ChatClient,
        streams: StandardStreams,
        errors: ErrorLines,
        clock: Clock,
        settings: PlainSettings,
    ) -> None:
        self._client = client
        self._streams = streams
        self._errors = errors
        self._clock = clock
        self._settings = settings
        self._talk = settings.talk
        self._says: list[Deferred[None]] = []
        self._has_failed = self._is_over = False
        self._untold = set(client.joined_rooms)

    async def run(self) -> int:
        """Carry out the input until it ends, show what happens; return the exit status."""
        self._streams.output_closed.addCallback(lambda _: self._end())
        shown = Deferred.fromCoroutine(self._show())
        self._tell_of_other_rooms()
        if not self._settings.is_script:
            for line in MENU:
                self._streams.write(line)
        await self._work()
        await self._client.close()
        await shown
        return int(self._has_failed and self._settings.is_script)

    def _end(self) -> None:
        self._drop_input()
        self._client.close()

    def _drop_input(self) -> None:
        """Carry out nothing more; what is dropped is not done, so this run has failed."""
        self._has_failed |= self._streams.drop_input()

    # Output

    async def _show(self) -> None:
        """Write what happens, no faster than it is read."""
        async for happening in self._client.events():
            self._has_failed |= isinstance(happening, RoomLost | TurnedAway)
            self._tell_of_room(happening)
            if isinstance(happening, Said) and self._client.ignores(happening.nick):
                continue
            for line in render_happening(happening, self._client.nick):
                self._write(line)
            await self._streams.drained()
        self._drop_input()

    def _tell_of_room(self, happening: Happening) -> None:
        """Say that one is in a room before the first thing that happens there is shown."""
        room = getattr(happening, "room", None)
        if room in self._untold:
            self._untold.discard(room)
            if not (isinstance(happening, Joined) and happening.nick == self._client.nick):
                self._write(notice("You joined.", room))

    def _tell_of_other_rooms(self) -> None:
        for room in self._client.joined_rooms:
            if room in self._untold:
                self._write(notice("You joined.", room))
        self._untold.clear()

    def _write(self, line: Line) -> None:
        if self._streams.output_closed.called:
            return
        if line.kind is Kind.ERROR:
            self._errors.write(plain(line))
        else:
            self._streams.write(plain(line))

    # Input

    async def _work(self) -> None:
        while (line := await self._streams.next_line()) is not None:
            command = await self._understand(line)
            if isinstance(command, Quit):
                self._streams.drop_input()
                break
            if command is not None:
                await self._carry_out(command)
        await self._until_said()

    async def _understand(self, line: bytes | TooLong) -> Command | None:
        """Return what a line means, None if it means nothing; say what is wrong with it."""
        try:
            return understand(line, self._talk)
        except Refusal as refusal:
            await self._until_said()
            self._refused(refusal)
            return None

    async def _carry_out(self, command: Command) -> None:
        if isinstance(command, Say):
            self._says.append(self._ask(command))
            if len(self._says) >= SAYS_UNDER_WAY:
                await self._says.pop(0)
            return
        await self._until_said()
        if isinstance(command, TalkIn):
            self._start_talking(command.room)
        else:
            await self._ask(command)
        await self._streams.drained()

    async def _until_said(self) -> None:
        """Wait for the answers to all that was said."""
        says, self._says = self._says, []
        await DeferredList(says)

    def _ask(self, command: Command) -> Deferred[None]:
        nick = self._client.nick
        answered = self._client.request(command)
        return answered.addCallbacks(
            lambda answer: None if is_shown(command, nick) else self._answered(answer),
            lambda why: self._refused(why.value),
        )

    def _answered(self, answer: Answer) -> None:
        now = int(self._clock.seconds() * 1000)
        for line in render_answer(answer, self._client.nick, now):
            self._write(line)

    def _refused(self, error: BaseException | None) -> None:
        assert isinstance(error, Refusal | ClientError), error
        self._has_failed = True
        if not self._is_over:
            self._write(render_refusal(error))
        if isinstance(error, ClientClosed):
            self._is_over = True
            self._drop_input()

    def _start_talking(self, room: RoomName | None) -> None:
        """Change what plain lines mean; the server need not know."""
        if room is not None and not self._client.is_in(room):
            self._refused(NotAMember(room))
            return
        self._talk = room
        self._answered(TalkingIn(room))


def is_shown(command: Command, nick: Nick) -> bool:
    """Tell whether what `command` of `nick` does shows as something that happens."""
    return isinstance(command, SetTopic) or (isinstance(command, SetNick) and command.nick != nick)


def understand(line: bytes | TooLong, talk: RoomName | None) -> Command | None:
    """Return what a line of input means while plain lines are said in `talk`.

    Returns None for an empty line; raises a `Refusal`.
    """
    if isinstance(line, TooLong):
        raise LineTooLong(DEFAULT_LIMITS.line_bytes)
    text = decode_line(line)
    if not text.strip(" "):
        return None
    return parse_request(text) if talk is None else parse_talk_line(text, talk)
