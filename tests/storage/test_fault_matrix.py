"""A fault at every step of the log's life: what was acknowledged stays, nothing else comes.

One life of a log is played again and again, and each time another one of its writes
fails: before it was done or after, once or until the third attempt, with an error that
leaves nothing behind or one that leaves doubt. The log may only say no.
"""

import sqlite3
from collections.abc import Callable, Iterator

import attrs
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.events import (
    AccountDropped,
    Audited,
    Happened,
    Invited,
    MembershipEnded,
    MetadataSet,
    OperatorSet,
    PasswordSet,
    PositionsNoted,
    RoleSet,
    RoomCreated,
    RoomDeleted,
    RoomMetadataSet,
    RoomRenamed,
    RoomSet,
    SanctionLaid,
    SanctionLifted,
    ServerBanLaid,
    ServerBanLifted,
    ServerSet,
    TopicSet,
    Trimmed,
)
from chatsvc.core.happenings import Sort
from chatsvc.core.invitations import Invitation
from chatsvc.core.kinds import Kind
from chatsvc.core.manager import RoomManager
from chatsvc.core.masks import parse_mask
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.roles import Role
from chatsvc.core.sanctions import Means, Sanction
from chatsvc.ports import LogError, LogUncertain, Recorded
from chatsvc.storage.folder import make_folder, prepare_database
from chatsvc.storage.recent import Recent
from chatsvc.storage.verify import verify
from chatsvc.storage.writer import Writer
from tests.contracts.accounts import kept, registered
from tests.contracts.log import ANN, AT, BOB, GARDEN, LOBBY, created, edited, redacted, said
from tests.contracts.log.lasting import snapshot
from tests.storage.faults import Faults, disk_error
from tests.storage.folders import temporary_folder

Strike = Callable[[int, str], sqlite3.Error | None]
"""Asked for the number of a write and the moment; returns the error it fails with."""


class Life:
    """One life of a log; `acknowledged` is what a hub would know."""

    def __init__(self, case: SynchronousTestCase, strike: Strike) -> None:
        folder = temporary_folder(case, in_memory=True)
        make_folder(folder)
        self.path = prepare_database(folder)
        self.faults = Faults()
        self.writes = 0
        self.strike = strike
        self.case = case
        self.acknowledged: dict[int, list[str]] = {}
        self.state = RoomManager()
        self.names: dict[int, str] = {}
        self.happened: list[tuple[int, int, int]] = []
        self.writer = self.open()

    def open(self) -> Writer:
        self.faults.script = lambda moment, sql: None
        writer = Writer(self.path, self.faults.factory)
        stored = writer.open()
        found = {room.room_id: room for room in stored.rooms}
        self.case.addCleanup(writer.close)
        self.case.assertEqual(found.keys(), self.acknowledged.keys())
        for room_id, room in found.items():
            self.case.assertEqual(room.last, len(self.acknowledged[room_id]))
        loaded = RoomManager()
        loaded.load(stored)
        self.case.assertEqual(snapshot(loaded), snapshot(self.state))
        moved = writer.waiting
        self.recent = Recent(
            found.values(), [entry.messages for entry in moved.entries], lambda: moved.moved
        )
        self.faults.script = self.count
        return writer

    def count(self, moment: str, sql: str) -> sqlite3.Error | None:
        self.writes += moment == "before"
        return self.strike(self.writes, moment)

    def append(self, *events) -> list[Recorded] | None:
        """Append until it succeeds; a hub that is told no has its people say it again."""
        for _ in range(10):
            try:
                recorded = self.writer.append(events)
            except LogError:
                continue
            self.recent.note(recorded)
            for event in recorded:
                self.names |= {event.room_id: event.room} if isinstance(event, RoomCreated) else {}
                self.state.apply(self.named(event))
                if isinstance(event, TopicSet | Happened):
                    self.happened.append((event.room_id, event.after, event.place))
                self.names |= {event.room_id: event.new} if isinstance(event, RoomRenamed) else {}
            return recorded
        raise AssertionError("it never works again")

    def named(self, event):
        """Return an event with the name of the room whose id it has, as a hub writes it."""
        room = self.names.get(getattr(event, "room_id", None))
        return event if room is None else attrs.evolve(event, room=room)

    def say(self, room_id: int, *words: str, client_id: str = "") -> None:
        for message in self.append(*(said(room_id, text, client_id=client_id) for text in words)):
            self.acknowledged[room_id].append(message.text)
            self.case.assertEqual(message.number, len(self.acknowledged[room_id]))
        page = self.recent.page(LOBBY, room_id, 100, None, None)
        self.case.assertEqual([said.number for said in page.newer][-1:], [message.number])

    def edit(self, room_id: int, number: int, text: str) -> None:
        """Give a message another text; an empty one takes it back."""
        change = edited(room_id, number, text) if text else redacted(room_id, number)
        self.case.assertEqual(self.append(change), [change])
        self.acknowledged[room_id][number - 1] = text

    def make(self, name: str) -> int:
        [room] = self.append(created(name))
        self.case.assertNotIn(room.room_id, self.acknowledged)
        self.acknowledged[room.room_id] = []
        return room.room_id

    def live(self) -> None:
        """Do everything that a log does."""
        lobby, garden = self.make(LOBBY), self.make(GARDEN)
        self.say(lobby, "one")
        self.say(garden, "one", "two")
        self.writer.rest()
        self.say(lobby, "two", client_id="c")
        self.append(TopicSet(LOBBY, AT, ANN, "tea", lobby), said(lobby, "three"))
        self.acknowledged[lobby].append("three")
        self.edit(lobby, 3, "drei")
        self.edit(lobby, 1, "")
        self.writer.rest()
        self.append(registered(), kept(lobby), kept(garden))
        self.say(garden, "three")
        self.edit(garden, 3, "")
        self.set_all(lobby, garden)
        self.append(RoomDeleted(GARDEN, AT, ANN, garden))
        del self.acknowledged[garden]
        self.append(PasswordSet(ANN, AT, "$two"), PositionsNoted(ANN, ((lobby, 3),)))
        self.say(lobby, "four")
        self.edit(lobby, 4, "")
        self.edit(lobby, 2, "zwei")
        self.writer.rest()
        self.writer.rest()
        self.writer.rest()
        self.append(Trimmed(LOBBY, AT, 2, lobby))
        self.say(lobby, "five")
        self.writer.rest()
        self.writer.close()

    def set_all(self, lobby: int, garden: int) -> None:
        """Let everything happen to rooms and the server that may."""
        mask = parse_mask("~bob")
        ban = Sanction(mask, ANN, AT)
        invitation = Invitation(mask, ANN, AT)
        self.told(registered(BOB), registered(Nick("cem")), Invited(LOBBY, invitation, lobby))
        self.told(kept(lobby, BOB), MembershipEnded(ANN, LOBBY, AT, lobby))
        self.told(
            RoomSet(LOBBY, AT, ANN, Kind(listed=False), lobby),
            RoleSet(LOBBY, AT, ANN, BOB, Role.OWNER, lobby),
            SanctionLaid(LOBBY, Means.BAN, ban, lobby),
            Invited(LOBBY, invitation, lobby),
        )
        self.told(kept(lobby), MembershipEnded(ANN, LOBBY, AT, garden))
        self.told(ServerSet(AT, ANN, False, True), ServerBanLaid(ban))
        self.told(OperatorSet(ANN, AT, None, True), Audited(AT, ANN, "ban"))
        self.told(AccountDropped(BOB, AT), ServerBanLifted(AT, ANN, mask))
        self.told(SanctionLifted(LOBBY, AT, ANN, Means.BAN, mask, lobby), Audited(AT, ANN, "x"))
        self.told(MembershipEnded(ANN, LOBBY, AT, lobby), kept(lobby, position=2))
        self.told(MetadataSet(Nick("cem"), AT, (("a", "x"), ("b", "y"))))
        self.told(
            RoomMetadataSet(LOBBY, AT, ANN, (("a", "x"),), lobby),
            MetadataSet(ANN, AT, (("a", "x"),)),
        )
        self.told(RoomMetadataSet(LOBBY, AT, ANN, (("a", None), ("b", "z")), lobby))
        self.told(
            RoomMetadataSet(GARDEN, AT, ANN, (("c", "z"),), garden),
            Happened(LOBBY, AT, ANN, Sort.KICK, "", lobby, BOB),
            TopicSet(LOBBY, AT, ANN, "cake", lobby),
        )
        self.told(AccountDropped(Nick("cem"), AT))
        self.told(RoomRenamed(GARDEN, AT, ANN, RoomName("park"), garden))

    def told(self, *events) -> None:
        """Append events that change more than messages; `append` notes what becomes of it."""
        recorded = self.append(*events)
        self.case.assertEqual(len(recorded), len(events))

    def look(self) -> None:
        """Compare what is in the log with what was acknowledged."""
        connection = sqlite3.connect(self.path)
        report = verify(connection)
        connection.close()
        self.case.assertTrue(report.is_sound, report)
        self.writer = self.open()
        self.faults.script = lambda moment, sql: None
        while self.writer.rest() is not None:
            pass
        connection = sqlite3.connect(self.path)
        rows = connection.execute("SELECT id >> 34, text FROM messages ORDER BY id").fetchall()
        happened = connection.execute("SELECT room_id, after_number, place FROM happenings")
        left = [spot for spot in self.happened if spot[1] > self.state.state.rooms[LOBBY].gone]
        self.case.assertEqual(happened.fetchall(), left)
        connection.close()
        rooms = self.state.state.rooms.values()
        found = {room.room_id: self.acknowledged[room.room_id][: room.gone] for room in rooms}
        for room_id, text in rows:
            found[room_id].append(text)
        self.case.assertEqual(found, self.acknowledged)


class FaultMatrixTests(SynchronousTestCase):
    def faults(self, writes: int) -> Iterator[Strike]:
        """Return a fault for each write; the kinds of faults take turns."""
        kinds = [
            (moment, error, times)
            for times in (1, 3)
            for moment, error in (
                ("before", "SQLITE_IOERR_FSYNC"),
                ("after", "SQLITE_IOERR_FSYNC"),
                ("before", "SQLITE_FULL"),
            )
        ]
        for write in range(1, writes + 1):
            yield _strike(write, *kinds[write % len(kinds)])

    def test_a_fault_at_every_write(self):
        whole = Life(self, lambda number, moment: None)
        whole.live()
        self.assertGreater(whole.writes, 30)
        for strike in self.faults(whole.writes):
            life = Life(self, strike)
            life.live()
            life.look()
            life.writer.close()

    def test_doubt_is_told_only_where_there_is_some(self):
        for error, expected in (("SQLITE_FULL", LogError), ("SQLITE_IOERR_FSYNC", LogUncertain)):
            life = Life(self, lambda number, moment: None)
            lobby = life.make(LOBBY)
            life.strike = lambda number, moment, error=error: disk_error(error)
            caught = self.assertRaises(LogError, life.writer.append, [said(lobby)])
            self.assertIs(type(caught), expected)


def _strike(first: int, moment: str, error: str, times: int) -> Strike:
    left = [disk_error(error) for _ in range(times)]

    def strike(number: int, now: str) -> sqlite3.Error | None:
        return left.pop() if number >= first and now == moment and left else None

    return strike
