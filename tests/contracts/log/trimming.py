"""What every log keeps to about trimmed messages, and about how old messages are."""

from chatsvc.core.events import RoomDeleted, Trimmed
from chatsvc.ports import Log, LogError, Missing
from tests.contracts.log.case import (
    ANN,
    AT,
    LOBBY,
    NOWHERE,
    LogCase,
    edited,
    numbers,
    redacted,
    said,
)


def trimmed(room_id: int, number: int) -> Trimmed:
    return Trimmed(LOBBY, AT + 20, number, room_id)


class TrimmingContract(LogCase):
    async def log_with_six(self) -> tuple[Log, int]:
        log, room_id = await self.log_with_room()
        messages = [said(room_id, f"tea {n}", client_id=f"c{n}", at=AT + n) for n in range(1, 7)]
        await log.append(messages)
        return log, room_id

    async def test_trimmed_messages_are_on_no_page(self):
        log, room_id = await self.log_with_six()
        self.assertEqual(await log.append([trimmed(room_id, 4)]), [trimmed(room_id, 4)])
        for _ in range(2):
            for bounds, expected in (
                ({}, [5, 6]),
                ({"before": 6}, [5]),
                ({"before": 5}, []),
                ({"before": 3}, []),
                ({"after": 0}, [5, 6]),
                ({"after": 5}, [6]),
            ):
                page = await log.read(LOBBY, room_id, 10, **bounds)
                self.assertEqual(numbers(page), expected, bounds)
            self.assertEqual(numbers(await log.read(LOBBY, room_id, 1, after=2)), [5])
            log, [room] = await self.reopened(log)
            self.assertEqual((room.gone, room.last, room.last_at), (4, 6, AT + 6))

    async def test_trimmed_messages_are_not_found(self):
        log, room_id = await self.log_with_six()
        await log.append([trimmed(room_id, 4)])
        for _ in range(2):
            found = await log.search(LOBBY, room_id, "tea", 10)
            self.assertEqual(numbers(found), [5, 6])
            self.assertEqual(await log.search(LOBBY, room_id, "4", 10), [])
            log, _ = await self.reopened(log)

    async def test_numbers_go_on_when_all_are_trimmed(self):
        log, room_id = await self.log_with_six()
        await log.append([trimmed(room_id, 6)])
        for _ in range(2):
            log, [room] = await self.reopened(log)
            self.assertEqual((room.gone, room.last, room.last_at), (6, 6, AT + 6))
        self.assertEqual(await log.read(LOBBY, room_id, 10), [])
        self.assertEqual(numbers(await log.append([said(room_id, "tea")])), [7])
        self.assertEqual(numbers(await log.read(LOBBY, room_id, 10)), [7])
        self.assertEqual(numbers(await log.search(LOBBY, room_id, "tea", 10)), [7])

    async def test_no_more_is_trimmed_than_was_there(self):
        log, room_id = await self.log_with_six()
        batch = [said(room_id), trimmed(room_id, 99)]
        self.assertEqual((await log.append(batch))[1], trimmed(room_id, 6))
        self.assertEqual(numbers(await log.read(LOBBY, room_id, 10)), [7])

    async def test_less_than_before_trims_nothing(self):
        log, room_id = await self.log_with_six()
        await log.append([trimmed(room_id, 4)])
        await log.append([trimmed(room_id, 2), trimmed(room_id, -1)])
        self.assertEqual(numbers(await log.read(LOBBY, room_id, 10)), [5, 6])
        _, [room] = await self.reopened(log)
        self.assertEqual(room.gone, 4)

    async def test_trimmed_message_is_not_changed(self):
        log, room_id = await self.log_with_six()
        batch = [edited(room_id, 4, "x"), trimmed(room_id, 4), redacted(room_id, 4)]
        self.assertEqual((await log.append(batch))[2], Missing(4))
        later = [redacted(room_id, 1), edited(room_id, 4, "y"), edited(room_id, 5, "z")]
        self.assertEqual((await log.append(later))[:2], [Missing(1), Missing(4)])
        self.assertEqual([each.text for each in await log.read(LOBBY, room_id, 9)], ["z", "tea 6"])

    async def test_trimming_is_part_of_its_batch(self):
        log, room_id = await self.log_with_six()
        await self.assertFailure(log.append([trimmed(room_id, 4), said(NOWHERE)]), LogError)
        await self.assertFailure(log.append([trimmed(NOWHERE, 1)]), LogError)
        self.assertEqual(len(await log.read(LOBBY, room_id, 10)), 6)

    async def test_room_that_is_deleted_after_it_was_trimmed(self):
        log, room_id = await self.log_with_six()
        await log.append([trimmed(room_id, 4), RoomDeleted(LOBBY, AT, ANN, room_id)])
        self.assertEqual(await log.read(LOBBY, room_id, 10), [])
        log, rooms = await self.reopened(log)
        self.assertEqual(rooms, ())

    async def test_number_of_the_newest_message_before_a_time(self):
        log, room_id = await self.log_with_six()
        for _ in range(2):
            for at, expected in ((0, 0), (AT + 1, 0), (AT + 2, 1), (AT + 6, 5), (AT + 99, 6)):
                self.assertEqual(await log.older_than(room_id, at), expected)
            self.assertEqual(await log.older_than(NOWHERE, AT), 0)
            log, _ = await self.reopened(log)
        await log.append([said(room_id, at=AT + 8), said(room_id, at=AT + 8)])
        found = [await log.older_than(room_id, AT + n) for n in (1, 5, 8, 9)]
        self.assertEqual(found, [0, 4, 6, 8])

    async def test_trimmed_messages_are_not_older_than_anything(self):
        log, room_id = await self.log_with_six()
        await log.append([trimmed(room_id, 4)])
        for _ in range(2):
            found = [await log.older_than(room_id, AT + n) for n in (3, 5, 6)]
            self.assertEqual(found, [0, 0, 5])
            log, _ = await self.reopened(log)
        await self.say(log, room_id, "more")
