"""What every `ports.Log` keeps to about accounts, and what lasts of them."""

from collections.abc import Sequence

import attrs

from chatsvc.core.accounts import Account, StoredMembership
from chatsvc.core.events import (
    AccountDropped,
    DurableEvent,
    IgnoreAdded,
    IgnoreRemoved,
    KeyAdded,
    KeyRemoved,
    MembershipEnded,
    MembershipKept,
    PasswordSet,
    PositionsNoted,
    Registered,
    RoomDeleted,
)
from chatsvc.core.ignoring import Ignored
from chatsvc.core.masks import parse_mask
from chatsvc.core.names import Nick
from chatsvc.core.room import Stored
from chatsvc.ports import Log, LogError
from tests.contracts.log import ANN, AT, BOB, GARDEN, LOBBY, NOWHERE, LogCase, created, said

FIRST_KEY, SECOND_KEY = "ssh-ed25519 AAAAone me@home", "ssh-ed25519 AAAAtwo"


def registered(name: Nick = ANN, secret: str = "$one") -> Registered:
    return Registered(name, AT, secret)


def kept(room_id: int, name: Nick = ANN, position: int = 0) -> MembershipKept:
    return MembershipKept(name, LOBBY, AT + 1, position, room_id)


class AccountContract(LogCase):
    async def after(self, log: Log, *batches: Sequence[DurableEvent]) -> tuple[Log, Stored]:
        """Return the log opened again, and what it holds, after these were appended."""
        for batch in batches:
            await log.append(batch)
        await log.close()
        return self.opened_whole()

    async def log_with_member(self) -> tuple[Log, int]:
        log, room_id = await self.log_with_room()
        await log.append([registered(), kept(room_id, position=3)])
        return log, room_id

    async def test_new_log_has_no_accounts(self):
        _, stored = self.opened_whole()
        self.assertEqual(stored, Stored())

    async def test_account_is_there_after_reopening(self):
        log, _ = self.opened()
        self.assertEqual(await log.append([registered()]), [registered()])
        _, stored = await self.after(log, [registered(BOB, "$two")])
        accounts = {Account(ANN, AT, "$one"), Account(BOB, AT, "$two")}
        self.assertEqual(set(stored.accounts), accounts)

    async def test_name_is_registered_once(self):
        log, _ = self.opened()
        again = Registered(Nick("ANN"), AT + 1, "$two")
        _, stored = await self.after(log, [registered()], [again])
        self.assertEqual(stored.accounts, (Account(ANN, AT, "$one"),))

    async def test_password_is_replaced(self):
        log, _ = self.opened()
        changed = PasswordSet(Nick("ANN"), AT + 1, "$two")
        _, stored = await self.after(log, [registered(), changed, PasswordSet(BOB, AT, "$three")])
        self.assertEqual(stored.accounts, (Account(ANN, AT, "$two"),))

    async def test_hash_of_a_password_is_renewed_only_where_that_is_still_the_password(self):
        log, _ = self.opened()
        renewed = PasswordSet(ANN, AT + 1, "$two", instead_of="$one")
        _, stored = await self.after(log, [registered()], [renewed, renewed])
        self.assertEqual(stored.accounts, (Account(ANN, AT, "$two"),))

    async def test_keys_are_there_in_the_order_in_which_they_were_added(self):
        log, _ = self.opened()
        keys = [KeyAdded(ANN, AT, key) for key in (SECOND_KEY, FIRST_KEY, SECOND_KEY)]
        log, stored = await self.after(log, [registered()], keys, [KeyAdded(BOB, AT, FIRST_KEY)])
        self.assertEqual(stored.accounts, (Account(ANN, AT, "$one", (SECOND_KEY, FIRST_KEY)),))
        removed = [KeyRemoved(ANN, AT, SECOND_KEY), KeyRemoved(ANN, AT, "ssh-rsa AAAA")]
        _, stored = await self.after(log, removed)
        self.assertEqual(stored.accounts, (Account(ANN, AT, "$one", (FIRST_KEY,)),))

    async def test_who_is_ignored_is_there_in_the_order_in_which_they_were_added(self):
        log, _ = self.opened()
        bob, eve, zed = map(parse_mask, ("~bob", "eve", "zed"))
        added = [IgnoreAdded(ANN, AT, mask) for mask in (zed, bob, eve, zed)]
        log, stored = await self.after(log, [registered()], added, [IgnoreAdded(BOB, AT, eve)])
        self.assertEqual(
            stored.accounts, (Account(ANN, AT, "$one", ignored=Ignored((zed, bob, eve))),)
        )
        removed = [IgnoreRemoved(Nick("ANN"), AT, bob), IgnoreRemoved(ANN, AT, bob)]
        _, stored = await self.after(log, removed)
        self.assertEqual(stored.accounts[0].ignored, Ignored((zed, eve)))

    async def test_first_message_of_a_room_made_by_the_same_append(self):
        log, _ = self.opened()
        await log.append([registered()])
        first = attrs.evolve(said(0, "hi"), room=GARDEN)
        batch = [created(GARDEN), MembershipKept(ANN, GARDEN, AT, 0), first]
        made, part, message = await log.append(batch)
        self.assertEqual((message.room_id, message.number), (made.room_id, 1))
        self.assertEqual((part.room_id, part.after), (made.room_id, 0))
        found = await log.read(GARDEN, made.room_id, 10)
        self.assertEqual([each.text for each in found], ["hi"])
        log, stored = await self.after(log)
        self.assertEqual([room.last for room in stored.rooms], [1])
        found = await log.read(GARDEN, made.room_id, 10)
        self.assertEqual([each.text for each in found], ["hi"])

    async def test_nothing_is_left_of_a_dropped_account(self):
        log, _ = await self.log_with_member()
        await log.append([KeyAdded(ANN, AT, FIRST_KEY), IgnoreAdded(ANN, AT, parse_mask("eve"))])
        log, stored = await self.after(log, [AccountDropped(ANN, AT + 2)])
        self.assertEqual((stored.accounts, stored.memberships), ((), ()))
        _, stored = await self.after(log, [registered(secret="$new")])
        self.assertEqual(stored.accounts, (Account(ANN, AT, "$new"),))
        self.assertEqual(stored.memberships, ())

    async def test_membership_is_there_after_reopening(self):
        log, room_id = await self.log_with_room()
        membership = kept(room_id, Nick("ANN"), position=3)
        stamped = attrs.evolve(membership, after=0)
        recorded = await log.append([registered(), membership])
        self.assertEqual(recorded, [registered(), stamped])
        _, stored = await self.after(log)
        self.assertEqual(stored.memberships, (StoredMembership(ANN, room_id, AT + 1, 3),))

    async def test_membership_in_a_room_made_by_the_same_append(self):
        log, _ = self.opened()
        await log.append([registered()])
        membership = MembershipKept(ANN, Nick("GARDEN"), AT, 0)
        made, recorded = await log.append([created(GARDEN), membership])
        self.assertEqual(recorded.room_id, made.room_id)
        _, stored = await self.after(log)
        self.assertEqual(stored.memberships, (StoredMembership(ANN, made.room_id, AT, 0),))

    async def test_membership_that_lasts_already_is_as_it_was(self):
        log, room_id = await self.log_with_member()
        _, stored = await self.after(log, [kept(room_id, position=7)])
        self.assertEqual([each.position for each in stored.memberships], [3])

    async def test_membership_needs_its_account_and_its_room(self):
        log, room_id = await self.log_with_room()
        without = MembershipKept(ANN, GARDEN, AT, 0)
        log, stored = await self.after(log, [kept(room_id)], [registered(), kept(NOWHERE), without])
        self.assertEqual(stored.memberships, ())

    async def test_membership_ends(self):
        log, room_id = await self.log_with_member()
        ended = MembershipEnded(Nick("ANN"), LOBBY, AT, room_id)
        await log.append([ended])
        _, stored = await self.after(log, [ended])
        self.assertEqual(stored.memberships, ())

    async def test_memberships_end_with_their_room_and_no_others(self):
        log, lobby = await self.log_with_member()
        garden = await self.room_in(log, GARDEN)
        await log.append([kept(garden)])
        _, stored = await self.after(log, [RoomDeleted(LOBBY, AT, ANN, lobby)])
        self.assertEqual([each.room_id for each in stored.memberships], [garden])

    async def test_positions_go_up_and_never_back(self):
        log, lobby = await self.log_with_member()
        garden = await self.room_in(log, GARDEN)
        await log.append([kept(garden)])
        notes = [
            PositionsNoted(ANN, ((lobby, 5), (garden, 2), (NOWHERE, 9))),
            PositionsNoted(ANN, ((lobby, 4),)),
            PositionsNoted(ANN, ()),
            PositionsNoted(BOB, ((lobby, 8),)),
        ]
        self.assertEqual(await log.append(notes), notes)
        _, stored = await self.after(log)
        positions = {each.room_id: each.position for each in stored.memberships}
        self.assertEqual(positions, {lobby: 5, garden: 2})

    async def test_failed_batch_leaves_accounts_and_memberships_as_they_were(self):
        log, room_id = await self.log_with_member()
        batch = [
            registered(BOB),
            PasswordSet(ANN, AT, "$two"),
            KeyAdded(ANN, AT, FIRST_KEY),
            kept(room_id, BOB),
            PositionsNoted(ANN, ((room_id, 9),)),
            MembershipEnded(ANN, LOBBY, AT, room_id),
            AccountDropped(ANN, AT),
            said(NOWHERE),
        ]
        await self.assertFailure(log.append(batch), LogError)
        _, stored = await self.after(log)
        self.assertEqual(stored.accounts, (Account(ANN, AT, "$one"),))
        self.assertEqual(stored.memberships, (StoredMembership(ANN, room_id, AT + 1, 3),))
