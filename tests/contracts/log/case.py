"""What the suites of a log share: how one is opened, and short ways to make events."""

from collections.abc import Sequence

from chatsvc.core.events import (
    Edited,
    Redacted,
    RoomCreated,
    Said,
)
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.room import Stored, StoredRoom
from chatsvc.ports import Log

LOBBY = RoomName("lobby")
GARDEN = RoomName("garden")
ANN = Nick("ann")
BOB = Nick("bob")
NOWHERE = 4711
AT = 1_795_168_800_123


def created(room: str = LOBBY, owner: Nick | None = ANN, kept: bool = True) -> RoomCreated:
    return RoomCreated(RoomName(room), AT, owner, kept)


def said(
    room_id: int, text: str = "hi", nick: str = ANN, client_id: str = "", at: int = AT
) -> Said:
    return Said(LOBBY, 0, at, Nick(nick), text, client_id, room_id)


def redacted(room_id: int, number: int, nick: str = ANN, at: int = AT + 9) -> Redacted:
    return Redacted(LOBBY, number, at, Nick(nick), room_id)


def edited(room_id: int, number: int, text: str, nick: str = ANN, at: int = AT + 8) -> Edited:
    return Edited(LOBBY, number, at, Nick(nick), text, room_id)


def numbers(messages: Sequence[Said]) -> list[int]:
    return [message.number for message in messages]


def texts(messages: Sequence[Said]) -> list[str]:
    return [message.text for message in messages]


class LogCase:
    """Open logs over the data of one test, and close them at its end; mix it into a TestCase."""

    def make_log(self) -> Log:
        """Return a new log, not open, over the same data at every call of one test."""
        raise NotImplementedError

    def opened(self) -> tuple[Log, tuple[StoredRoom, ...]]:
        log, stored = self.opened_whole()
        return log, stored.rooms

    def opened_whole(self) -> tuple[Log, Stored]:
        log = self.make_log()
        stored = log.open()
        self.addCleanup(log.close)
        return log, stored

    async def reopened(self, log: Log) -> tuple[Log, tuple[StoredRoom, ...]]:
        await log.close()
        return self.opened()

    async def room_in(self, log: Log, name: str = LOBBY) -> int:
        [room] = await log.append([created(name)])
        return room.room_id

    async def log_with_room(self) -> tuple[Log, int]:
        log, _ = self.opened()
        return log, await self.room_in(log)

    async def say(self, log: Log, room_id: int, *words: str) -> None:
        await log.append([said(room_id, text) for text in words])
