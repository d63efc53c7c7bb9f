"""What every log keeps to about what happened in rooms beside what was said."""

from unittest import mock

from chatsvc.core.events import Happened, RoomDeleted, TopicSet, Trimmed
from chatsvc.core.happenings import Sort, Span, Spot
from chatsvc.core.names import Nick
from chatsvc.ports import Log, LogError
from tests.contracts.log.case import ANN, AT, BOB, LOBBY, NOWHERE, LogCase, said


def topic(room_id: int, text: str, at: int = AT) -> TopicSet:
    return TopicSet(LOBBY, at, ANN, text, room_id)


def kick(room_id: int, text: str = "", at: int = AT) -> Happened:
    return Happened(LOBBY, at, BOB, Sort.KICK, text, room_id, Nick("carl"))


def spots(happened: list[Happened]) -> list[tuple[int, int]]:
    return [(each.after, each.place) for each in happened]


class HappeningContract(LogCase):
    async def log_with_four(self) -> tuple[Log, int]:
        """Return a log with two messages, each between happenings."""
        log, room_id = await self.log_with_room()
        await log.append([topic(room_id, "one", AT + 1), said(room_id, at=AT + 2)])
        await log.append([kick(room_id, "noise", AT + 3), topic(room_id, "two", AT + 3)])
        await log.append([said(room_id, at=AT + 4), topic(room_id, "", AT + 5)])
        return log, room_id

    async def test_what_happened_has_a_spot_among_the_messages(self):
        log, room_id = await self.log_with_room()
        recorded = await log.append(
            [said(room_id), topic(room_id, "tea"), kick(room_id), said(room_id), kick(room_id)]
        )
        stamped = [recorded[place] for place in (1, 2, 4)]
        self.assertEqual(spots(stamped), [(1, 1), (1, 2), (2, 3)])
        self.assertEqual(stamped[1], Happened(LOBBY, AT, BOB, Sort.KICK, "", room_id, "carl", 1, 2))

    async def test_it_is_there_after_reopening_and_spots_go_on(self):
        log, room_id = await self.log_with_four()
        for _ in range(2):
            found = await log.read_happenings(LOBBY, room_id, 10)
            self.assertEqual(spots(found), [(0, 1), (1, 2), (1, 3), (2, 4)])
            self.assertEqual([each.text for each in found], ["one", "noise", "two", ""])
            self.assertEqual([each.nick for each in found], [ANN, BOB, ANN, ANN])
            self.assertEqual([each.target for each in found], ["", "carl", "", ""])
            log, _ = await self.reopened(log)
        [recorded] = await log.append([topic(room_id, "three")])
        self.assertEqual((recorded.after, recorded.place), (2, 5))

    async def test_what_is_asked_for_is_between_spots_and_times(self):
        log, room_id = await self.log_with_four()
        for span, expected in (
            (Span(before=Spot(2)), [1, 2, 3]),
            (Span(before=Spot(1, 3)), [1, 2]),
            (Span(after=Spot(1)), [2, 3, 4]),
            (Span(after=Spot(1, 2)), [3, 4]),
            (Span(after=Spot(0, 1), before=Spot(2, 4)), [2, 3]),
            (Span(since=AT + 1), [2, 3, 4]),
            (Span(until=AT + 3), [1]),
            (Span(since=AT + 1, until=AT + 5), [2, 3]),
        ):
            found = await log.read_happenings(LOBBY, room_id, 10, span)
            self.assertEqual([each.place for each in found], expected, span)

    async def test_the_newest_come_or_the_oldest(self):
        log, room_id = await self.log_with_four()
        for count, from_the_oldest, expected in (
            (2, False, [3, 4]),
            (2, True, [1, 2]),
            (0, False, []),
            (0, True, []),
        ):
            found = await log.read_happenings(LOBBY, room_id, count, Span(), from_the_oldest)
            self.assertEqual([each.place for each in found], expected)

    async def test_only_the_newest_are_kept(self):
        log, room_id = await self.log_with_room()
        for module in ("memory", "happenings"):
            patched = mock.patch(f"chatsvc.storage.{module}.HAPPENINGS_KEPT", 3)
            patched.start()
            self.addCleanup(patched.stop)
        for count in range(5):
            await log.append([topic(room_id, str(count))])
        found = await log.read_happenings(LOBBY, room_id, 10)
        self.assertEqual([each.place for each in found], [3, 4, 5])

    async def test_it_goes_with_the_message_that_it_followed(self):
        log, room_id = await self.log_with_four()
        await log.append([Trimmed(LOBBY, AT + 9, 1, room_id)])
        for _ in range(2):
            self.assertEqual(spots(await log.read_happenings(LOBBY, room_id, 10)), [(2, 4)])
            log, _ = await self.reopened(log)
        [recorded] = await log.append([kick(room_id)])
        self.assertEqual((recorded.after, recorded.place), (2, 5))

    async def test_it_does_not_come_back_where_its_message_was_trimmed_before(self):
        log, room_id = await self.log_with_four()
        await log.append([Trimmed(LOBBY, AT + 9, 2, room_id)])
        await log.append([topic(room_id, "three"), said(room_id), topic(room_id, "four")])
        for _ in range(2):
            self.assertEqual(spots(await log.read_happenings(LOBBY, room_id, 10)), [(3, 6)])
            log, _ = await self.reopened(log)

    async def test_nothing_is_left_of_a_deleted_room(self):
        log, room_id = await self.log_with_four()
        await log.append([RoomDeleted(LOBBY, AT, ANN, room_id)])
        self.assertEqual(await log.read_happenings(LOBBY, room_id, 10), [])
        await self.assertFailure(log.append([kick(room_id)]), LogError)

    async def test_nothing_happens_in_a_room_that_is_not_there(self):
        log, _ = await self.log_with_room()
        await self.assertFailure(log.append([kick(NOWHERE)]), LogError)
        self.assertEqual(await log.read_happenings(LOBBY, NOWHERE, 10), [])
