"""A hub whose rooms are set, trimmed, and rid of members, by a test: no command is needed."""

from collections.abc import Iterable

from chatsvc.core.commands import CreateRoom, JoinRoom, Ping, ReadHistory, Register, Say, SearchRoom
from chatsvc.core.events import Event, Kicked, MembershipEnded, RoomSet, Said, Trimmed
from chatsvc.core.kinds import Edit as Setting
from chatsvc.core.kinds import parse_setting
from chatsvc.core.names import Nick, RoomName, room_key
from chatsvc.core.replies import History, SearchResult
from chatsvc.core.room import Room
from chatsvc.testing import FakeConnection, FakeIdentity, FakeRoomPasswords
from tests.hub.test_hub import HubTestCase

DEN = RoomName("den")


class ReadingTestCase(HubTestCase):
    """Has a room, the den, that the account ann has made and is in."""

    def setUp(self) -> None:
        super().setUp()
        self.hub.use_identity(FakeIdentity(self.hub.manager.state.accounts), FakeRoomPasswords())
        self.ann = self.account("ann")
        self.ann.ask(CreateRoom(DEN), JoinRoom(DEN))
        self.took(self.ann)

    def account(self, nick: str, *rooms: str) -> FakeConnection:
        """Return a client with an account that is in `rooms`."""
        client = self.client(nick)
        client.ask(Register("secret"), *(JoinRoom(RoomName(room)) for room in rooms))
        self.took(client)
        return client

    @property
    def room(self) -> Room:
        return self.hub.manager.state.rooms[room_key(DEN)]

    def say(self, count: int) -> None:
        """Have ann say so many messages; all hold the word tea."""
        for _ in range(count):
            self.ann.ask(Say(DEN, f"tea {self.room.last}"))
            self.clock.settle()

    def set(self, key: str, value: str) -> None:
        """Have a setting of the den changed."""
        setting = parse_setting(key, value)
        assert isinstance(setting, Setting)
        kind = setting.applied(self.room.kind, self.room.last)
        self.happens(RoomSet(DEN, 0, Nick("ann"), kind, self.room.room_id))

    def kick(self, client: FakeConnection) -> None:
        """Have somebody put out of the den."""
        session = client.subscriber.session
        nick = session.nick
        assert nick is not None
        ended = MembershipEnded(nick, DEN, 0, self.room.room_id, self.room.last)
        kicked = Kicked(DEN, nick, Nick("ann"))
        self.happens(*((kicked,) if session.account is None else (ended, kicked)))
        assert session.person is not None
        for session_id in session.person.sessions:
            self.hub._delivery.attune(session_id)

    def trim(self, number: int) -> None:
        """Have the messages up to a number trimmed."""
        self.happens(Trimmed(DEN, 0, number, self.room.room_id))

    def happens(self, *events: Event) -> None:
        """Conclude events as if the log had recorded them."""
        self.hub._conclusion.conclude(None, Ping(), events)

    def history(self, client: FakeConnection, count: int, **bounds: int) -> list[int] | str:
        """Return the numbers that `history` answers with, or the code of its refusal."""
        return self.answer(client, ReadHistory(DEN, count, **bounds))

    def search(self, client: FakeConnection) -> list[int] | str:
        """Return the numbers that a search for tea finds, or the code of its refusal."""
        return self.answer(client, SearchRoom(DEN, "tea"))

    def answer(self, client: FakeConnection, *commands: object) -> list[int] | str:
        """Return the numbers in an answer, or the code of a refusal."""
        client.ask(*commands)
        answers = [each for each in self.took(client) if not isinstance(each, Said)]
        return shown(answers[-1])


def shown(answer: object) -> list[int] | str:
    """Return the numbers in an answer, or the code of a refusal."""
    if isinstance(answer, History | SearchResult):
        return numbers(answer.messages)
    return answer.code


def numbers(things: Iterable[object]) -> list[int]:
    """Return the numbers of the messages among what somebody got."""
    return [each.number for each in things if isinstance(each, Said)]
