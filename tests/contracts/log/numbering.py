"""What every log keeps to about numbers, batches and client ids."""

from chatsvc.core.events import (
    RoomDeleted,
    Said,
    TopicSet,
    WelcomeSet,
)
from chatsvc.core.names import Nick
from chatsvc.ports import LogError, Repeated
from tests.contracts.log.case import (
    ANN,
    AT,
    BOB,
    GARDEN,
    LOBBY,
    NOWHERE,
    LogCase,
    created,
    numbers,
    said,
    texts,
)


class NumberContract(LogCase):
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
