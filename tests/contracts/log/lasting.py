"""What every log keeps to about what lasts in rooms: it gives back what the state has become.

A `RoomManager` that was told all recorded events, and one that takes up what the log holds
when it is opened, have to be the same. So the rules of the state are the rules of the log.
"""

import random
from collections.abc import Iterator

from chatsvc.core import limits
from chatsvc.core.events import (
    AccountDropped,
    Audited,
    DurableEvent,
    Happened,
    InvitationTakenBack,
    Invited,
    MembershipEnded,
    MembershipKept,
    MetadataSet,
    OperatorSet,
    Registered,
    RoleSet,
    RoomCreated,
    RoomDeleted,
    RoomMetadataSet,
    RoomRenamed,
    RoomSet,
    Said,
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
from chatsvc.core.kinds import Door, History, Keeping, Kind
from chatsvc.core.manager import RoomManager
from chatsvc.core.masks import parse_mask
from chatsvc.core.metadata import Metadata
from chatsvc.core.names import Nick, RoomName, room_key
from chatsvc.core.roles import Role
from chatsvc.core.room import StoredRoom
from chatsvc.core.sanctions import Means, Sanction
from chatsvc.core.stays import Stay, Stays
from chatsvc.ports import Log, LogError
from tests.contracts.log.case import ANN, AT, BOB, GARDEN, LOBBY, NOWHERE, LogCase, created, said

NAMES = [Nick(name) for name in ("Ann", "bob", "Çem", "dee", "eve")]
MASKS = [parse_mask(mask) for mask in ("~ann", "~bob", "sp?m*", "$guest", "192.0.2.0/24", "~dee")]
CLOSED = Kind(False, Door.PASSWORD, "$hash", True, History.JOINED, 7, Keeping(86400, 50))
KINDS = [Kind(), CLOSED, Kind(door=Door.INVITATION), Kind(keeping=Keeping(messages=3))]


def sanction(mask: str, until: int | None = None, reason: str = "") -> Sanction:
    return Sanction(parse_mask(mask), ANN, AT, until, reason)


def kept(room_id: int, name: Nick = ANN, after: int = -1) -> MembershipKept:
    return MembershipKept(name, LOBBY, AT, 0, room_id, after)


def ended(room_id: int, name: Nick = ANN) -> MembershipEnded:
    return MembershipEnded(name, LOBBY, AT, room_id)


def snapshot(manager: RoomManager) -> object:
    """Return what lasts of a state, to be compared."""
    state = manager.state
    rooms = [
        (
            room.room_id,
            (room.name, room.owner, room.last, room.last_at, room.gone, room.kind),
            room.roles,
            (room.bans.listed(0), room.mutes.listed(0), room.invitations.listed()),
            room.stays,
            [key for key in room.stays if key not in room.keepers],
            {key: each.position for key, each in room.keepers.items()},
            room.metadata,
        )
        for room in sorted(state.rooms.values(), key=lambda room: room.room_id)
    ]
    server = state.server
    what_is_set = (server.sign_ups, server.registered_only, server.bans.listed(0))
    return rooms, state.accounts, what_is_set


class Chance:
    """Make events at random that a server could have made, looking at its state."""

    def __init__(self, seed: int, manager: RoomManager) -> None:
        self.random = random.Random(seed)
        self.manager = manager

    def batch(self) -> list[DurableEvent]:
        return [event for event in self.some() if event is not None][:3]

    def some(self) -> Iterator[DurableEvent | None]:
        for make in self.random.sample(self.makers(), 3):
            yield make()
            if make in (self.room, self.drop, self.delete, self.rename):
                return  # What else is in the batch might need what it makes or removes.

    def makers(self):
        often = [self.membership, self.message, self.membership, self.right, self.right]
        often += [self.metadata, self.metadata]
        rare = [self.account, self.room, self.server, self.trim, self.drop, self.delete]
        return [*rare, self.rename, *often]

    def one_of(self, things):
        return self.random.choice(list(things)) if things else None

    def account(self) -> DurableEvent | None:
        name = self.one_of(NAMES)
        return None if name.lower() in self.manager.state.accounts else Registered(name, AT, "$")

    def room(self) -> DurableEvent | None:
        name = self.one_of((LOBBY, GARDEN))
        account = self.one_of(self.manager.state.accounts.values())
        if name in self.manager.state.rooms:
            return None
        if account is None:
            return RoomCreated(name, AT, self.one_of((None, BOB)), True)
        return RoomCreated(name, AT, account.name, True, by_account=True)

    def drop(self) -> DurableEvent | None:
        account = self.one_of(self.manager.state.accounts.values())
        is_wanted = account is not None and not self.random.randrange(6)
        return AccountDropped(account.name, AT) if is_wanted else None

    def delete(self) -> DurableEvent | None:
        room = self.one_of(self.manager.state.rooms.values())
        is_wanted = room is not None and not self.random.randrange(9)
        return RoomDeleted(room.name, AT, ANN, room.room_id) if is_wanted else None

    def rename(self) -> DurableEvent | None:
        room, new = self.one_of(self.manager.state.rooms.values()), self.one_of((LOBBY, GARDEN))
        if room is None or self.manager.state.rooms.get(room_key(new), room) is not room:
            return None
        return RoomRenamed(room.name, AT, ANN, new, room.room_id, "better")

    def metadata(self) -> DurableEvent | None:
        changes = ((self.one_of("abc"), self.one_of((None, "", "x", "y"))), ("d", "z"))
        account = self.one_of(self.manager.state.accounts.values())
        room = self.one_of(self.manager.state.rooms.values())
        if account is not None and self.random.randrange(2):
            return MetadataSet(account.name, AT, changes)
        return None if room is None else RoomMetadataSet(room.name, AT, ANN, changes, room.room_id)

    def message(self) -> DurableEvent | None:
        room = self.one_of(self.manager.state.rooms.values())
        return None if room is None else Said(room.name, 0, AT, ANN, "hi", "", room.room_id)

    def membership(self) -> DurableEvent | None:
        room = self.one_of(self.manager.state.rooms.values())
        account = self.one_of(self.manager.state.accounts.values())
        if room is None or account is None:
            return None
        if account.key in room.keepers:
            return MembershipEnded(account.name, room.name, AT, room.room_id)
        after = self.one_of((-1, -1, max(room.last - 1, 0)))
        return MembershipKept(account.name, room.name, AT, 0, room.room_id, after)

    def trim(self) -> DurableEvent | None:
        room = self.one_of(self.manager.state.rooms.values())
        if room is None:
            return None
        return Trimmed(room.name, AT, self.random.randrange(room.last + 1), room.room_id)

    def right(self) -> DurableEvent | None:
        room = self.one_of(self.manager.state.rooms.values())
        if room is None:
            return None
        mask, at = self.one_of(MASKS), self.random.randrange(1, 99)
        name, room_id, means = room.name, room.room_id, self.one_of(Means)
        return self.one_of(
            [
                RoomSet(name, AT, ANN, self.one_of(KINDS), room_id),
                TopicSet(name, AT, ANN, "tea", room_id),
                Happened(name, AT, ANN, Sort.KICK, "", room_id, "bob"),
                RoleSet(name, AT, ANN, self.one_of(NAMES), self.one_of(Role), room_id),
                SanctionLaid(name, means, Sanction(mask, ANN, at, at + 5, "spam"), room_id),
                SanctionLifted(name, at, ANN, means, mask, room_id),
                Invited(name, Invitation(mask, ANN, at), room_id),
                InvitationTakenBack(name, at, ANN, mask, room_id),
            ]
        )

    def server(self) -> DurableEvent | None:
        mask, yes = self.one_of(MASKS), self.one_of((True, False))
        return self.one_of(
            [
                OperatorSet(self.one_of(NAMES), AT, None, yes),
                ServerSet(AT, ANN, yes, not yes),
                ServerBanLaid(Sanction(mask, ANN, AT)),
                ServerBanLifted(AT, None, mask),
                Audited(AT, ANN, "ban", "bob", LOBBY),
            ]
        )


class LastingContract(LogCase):
    async def lasting(self, log: Log, *batches: list[DurableEvent]) -> tuple[Log, StoredRoom]:
        """Return a log opened again after these were appended, and its one room."""
        for batch in batches:
            await log.append(batch)
        log, [room] = await self.reopened(log)
        return log, room

    async def test_what_is_set_in_a_room_is_there_after_reopening(self):
        for kind in KINDS:
            log, room_id = await self.log_with_room()
            log, room = await self.lasting(log, [RoomSet(LOBBY, AT, ANN, kind, room_id)])
            self.assertEqual(room.kind, kind)
            await log.append([RoomDeleted(LOBBY, AT, ANN, room_id)])
            await log.close()

    async def test_roles_are_those_of_accounts(self):
        log, _ = self.opened()
        owned = RoomCreated(LOBBY, AT, ANN, True, by_account=True)
        await log.append([Registered(ANN, AT, "$"), Registered(BOB, AT, "$")])
        [made] = await log.append([owned])
        room_id = made.room_id
        roles = [
            RoleSet(LOBBY, AT, ANN, Nick("BOB"), Role.VOICED, room_id),
            RoleSet(LOBBY, AT, ANN, BOB, Role.MODERATOR, room_id),
            RoleSet(LOBBY, AT, ANN, Nick("nobody"), Role.OWNER, room_id),
        ]
        log, room = await self.lasting(log, roles)
        self.assertEqual(set(room.roles), {(ANN, Role.OWNER), (BOB, Role.MODERATOR)})
        step_down = RoleSet(LOBBY, AT, ANN, ANN, Role.MEMBER, room_id)
        log, room = await self.lasting(log, [step_down, AccountDropped(BOB, AT)])
        self.assertEqual(room.roles, ())

    async def test_room_of_a_guest_has_no_roles(self):
        log, _ = await self.log_with_room()
        log, room = await self.lasting(log)
        self.assertEqual((room.owner, room.roles), (ANN, ()))

    async def test_sanctions_are_kept_in_the_order_in_which_they_were_laid(self):
        log, room_id = await self.log_with_room()
        laid = [sanction("spam*", AT + 5), sanction("~bob"), sanction("spam*", None, "again")]
        bans = [SanctionLaid(LOBBY, Means.BAN, each, room_id) for each in laid]
        mute = SanctionLaid(LOBBY, Means.MUTE, laid[0], room_id)
        lifted = SanctionLifted(LOBBY, AT, None, Means.MUTE, laid[1].mask, room_id)
        log, room = await self.lasting(log, [*bans, mute], [lifted])
        self.assertEqual((room.bans, room.mutes), ((laid[1], laid[2]), (laid[0],)))
        lifted = SanctionLifted(LOBBY, AT, ANN, Means.BAN, laid[1].mask, room_id)
        log, room = await self.lasting(log, [lifted])
        self.assertEqual((room.bans, room.mutes), ((laid[2],), (laid[0],)))

    async def test_invitations_are_used_up_taken_back_and_ended_by_a_ban(self):
        log, room_id = await self.log_with_room()
        invited = [Invitation(parse_mask(mask), ANN, AT) for mask in ("~ann", "~bob", "~cem", "~d")]
        await log.append([Invited(LOBBY, each, room_id) for each in invited])
        await log.append([Registered(ANN, AT, "$"), kept(room_id)])
        await log.append([SanctionLaid(LOBBY, Means.BAN, sanction("~bob"), room_id)])
        back = InvitationTakenBack(LOBBY, AT, ANN, invited[2].mask, room_id)
        log, room = await self.lasting(log, [back])
        self.assertEqual(room.invitations, (invited[3],))

    async def test_memberships_are_stamped_with_the_newest_number_at_their_place(self):
        log, room_id = await self.log_with_room()
        await log.append([Registered(ANN, AT, "$"), said(room_id), said(room_id)])
        batch = [said(room_id), kept(room_id), said(room_id), said(room_id), ended(room_id)]
        recorded = await log.append([*batch, said(room_id), kept(room_id), kept(room_id, BOB, 0)])
        stamps = (recorded[1].after, recorded[4].until, recorded[6].after, recorded[7].after)
        self.assertEqual(stamps, (3, 5, 6, 0))
        log, room = await self.lasting(log)
        self.assertEqual(room.stays, ((ANN, Stays((Stay(3, 5), Stay(6)))),))

    async def test_room_made_in_the_same_append(self):
        log, _ = self.opened()
        await log.append([Registered(ANN, AT, "$")])
        made, membership = await log.append([created(), MembershipKept(ANN, LOBBY, AT, 0)])
        self.assertEqual((membership.room_id, membership.after), (made.room_id, 0))

    async def test_membership_in_a_room_that_is_not_there(self):
        log, _ = self.opened()
        await log.append([Registered(ANN, AT, "$")])
        recorded = await log.append([kept(NOWHERE), ended(NOWHERE)])
        self.assertEqual((recorded[0].after, recorded[1].until), (0, 0))

    async def test_former_members_are_bounded(self):
        for module in ("core.room", "storage.staying"):
            patched = __import__(f"chatsvc.{module}", fromlist=["x"])
            self.patch(patched, "FORMER_MEMBERS_KEPT", 2)
        self.assertGreater(limits.FORMER_MEMBERS_KEPT, 2)
        log, room_id = await self.log_with_room()
        for name in NAMES:
            await log.append([Registered(name, AT, "$"), kept(room_id, name), said(room_id)])
        await log.append([ended(room_id, name) for name in NAMES[:3]])
        await log.append([kept(room_id, NAMES[1]), ended(room_id, NAMES[1])])
        log, room = await self.lasting(log, [ended(room_id, NAMES[4])])
        members = [name for name, stays in room.stays if stays.is_member]
        former = [name for name, stays in room.stays if not stays.is_member]
        self.assertEqual((members, former), ([NAMES[3]], [NAMES[1], NAMES[4]]))

    async def test_events_of_rooms_need_their_room(self):
        log, _ = self.opened()
        mask = parse_mask("bob")
        for event in (
            RoomSet(LOBBY, AT, ANN, CLOSED, NOWHERE),
            RoleSet(LOBBY, AT, ANN, ANN, Role.OWNER, NOWHERE),
            SanctionLaid(LOBBY, Means.BAN, sanction("bob"), NOWHERE),
            SanctionLifted(LOBBY, AT, ANN, Means.BAN, mask, NOWHERE),
            Invited(LOBBY, Invitation(mask, ANN, AT), NOWHERE),
            InvitationTakenBack(LOBBY, AT, ANN, mask, NOWHERE),
            RoomRenamed(LOBBY, AT, ANN, GARDEN, NOWHERE),
            RoomMetadataSet(LOBBY, AT, ANN, (("url", "x"),), NOWHERE),
        ):
            await self.assertFailure(log.append([event]), LogError)

    async def test_metadata_lasts_with_its_room_and_its_account(self):
        log, room_id = await self.log_with_room()
        changes = (("url", "http://x/"), ("empty", ""), ("gone", "x"))
        again = (("gone", None), ("url", "http://y/"), ("never", None))
        await log.append([Registered(ANN, AT, "$")])
        for each in (changes, again):
            await log.append([RoomMetadataSet(LOBBY, AT, ANN, each, room_id)])
            await log.append([MetadataSet(Nick("ANN"), AT, each), MetadataSet(BOB, AT, each)])
        await log.close()
        log, stored = self.opened_whole()
        expected = Metadata((("empty", ""), ("url", "http://y/")))
        self.assertEqual(stored.rooms[0].metadata, expected)
        self.assertEqual([each.metadata for each in stored.accounts], [expected])
        await log.append([RoomDeleted(LOBBY, AT, ANN, room_id), AccountDropped(ANN, AT)])
        await log.append([created(LOBBY), Registered(ANN, AT, "$")])
        await log.close()
        log, stored = self.opened_whole()
        self.assertEqual((len(stored.rooms[0].metadata), len(stored.accounts[0].metadata)), (0, 0))

    async def test_all_that_is_in_a_room_follows_it_to_another_name(self):
        log, room_id = await self.log_with_room()
        await log.append([Registered(ANN, AT, "$"), kept(room_id)])
        await log.append(
            [
                RoleSet(LOBBY, AT, ANN, ANN, Role.OWNER, room_id),
                SanctionLaid(LOBBY, Means.BAN, sanction("bob"), room_id),
                Said(LOBBY, 0, AT, ANN, "hi", "c1", room_id),
            ]
        )
        renamed = RoomRenamed(LOBBY, AT, ANN, RoomName("Garden"), room_id, "better")
        self.assertEqual(await log.append([renamed]), [renamed])
        for _ in range(2):
            await log.append([Said(GARDEN, 0, AT, ANN, "again", "c1", room_id)])
            [message] = await log.read(RoomName("Garden"), room_id, 9)
            self.assertEqual((message.room, message.number, message.text), ("Garden", 1, "hi"))
            log, [room] = await self.reopened(log)
            self.assertEqual((room.room_id, room.room, room.last), (room_id, "Garden", 1))
            self.assertEqual((room.roles, len(room.bans)), (((ANN, Role.OWNER),), 1))
        [other] = await log.append([created(LOBBY)])
        self.assertNotEqual(other.room_id, room_id)

    async def test_log_gives_back_what_the_state_has_become(self):
        for seed in range(3):
            log, stored = self.opened_whole()
            state = RoomManager()
            state.load(stored)
            chance = Chance(seed, state)
            for _ in range(80):
                for event in await log.append(chance.batch()):
                    state.apply(event)
            await log.close()
            again = RoomManager()
            log, stored = self.opened_whole()
            again.load(stored)
            self.assertEqual(snapshot(again), snapshot(state), seed)
            for room in list(state.state.rooms.values()):
                await log.append([RoomDeleted(room.name, AT, ANN, room.room_id)])
            for account in state.state.accounts.values():
                await log.append([AccountDropped(account.name, AT)])
            await log.close()
