"""What every log keeps to about pages, and about opening and closing."""

from twisted.internet.defer import gatherResults

from chatsvc.core.events import (
    RoomDeleted,
)
from chatsvc.core.names import RoomName
from chatsvc.ports import LogError
from tests.contracts.log.case import (
    ANN,
    AT,
    GARDEN,
    LOBBY,
    NOWHERE,
    LogCase,
    created,
    numbers,
    said,
    texts,
)


class PageContract(LogCase):
    # Pages

    async def test_page_of_the_newest_is_oldest_first(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, *"abcdef")
        self.assertEqual(numbers(await log.read(LOBBY, room_id, 2)), [5, 6])
        self.assertEqual(numbers(await log.read(LOBBY, room_id, 100)), [1, 2, 3, 4, 5, 6])

    async def test_pages_before_and_after_a_number_and_their_edges(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, *"abcdef")
        for bounds, expected in (
            ({"before": 4}, [2, 3]),
            ({"before": 2}, [1]),
            ({"before": 1}, []),
            ({"before": 0}, []),
            ({"before": 7}, [5, 6]),
            ({"before": 10**15}, [5, 6]),
            ({"after": 0}, [1, 2]),
            ({"after": 4}, [5, 6]),
            ({"after": 5}, [6]),
            ({"after": 6}, []),
            ({"after": 10**15}, []),
        ):
            page = await log.read(LOBBY, room_id, 2, **bounds)
            self.assertEqual(numbers(page), expected, bounds)

    async def test_pages_join_what_was_said_before_and_after_reopening(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, *"abcdef")
        log, _ = await self.reopened(log)
        await self.say(log, room_id, "g", "h")
        for bounds, expected in (
            ({}, [5, 6, 7, 8]),
            ({"before": 8}, [4, 5, 6, 7]),
            ({"before": 5}, [1, 2, 3, 4]),
            ({"after": 3}, [4, 5, 6, 7]),
            ({"after": 6}, [7, 8]),
        ):
            page = await log.read(LOBBY, room_id, 4, **bounds)
            self.assertEqual(numbers(page), expected, bounds)
        self.assertEqual("".join(texts(await log.read(LOBBY, room_id, 100))), "abcdefgh")

    async def test_room_that_is_deleted_while_it_is_read(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, *"abc")
        log, _ = await self.reopened(log)
        await self.say(log, room_id, "d")
        read = log.read(LOBBY, room_id, 100)
        await log.append([RoomDeleted(LOBBY, AT, ANN, room_id)])
        self.assertIn(numbers(await read), ([], [1, 2, 3, 4]), "all of it or nothing")

    async def test_page_of_nothing(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, "a")
        self.assertEqual(await log.read(LOBBY, room_id, 0), [])
        self.assertEqual(await log.read(LOBBY, NOWHERE, 10), [])

    async def test_pages_hold_one_room_only(self):
        log, lobby = await self.log_with_room()
        garden = await self.room_in(log, GARDEN)
        await log.append([said(lobby, "a"), said(garden, "b"), said(lobby, "c")])
        self.assertEqual(texts(await log.read(LOBBY, lobby, 10)), ["a", "c"])
        self.assertEqual(texts(await log.read(GARDEN, garden, 10)), ["b"])

    async def test_messages_carry_the_name_that_was_asked_for(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, "a")
        name = RoomName("LOBBY")
        [read] = await log.read(name, room_id, 1)
        [found] = await log.search(name, room_id, "a", 1)
        self.assertEqual((read.room, found.room), (name, name))

    async def test_reads_see_what_was_appended_before_them(self):
        log, room_id = await self.log_with_room()
        for number in range(1, 30):
            await self.say(log, room_id, str(number))
            [newest] = await log.read(LOBBY, room_id, 1)
            self.assertEqual(newest.number, number)

    async def test_many_reads_at_once_are_all_answered(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, *map(str, range(100)))
        pages = await gatherResults([log.read(LOBBY, room_id, 10, after=n) for n in range(90)])
        self.assertEqual([page[0].number for page in pages], list(range(1, 91)))

    # Opening and closing

    async def test_closed_log_fails_everything(self):
        log, room_id = await self.log_with_room()
        await log.close()
        await self.assertFailure(log.append([said(room_id)]), LogError)
        await self.assertFailure(log.read(LOBBY, room_id, 1), LogError)
        await self.assertFailure(log.search(LOBBY, room_id, "a", 1), LogError)

    async def test_log_that_was_never_opened_fails_everything(self):
        log = self.make_log()
        await self.assertFailure(log.append([created()]), LogError)
        await self.assertFailure(log.read(LOBBY, 1, 1), LogError)
        await log.close()

    async def test_closing_twice_is_fine(self):
        log, _ = self.opened()
        await gatherResults([log.close(), log.close()])
        await log.close()

    async def test_closing_finishes_what_is_under_way(self):
        log, room_id = await self.log_with_room()
        appended = log.append([said(room_id, "tea")])
        read = log.read(LOBBY, room_id, 1)
        await log.close()
        self.assertEqual(numbers(self.successResultOf(appended)), [1])
        outcome = []
        read.addErrback(lambda failure: failure.trap(LogError)).addCallback(outcome.append)
        self.assertEqual(len(outcome), 1, "a read that was not begun may fail, but not hang")
        _, [room] = self.opened()
        self.assertEqual(room.last, 1)
