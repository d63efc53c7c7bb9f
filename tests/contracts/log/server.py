"""What every log keeps to about the whole server: its operators, settings, bans, audit log."""

from chatsvc.core import limits
from chatsvc.core.events import (
    Audited,
    OperatorSet,
    Registered,
    ServerBanLaid,
    ServerBanLifted,
    ServerSet,
)
from chatsvc.core.masks import parse_mask
from chatsvc.core.names import RoomName
from chatsvc.core.sanctions import Sanction
from chatsvc.core.server import StoredServer
from chatsvc.ports import AuditEntry, LogError
from tests.contracts.log.case import ANN, AT, BOB, GARDEN, LOBBY, NOWHERE, LogCase, said


def ban(mask: str, until: int | None = None) -> Sanction:
    return Sanction(parse_mask(mask), ANN, AT, until, "spam")


def audited(target: str, room: RoomName | None = None) -> Audited:
    return Audited(AT, ANN, "ban", target, room, "1 hour")


class ServerContract(LogCase):
    async def test_operators_are_there_after_reopening(self):
        log, _ = self.opened()
        await log.append([Registered(ANN, AT, "$1"), Registered(BOB, AT, "$2")])
        await log.append([OperatorSet(ANN, AT, None, True), OperatorSet(BOB, AT, ANN, True)])
        await log.append([OperatorSet(BOB, AT, ANN, False), OperatorSet(GARDEN, AT, ANN, True)])
        await log.close()
        _, stored = self.opened_whole()
        found = {account.name: account.is_operator for account in stored.accounts}
        self.assertEqual(found, {ANN: True, BOB: False})

    async def test_settings_and_bans_of_the_server_are_there_after_reopening(self):
        log, _ = self.opened()
        laid = [ban("spam*", AT + 9), ban("192.0.2.0/24"), ban("~bob"), ban("spam*")]
        await log.append([ServerBanLaid(each) for each in laid])
        await log.append([ServerBanLifted(AT, None, parse_mask("~bob"))])
        await log.append([ServerSet(AT, ANN, False, True)])
        await log.close()
        _, stored = self.opened_whole()
        self.assertEqual(stored.server, StoredServer(False, True, (laid[1], laid[3])))

    async def test_audit_log_is_read_newest_first_and_page_by_page(self):
        log, _ = self.opened()
        rooms = [LOBBY, None, GARDEN, RoomName("LOBBY"), None]
        events = [audited(f"bob{n}", room) for n, room in enumerate(rooms)]
        self.assertEqual(await log.append(events), events)
        await log.close()
        log, _ = self.opened()
        found = await log.read_audit(10)
        self.assertEqual([entry.what for entry in found], events[::-1])
        self.assertEqual(await log.read_audit(2), found[:2])
        self.assertEqual(await log.read_audit(2, before=found[1].number), found[2:4])
        self.assertEqual(await log.read_audit(9, room=LOBBY), [found[1], found[4]])
        page = await log.read_audit(9, found[1].number, RoomName("lobbY"))
        self.assertEqual(page, [found[4]])
        self.assertEqual(await log.read_audit(0), [])
        self.assertIsInstance(found[0], AuditEntry)

    async def test_audit_log_of_a_failed_batch(self):
        log, _ = self.opened()
        await self.assertFailure(log.append([audited("bob"), said(NOWHERE)]), LogError)
        self.assertEqual(await log.read_audit(10), [])

    async def test_audit_log_is_bounded(self):
        for module in ("memory_state", "changes", "reader"):
            self.patch(__import__(f"chatsvc.storage.{module}", fromlist=["x"]), "AUDIT_KEPT", 3)
        self.assertGreater(limits.AUDIT_KEPT, 3)
        log, _ = self.opened()
        for number in range(6):
            await log.append([audited(f"bob{number}")])
        found = [entry.what.target for entry in await log.read_audit(10)]
        self.assertEqual(found, ["bob5", "bob4", "bob3"])
