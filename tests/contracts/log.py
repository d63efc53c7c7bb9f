"""What every `ports.Log` keeps to. Mix `LogContract` into a TestCase and say how to make one.

The tests of searching are a suite of their own, `SearchContract`: a log that fills
an index behind the messages runs them twice, before and after.
"""

from collections.abc import Sequence

from twisted.internet.defer import gatherResults

from chatsvc.core.events import (
    Edited,
    Redacted,
    RoomCreated,
    RoomDeleted,
    Said,
    TopicSet,
    WelcomeSet,
)
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.room import Stored, StoredRoom
from chatsvc.ports import Log, LogError, Missing, Repeated

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


class LogContract(LogCase):
    # Rooms

    def test_new_log_has_no_rooms(self):
        _, rooms = self.opened()
        self.assertEqual(rooms, ())

    async def test_room_gets_an_id_of_its_own(self):
        log, _ = self.opened()
        first, second = await log.append([created(LOBBY), created(GARDEN)])
        self.assertGreater(first.room_id, 0)
        self.assertNotEqual(first.room_id, second.room_id)
        self.assertEqual(first, RoomCreated(LOBBY, AT, ANN, True, first.room_id))

    async def test_rooms_are_there_after_reopening(self):
        log, _ = self.opened()
        events = [created(LOBBY), created(GARDEN, owner=None, kept=False)]
        lobby, garden = await log.append(events)
        _, rooms = await self.reopened(log)
        expected = {
            StoredRoom(lobby.room_id, LOBBY, AT, ANN, True),
            StoredRoom(garden.room_id, GARDEN, AT, None, False),
        }
        self.assertEqual(set(rooms), expected)

    async def test_topic_and_welcome_are_there_after_reopening(self):
        log, room_id = await self.log_with_room()
        topic = TopicSet(LOBBY, AT + 1, BOB, "tea", room_id)
        welcome = WelcomeSet(LOBBY, AT + 2, ANN, "come in", room_id)
        self.assertEqual(await log.append([topic, welcome]), [topic, welcome])
        _, [room] = await self.reopened(log)
        self.assertEqual((room.topic, room.topic_nick, room.topic_at), ("tea", BOB, AT + 1))
        self.assertEqual(room.welcome, "come in")

    async def test_empty_topic_clears_it_and_is_remembered(self):
        log, room_id = await self.log_with_room()
        await log.append([TopicSet(LOBBY, AT, BOB, "tea", room_id)])
        await log.append([TopicSet(LOBBY, AT + 1, ANN, "", room_id)])
        _, [room] = await self.reopened(log)
        self.assertEqual((room.topic, room.topic_nick, room.topic_at), ("", ANN, AT + 1))

    async def test_last_number_and_its_time_are_there_after_reopening(self):
        log, room_id = await self.log_with_room()
        await log.append([said(room_id, at=AT + 5), said(room_id, at=AT + 7)])
        _, [room] = await self.reopened(log)
        self.assertEqual((room.last, room.last_at), (2, AT + 7))

    # Numbers

    async def test_messages_are_numbered_from_one_in_each_room(self):
        log, _ = self.opened()
        lobby, garden = await self.room_in(log, LOBBY), await self.room_in(log, GARDEN)
        recorded = await log.append([said(lobby), said(garden), said(lobby)])
        self.assertEqual(numbers(recorded), [1, 1, 2])
        self.assertEqual(numbers(await log.append([said(lobby)])), [3])

    async def test_message_comes_back_with_nothing_but_its_number_changed(self):
        log, room_id = await self.log_with_room()
        message = Said(LOBBY, 0, AT, Nick("Änn"), "hi 🎉 all", "c-1", room_id)
        self.assertEqual(await log.append([message]), [message.numbered(1)])
        self.assertEqual(await log.read(LOBBY, room_id, 10), [message.numbered(1)])

    async def test_numbers_go_on_after_reopening(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, "one", "two")
        log, _ = await self.reopened(log)
        self.assertEqual(numbers(await log.append([said(room_id)])), [3])

    async def test_large_batch_is_numbered_in_its_order(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, *(f"text {number}" for number in range(1, 1001)))
        messages = await log.read(LOBBY, room_id, 2000)
        self.assertEqual(numbers(messages), list(range(1, 1001)))
        self.assertEqual(messages[-1].text, "text 1000")

    async def test_nothing_to_append_is_fine(self):
        log, _ = self.opened()
        self.assertEqual(await log.append([]), [])

    # All or nothing

    async def test_failed_batch_leaves_no_message_and_no_hole(self):
        log, room_id = await self.log_with_room()
        await self.assertFailure(log.append([said(room_id), said(NOWHERE)]), LogError)
        self.assertEqual(await log.read(LOBBY, room_id, 10), [])
        self.assertEqual(numbers(await log.append([said(room_id)])), [1])

    async def test_failed_batch_leaves_no_room_topic_or_deletion(self):
        log, room_id = await self.log_with_room()
        topic = TopicSet(LOBBY, AT, ANN, "tea", room_id)
        deletion = RoomDeleted(LOBBY, AT, ANN, room_id)
        batch = [created(GARDEN), topic, deletion, said(NOWHERE)]
        await self.assertFailure(log.append(batch), LogError)
        _, [room] = await self.reopened(log)
        self.assertEqual((room.room, room.topic), (LOBBY, ""))

    async def test_every_event_needs_its_room(self):
        log, _ = self.opened()
        for event in (
            said(NOWHERE),
            TopicSet(LOBBY, AT, ANN, "tea", NOWHERE),
            WelcomeSet(LOBBY, AT, ANN, "hi", NOWHERE),
            RoomDeleted(LOBBY, AT, ANN, NOWHERE),
        ):
            await self.assertFailure(log.append([event]), LogError)

    # Repetitions

    async def test_second_message_with_a_client_id_is_repeated(self):
        log, room_id = await self.log_with_room()
        await log.append([said(room_id, "first", client_id="c")])
        recorded = await log.append([said(room_id, "second", client_id="c"), said(room_id)])
        self.assertEqual(recorded[0], Repeated(1))
        self.assertEqual(recorded[1].number, 2)
        self.assertEqual(texts(await log.read(LOBBY, room_id, 10)), ["first", "hi"])

    async def test_repetition_within_one_batch(self):
        log, room_id = await self.log_with_room()
        message = said(room_id, client_id="c")
        recorded = await log.append([message, message, said(room_id), message])
        expected = [message.numbered(1), Repeated(1), said(room_id).numbered(2), Repeated(1)]
        self.assertEqual(recorded, expected)

    async def test_repetition_after_reopening(self):
        log, room_id = await self.log_with_room()
        await log.append([said(room_id), said(room_id, client_id="c")])
        log, _ = await self.reopened(log)
        self.assertEqual(await log.append([said(room_id, client_id="c")]), [Repeated(2)])

    async def test_failed_batch_does_not_use_up_a_client_id(self):
        log, room_id = await self.log_with_room()
        message = said(room_id, client_id="c")
        await self.assertFailure(log.append([message, said(NOWHERE)]), LogError)
        self.assertEqual(await log.append([message]), [message.numbered(1)])

    async def test_nick_in_another_case_is_the_same_nick(self):
        log, room_id = await self.log_with_room()
        await log.append([said(room_id, nick="ann", client_id="c")])
        self.assertEqual(
            await log.append([said(room_id, nick="ANN", client_id="c")]), [Repeated(1)]
        )

    async def test_client_id_belongs_to_one_nick_in_one_room(self):
        log, lobby = await self.log_with_room()
        garden = await self.room_in(log, GARDEN)
        await log.append([said(lobby, nick=ANN, client_id="c")])
        others = [said(lobby, nick=BOB, client_id="c"), said(garden, nick=ANN, client_id="c")]
        self.assertEqual(numbers(await log.append(others)), [2, 1])

    async def test_messages_without_a_client_id_are_never_repeated(self):
        log, room_id = await self.log_with_room()
        await log.append([said(room_id)])
        self.assertEqual(numbers(await log.append([said(room_id), said(room_id)])), [2, 3])

    async def test_client_id_is_new_again_in_a_room_made_anew(self):
        log, room_id = await self.log_with_room()
        await log.append([said(room_id, client_id="c")])
        await log.append([RoomDeleted(LOBBY, AT, ANN, room_id)])
        again = await self.room_in(log)
        self.assertEqual(numbers(await log.append([said(again, client_id="c")])), [1])

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

    # Deletion

    async def test_deleted_room_is_gone(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, "tea")
        deletion = RoomDeleted(LOBBY, AT, ANN, room_id)
        self.assertEqual(await log.append([deletion]), [deletion])
        self.assertEqual(await log.read(LOBBY, room_id, 10), [])
        self.assertEqual(await log.search(LOBBY, room_id, "tea", 10), [])
        await self.assertFailure(log.append([said(room_id)]), LogError)
        _, rooms = await self.reopened(log)
        self.assertEqual(rooms, ())

    async def test_room_made_anew_begins_at_one_with_another_id(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, "tea", "cake")
        await log.append([RoomDeleted(LOBBY, AT, ANN, room_id)])
        log, _ = await self.reopened(log)
        again = await self.room_in(log)
        self.assertNotEqual(again, room_id)
        self.assertEqual(numbers(await log.append([said(again, "coffee")])), [1])
        self.assertEqual(await log.search(LOBBY, again, "tea", 10), [])

    async def test_room_is_deleted_and_made_anew_in_one_batch(self):
        log, room_id = await self.log_with_room()
        batch = [said(room_id), RoomDeleted(LOBBY, AT, ANN, room_id), created(LOBBY)]
        *_, again = await log.append(batch)
        self.assertNotEqual(again.room_id, room_id)
        _, [room] = await self.reopened(log)
        self.assertEqual((room.room_id, room.last), (again.room_id, 0))

    async def test_other_rooms_keep_their_messages(self):
        log, lobby = await self.log_with_room()
        garden = await self.room_in(log, GARDEN)
        await log.append([said(lobby, "tea"), said(garden, "tea")])
        await log.append([RoomDeleted(LOBBY, AT, ANN, lobby)])
        self.assertEqual(len(await log.search(GARDEN, garden, "tea", 10)), 1)

    # Taking back and editing

    async def changed_log(self, log: Log, room_id: int) -> None:
        """Say "one", "two", "three", then take 1 back and edit 2."""
        await self.say(log, room_id, "one", "two", "three")
        changes = [redacted(room_id, 1, BOB), edited(room_id, 2, "TWO")]
        self.assertEqual(await log.append(changes), changes)

    def as_changed(self, room_id: int) -> list[Said]:
        return [
            redacted(room_id, 1, BOB).applied_to(said(room_id, "one").numbered(1)),
            edited(room_id, 2, "TWO").applied_to(said(room_id, "two").numbered(2)),
            said(room_id, "three").numbered(3),
        ]

    async def test_changed_messages_keep_their_numbers_and_show_what_was_done(self):
        log, room_id = await self.log_with_room()
        await self.changed_log(log, room_id)
        self.assertEqual(await log.read(LOBBY, room_id, 10), self.as_changed(room_id))
        self.assertEqual(numbers(await log.append([said(room_id)])), [4])

    async def test_changes_are_there_after_reopening(self):
        log, room_id = await self.log_with_room()
        await self.changed_log(log, room_id)
        log, [room] = await self.reopened(log)
        self.assertEqual(await log.read(LOBBY, room_id, 10), self.as_changed(room_id))
        self.assertEqual((room.last, room.last_at), (3, AT))

    async def test_messages_of_an_earlier_run_can_be_changed(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, *"abc")
        log, _ = await self.reopened(log)
        await log.append([redacted(room_id, 1), edited(room_id, 3, "x")])
        self.assertEqual(texts(await log.read(LOBBY, room_id, 10)), ["", "b", "x"])

    async def test_change_of_what_is_not_there_is_missing_and_fails_nothing_else(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, "one")
        batch = [
            redacted(room_id, 2),
            redacted(room_id, 0),
            redacted(NOWHERE, 1),
            edited(room_id, 10**15, "x"),
            said(room_id, "two"),
        ]
        recorded = await log.append(batch)
        missing = [Missing(2), Missing(0), Missing(1), Missing(10**15)]
        self.assertEqual(recorded, [*missing, said(room_id, "two").numbered(2)])
        self.assertEqual(texts(await log.read(LOBBY, room_id, 10)), ["one", "two"])

    async def test_redacted_message_is_missing_from_then_on(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, "one", "two")
        change = redacted(room_id, 1)
        recorded = await log.append([change, edited(room_id, 1, "x"), change])
        self.assertEqual(recorded, [change, Missing(1), Missing(1)])
        log, _ = await self.reopened(log)
        self.assertEqual(await log.append([edited(room_id, 1, "x")]), [Missing(1)])
        self.assertEqual(texts(await log.read(LOBBY, room_id, 10)), ["", "two"])

    async def test_last_of_several_changes_holds(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, "one", "two")
        await log.append([edited(room_id, 1, "a"), edited(room_id, 1, "b")])
        await log.append([edited(room_id, 1, "c"), edited(room_id, 2, "d"), redacted(room_id, 2)])
        self.assertEqual(texts(await log.read(LOBBY, room_id, 10)), ["c", ""])
        for words, found in (("a", []), ("b", []), ("c", [1]), ("d", []), ("one", [])):
            self.assertEqual(numbers(await log.search(LOBBY, room_id, words, 9)), found, words)

    async def test_client_id_of_a_redacted_message_stays_used(self):
        log, room_id = await self.log_with_room()
        message = said(room_id, client_id="c")
        await log.append([message])
        await log.append([redacted(room_id, 1)])
        self.assertEqual(await log.append([message]), [Repeated(1)])
        log, _ = await self.reopened(log)
        self.assertEqual(await log.append([message]), [Repeated(1)])

    async def test_failed_batch_changes_no_message(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, "one", "two")
        batch = [redacted(room_id, 1), edited(room_id, 2, "x"), said(NOWHERE)]
        await self.assertFailure(log.append(batch), LogError)
        self.assertEqual(texts(await log.read(LOBBY, room_id, 10)), ["one", "two"])
        self.assertEqual(numbers(await log.search(LOBBY, room_id, "two", 9)), [2])

    async def test_room_that_is_deleted_in_the_same_batch(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, "one", "two")
        deletion = RoomDeleted(LOBBY, AT, ANN, room_id)
        batch = [redacted(room_id, 1), deletion, redacted(room_id, 2)]
        self.assertEqual(await log.append(batch), [batch[0], deletion, Missing(2)])
        self.assertEqual(await log.read(LOBBY, room_id, 10), [])

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


class SearchContract(LogCase):
    async def settled(self, log: Log) -> Log:
        """Return a log over the same data, in the state that this suite is to test."""
        return log

    async def log_holding(self, *messages: str) -> tuple[Log, int]:
        log, _ = self.opened()
        self.rooms = getattr(self, "rooms", 0) + 1
        room_id = await self.room_in(log, f"room{self.rooms}")
        await self.say(log, room_id, *messages)
        return await self.settled(log), room_id

    async def assert_found(self, message: str, *searches: str) -> None:
        log, room_id = await self.log_holding(message, "another one")
        for words in searches:
            found = texts(await log.search(LOBBY, room_id, words, 10))
            self.assertEqual(found, [message], words)
        await log.close()

    async def assert_not_found(self, message: str, *searches: str) -> None:
        log, room_id = await self.log_holding(message)
        for words in searches:
            self.assertEqual(await log.search(LOBBY, room_id, words, 10), [], words)
        await log.close()

    async def test_whole_words_are_found_in_any_order(self):
        await self.assert_found("the tea is hot", "tea", "hot tea", "  hot \t the ", "tea tea")

    async def test_all_words_must_be_there_and_be_whole(self):
        await self.assert_not_found("the tea is hot", "te", "eat", "tea cold", "teas")

    async def test_case_does_not_matter(self):
        await self.assert_found("Straße ΣΊΣΥΦΟΣ TEA", "STRASSE", "strasse", "σίσυφος", "tEa")

    async def test_diacritics_do_not_matter(self):
        await self.assert_found("Crème brûlée, Ångström", "creme", "BRULEE", "angstrom", "crẽme")

    async def test_combined_and_separate_marks_are_the_same(self):
        await self.assert_found("cafe\u0301", "caf\u00e9", "cafe")

    async def test_wide_letters_are_letters(self):
        await self.assert_found("ｔｅａ and ㍿", "tea", "TEA", "株式会社")

    async def test_chinese_japanese_and_korean_match_anywhere(self):
        await self.assert_found("東京都庁へ行きました", "京都", "東京", "行きま", "庁へ行")
        await self.assert_found("오늘은 날씨가 좋네요", "날씨", "씨가", "좋")
        await self.assert_found("カタカナのラーメン", "ーメン", "ﾗｰﾒﾝ")

    async def test_chinese_japanese_and_korean_keep_their_order(self):
        await self.assert_not_found("東京都庁", "都京", "東都", "京 都x")

    async def test_voiced_kana_are_other_letters(self):
        await self.assert_not_found("がき", "かき")

    async def test_mixed_scripts_in_one_word(self):
        await self.assert_found("Python入門 2nd", "python", "入門", "python入", "入門2nd 入")

    async def test_marks_that_are_letters_are_kept(self):
        await self.assert_found("हिन्दी में", "हिन्दी")
        await self.assert_not_found("हिन्दी", "हन्द")

    async def test_word_with_punctuation_is_found_as_it_was_written(self):
        message = "see http://example.org/a_b and don't (e.g. v1.2)"
        await self.assert_found(message, "example.org", "a_b", "don't", "v1.2", "e.g.", "v1")

    async def test_word_with_punctuation_keeps_its_order(self):
        await self.assert_not_found("org example", "example.org")

    async def test_nothing_in_the_words_is_an_operator(self):
        log, room_id = await self.log_holding("tea AND cake or NEAR not")
        for words in ('"tea', 'tea"', "te*", "^tea", "-tea", "terms:tea", "(tea", "tea)", "{tea}"):
            await log.search(LOBBY, room_id, words, 10)
        for words in ("tea AND", "cake NEAR", "NOT tea", 'tea" OR "x'):
            found = await log.search(LOBBY, room_id, words, 10)
            self.assertEqual(len(found), 0 if "x" in words else 1, words)
        self.assertEqual(await log.search(LOBBY, room_id, "te*", 10), [])

    async def test_words_without_a_letter_or_digit_find_nothing(self):
        await self.assert_not_found("tea !!! *", "", "  ", "!!!", "*", '"', '""')

    async def test_words_without_a_letter_or_digit_are_passed_over_beside_others(self):
        await self.assert_found("tea", "tea !!!", "* tea")

    async def test_newest_are_found_oldest_first(self):
        log, room_id = await self.log_holding(*(f"tea {n} cup{n % 2}" for n in range(1, 21)))
        self.assertEqual(numbers(await log.search(LOBBY, room_id, "tea", 3)), [18, 19, 20])
        self.assertEqual(numbers(await log.search(LOBBY, room_id, "cup1 tea", 2)), [17, 19])
        self.assertEqual(await log.search(LOBBY, room_id, "tea", 0), [])

    async def test_searching_goes_on_where_the_index_ends(self):
        log, room_id = await self.log_holding("tea 1", "tea 2", "cake 3")
        await self.say(log, room_id, "tea 4", "cake 5")
        self.assertEqual(numbers(await log.search(LOBBY, room_id, "tea", 10)), [1, 2, 4])
        self.assertEqual(numbers(await log.search(LOBBY, room_id, "tea", 2)), [2, 4])

    async def test_one_room_is_searched_only(self):
        log, lobby = await self.log_with_room()
        garden = await self.room_in(log, GARDEN)
        await log.append([said(lobby, "tea"), said(garden, "tea"), said(lobby, "tea")])
        log = await self.settled(log)
        self.assertEqual(len(await log.search(LOBBY, lobby, "tea", 10)), 2)
        self.assertEqual(len(await log.search(GARDEN, garden, "tea", 10)), 1)
        self.assertEqual(await log.search(GARDEN, NOWHERE, "tea", 10), [])

    async def test_found_message_is_whole(self):
        log, room_id = await self.log_with_room()
        message = said(room_id, "Tea!", nick="Bob", client_id="c")
        await log.append([message])
        log = await self.settled(log)
        self.assertEqual(await log.search(LOBBY, room_id, "tea", 1), [message.numbered(1)])

    async def test_redacted_message_is_not_found(self):
        log, room_id = await self.log_holding("tea one", "tea two", "tea three")
        await log.append([redacted(room_id, 2)])
        self.assertEqual(numbers(await log.search(LOBBY, room_id, "tea", 10)), [1, 3])
        log = await self.settled(log)
        self.assertEqual(numbers(await log.search(LOBBY, room_id, "tea", 10)), [1, 3])
        self.assertEqual(await log.search(LOBBY, room_id, "two", 10), [])

    async def test_edited_message_is_found_by_what_it_says_now(self):
        log, room_id = await self.log_holding("tea one", "tea two", "!!!")
        changes = [
            edited(room_id, 2, "cake two"),
            edited(room_id, 3, "tea"),
            edited(room_id, 1, "?"),
        ]
        await log.append(changes)
        for _ in range(2):
            for words, found in (("tea", [3]), ("cake", [2]), ("two", [2]), ("one", [])):
                self.assertEqual(numbers(await log.search(LOBBY, room_id, words, 9)), found, words)
            [cake] = await log.search(LOBBY, room_id, "cake", 9)
            self.assertEqual((cake.text, cake.changed_by), ("cake two", ANN))
            log = await self.settled(log)

    async def test_very_many_words(self):
        words = " ".join(f"w{number}" for number in range(1500))
        await self.assert_found(words, words)
