"""What every log keeps to about rooms: they are there again, until they are deleted."""

from chatsvc.core.events import (
    RoomCreated,
    RoomDeleted,
    TopicSet,
    WelcomeSet,
)
from chatsvc.core.room import StoredRoom
from chatsvc.ports import LogError
from tests.contracts.log.case import (
    ANN,
    AT,
    BOB,
    GARDEN,
    LOBBY,
    LogCase,
    created,
    numbers,
    said,
)


class RoomContract(LogCase):
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
