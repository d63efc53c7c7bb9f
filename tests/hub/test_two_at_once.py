"""Two requests of two people in one commit: whatever they are, the log and the state agree."""

from collections.abc import Iterable, Iterator

from twisted.trial.unittest import TestCase

from chatsvc.core.commands import (
    ChangeMetadata,
    ChangeRoomMetadata,
    Command,
    CreateRoom,
    DeleteRoom,
    JoinRoom,
    Kick,
    LeaveRoom,
    RegisterAccount,
    RemoveAccount,
    RenameRoom,
    Say,
    SetNick,
    SetRole,
    SetTopic,
)
from chatsvc.core.manager import RoomManager
from chatsvc.core.names import Nick, RoomName, nick_key, room_key
from chatsvc.core.roles import Role
from chatsvc.hub import Hub, HubOptions
from chatsvc.testing import FakeConnection, FaultyLog, TurnClock
from tests.contracts.log.lasting import snapshot

OLD, NEW, OTHER = RoomName("old"), RoomName("new"), RoomName("other")
ANN, BOB, CEM = Nick("ann"), Nick("bob"), Nick("cem")

ANNS: tuple[Command, ...] = (
    RenameRoom(OLD, NEW),
    RenameRoom(OLD, RoomName("OLD")),
    RenameRoom(OTHER, NEW),
    DeleteRoom(OLD),
    ChangeRoomMetadata(OLD, (("a", "ann"), ("b", "ann"))),
    ChangeMetadata(ANN, (("a", "x"),)),
    Kick(OLD, BOB),
    Kick(OLD, CEM),
    SetTopic(OLD, "tea"),
    RemoveAccount(),
)
"""What the owner of a room asks."""

BOBS: tuple[Command, ...] = (
    CreateRoom(NEW),
    LeaveRoom(OLD),
    RenameRoom(OLD, NEW),
    RenameRoom(OLD, RoomName("third")),
    DeleteRoom(OLD),
    ChangeRoomMetadata(OLD, (("a", "bob"), ("c", "bob"))),
    ChangeMetadata(BOB, (("a", "y"),)),
    Kick(OLD, CEM),
    SetTopic(OLD, "cake"),
    RemoveAccount(),
    Say(OLD, "hi"),
)
"""What another owner of it asks."""

CEMS: tuple[Command, ...] = (
    JoinRoom(NEW),
    JoinRoom(OLD),
    SetNick(Nick("new")),
    RegisterAccount("$hash"),
    Say(OLD, "hi"),
)
"""What a guest asks who is in the room."""


class World:
    """A server with two owners, a guest, and two rooms; the log is slow from now on."""

    def __init__(self, case: TestCase) -> None:
        self.clock, self.log = TurnClock(), FaultyLog()
        self.hub = Hub(self.log, self.clock, HubOptions(), lambda: 1000 + self.clock.seconds())
        self.hub.startService()
        self.people = {nick: FakeConnection(self.hub) for nick in (ANN, BOB, CEM)}
        for nick, connection in self.people.items():
            connection.ask(SetNick(nick))
            if nick != CEM:
                connection.ask(RegisterAccount("$hash"))
            if nick == ANN:
                connection.ask(CreateRoom(OLD), CreateRoom(OTHER), JoinRoom(OTHER))
            connection.ask(JoinRoom(OLD))
            self.clock.settle()
        self.people[ANN].ask(SetRole(OLD, BOB, Role.OWNER))
        self.clock.settle()
        room = self.hub.manager.state.rooms[room_key(OLD)]
        case.assertEqual([room.roles[nick_key(nick)] for nick in (ANN, BOB)], [Role.OWNER] * 2)
        self.log.hold()

    def ask(self, asked: Iterable[tuple[Nick, Command]]) -> None:
        """Let people ask something while the log is slow, and then not any more."""
        for nick, command in asked:
            self.people[nick].ask(command)
        self.clock.settle()
        self.log.release()
        self.clock.settle()

    def check(self, case: TestCase, asked: object) -> None:
        """Compare what knows of rooms with each other and with the log."""
        state = self.hub.manager.state
        case.assertEqual(snapshot(self.hub.manager), self.stored(), asked)
        case.assertEqual([room.key for room in state.rooms.values()], list(state.rooms), asked)
        for kept in state.memberships.values():
            case.assertEqual({key: state.rooms[key] for key in kept}.keys(), kept.keys(), asked)
        case.assertEqual(len(state.changing), 0)
        for connection in self.people.values():
            rooms = connection.subscriber.session.rooms
            case.assertEqual({key: state.rooms[key] for key in rooms}, rooms, asked)
            case.assertEqual(connection.subscriber.hears, rooms.keys(), asked)
            codes = [getattr(got, "code", "") for got in connection.take()]
            case.assertNotIn("internal", codes, asked)

    def stored(self) -> object:
        """Return what a start would find."""
        manager = RoomManager()
        manager.load(self.log.log.open())
        return snapshot(manager)


class TwoAtOnceTests(TestCase):
    def test_state_and_log_agree_after_any_two(self) -> None:
        for asked in pairs():
            for in_order in (asked, asked[::-1]):
                world = World(self)
                world.ask(in_order)
                world.check(self, in_order)

    def test_nothing_is_left_of_two_that_the_log_does_not_take(self) -> None:
        for asked in pairs():
            world = World(self)
            before = snapshot(world.hub.manager)
            world.log.fail_next()
            world.log.fail_next()
            world.ask(asked)
            world.check(self, asked)
            self.assertEqual(snapshot(world.hub.manager), before, asked)


def pairs() -> Iterator[tuple[tuple[Nick, Command], ...]]:
    """Return any two requests."""
    for first in ANNS:
        for who, asked in ((BOB, BOBS), (CEM, CEMS)):
            for second in asked:
                yield (ANN, first), (who, second)
