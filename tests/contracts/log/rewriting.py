"""What every log keeps to about messages that are taken back or edited."""

from chatsvc.core.audit import REDACTION
from chatsvc.core.events import (
    Audited,
    RoomDeleted,
    Said,
    with_more,
)
from chatsvc.core.manner import Manner, More
from chatsvc.ports import Log, LogError, Missing, Repeated
from tests.contracts.log.case import (
    ANN,
    AT,
    BOB,
    LOBBY,
    NOWHERE,
    LogCase,
    edited,
    numbers,
    redacted,
    said,
    texts,
)


class RewritingContract(LogCase):
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

    async def test_manner_and_tags_are_kept_until_the_message_is_taken_back(self):
        """An edit leaves them, but not where lines ended; the client id stays, too."""
        log, room_id = await self.log_with_room()
        more = More(Manner.NOTICE, (("+draft/reply", "lobby/1/1"),), breaks=(3,), joints=(7,))
        events = [with_more(said(room_id, text, client_id=text), more) for text in ("one", "two")]
        kept = await log.append([said(room_id, "plain"), *events])
        [plain, one, two] = kept
        self.assertEqual((numbers(kept), one.more), ([1, 2, 3], more))
        self.assertEqual(await log.read(LOBBY, room_id, 10), kept)
        self.assertEqual(await log.search(LOBBY, room_id, "two", 9), [two])
        log, _ = await self.reopened(log)
        self.assertEqual(await log.read(LOBBY, room_id, 10), kept)
        self.assertEqual(await log.search(LOBBY, room_id, "two", 9), [two])
        changes = [redacted(room_id, 2), edited(room_id, 3, "other")]
        await log.append(changes)
        now = [plain, changes[0].applied_to(one), changes[1].applied_to(two)]
        self.assertEqual(now[2].more, More(Manner.NOTICE, more.tags))
        self.assertEqual(await log.read(LOBBY, room_id, 10), now)
        log, _ = await self.reopened(log)
        self.assertEqual(await log.read(LOBBY, room_id, 10), now)
        self.assertEqual(await log.search(LOBBY, room_id, "other", 9), now[2:])

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

    async def test_line_in_the_audit_log_goes_with_the_redaction_that_is_missing(self):
        log, room_id = await self.log_with_room()
        await self.say(log, room_id, "one", "two")
        change, other = redacted(room_id, 1, BOB), redacted(room_id, 2, BOB)
        line = Audited(AT, BOB, REDACTION, ANN, LOBBY, "1")
        kick = Audited(AT, BOB, "kick", ANN, LOBBY)
        batch = [change, line, change, line, kick, other, line]
        recorded = await log.append(batch)
        self.assertEqual(recorded, [change, line, Missing(1), Missing(1), kick, other, line])
        written = [entry.what for entry in await log.read_audit(9)]
        self.assertEqual(written, [line, kick, line])
        self.assertEqual(await log.append([change, line]), [Missing(1), Missing(1)])
        self.assertEqual(len(await log.read_audit(9)), 3)

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
