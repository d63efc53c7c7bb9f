"""Metadata: who sets it, who knows of it, how long it lasts."""

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.commands import (
    ChangeMetadata,
    ChangeRoomMetadata,
    CreateRoom,
    JoinRoom,
    RegisterAccount,
    RemoveAccount,
    ShowMetadata,
    ShowRoomMetadata,
    Watch,
)
from chatsvc.core.errors import BadText, NoSuchRoom, NoSuchUser, NotAllowed, TooMany
from chatsvc.core.events import GuestMetadataSet, MetadataSet, RoomMetadataSet
from chatsvc.core.kinds import Door, Kind
from chatsvc.core.limits import METADATA_KEY_LENGTH, METADATA_KEYS, METADATA_VALUE_BYTES
from chatsvc.core.marks import account_mark, marks_of
from chatsvc.core.metadata import NO_METADATA, Metadata, check_value, is_key
from chatsvc.core.names import Nick, NickKey, RoomName
from chatsvc.core.replies import MetadataChanged, MetadataIs
from tests.core.world import World, WorldTestCase

ANN, DEN = Nick("ann"), RoomName("den")
URL = (("url", "http://x/"),)


class ValueTests(SynchronousTestCase):
    def test_keys_are_words_of_few_letters(self) -> None:
        for key in ("a", "display-name", "im.xmpp", "x/y_z-0", "k" * METADATA_KEY_LENGTH):
            self.assertTrue(is_key(key), key)
        for key in ("", "A", "é", "a b", "$x", "a:b", "a\n", "k" * (METADATA_KEY_LENGTH + 1)):
            self.assertFalse(is_key(key), key)

    def test_values_are_lines_that_can_be_shown(self) -> None:
        for value in ("", "x", "é" * (METADATA_VALUE_BYTES // 2)):
            self.assertEqual(check_value(value), value)
        for value in ("a\x02b", "a\nb", "\u202ea", " ", "é" * METADATA_VALUE_BYTES):
            with self.assertRaises(BadText):
                check_value(value)

    def test_changes_come_in_the_order_of_keys_and_only_where_they_change(self) -> None:
        said = NO_METADATA.changed((("b", "1"), ("a", ""), ("c", "3")))
        self.assertEqual(said, Metadata((("a", ""), ("b", "1"), ("c", "3"))))
        wanted = (("b", "1"), ("a", None), ("d", None), ("c", "4"), ("c", "5"))
        self.assertEqual(said.differing(wanted), (("a", None), ("c", "5")))
        self.assertEqual(said.changed(wanted).pairs, (("b", "1"), ("c", "5")))
        self.assertEqual((said.get("a"), said.get("d")), ("", None))


class RuleTests(WorldTestCase):
    def setUp(self) -> None:
        self.world = World()
        self.ann, self.bob = self.world.arrive("ann"), self.world.arrive("bob")

    def shown(self, nick: str = "ann") -> object:
        return self.world.do(self.bob, ShowMetadata(Nick(nick))).reply

    def test_a_guest_says_it_for_as_long_as_it_is_here(self) -> None:
        outcome = self.world.do(self.ann, ChangeMetadata(Nick("ANN"), URL))
        self.assertEqual(outcome.reply, MetadataChanged(ANN, URL))
        self.assertEqual(outcome.events, (GuestMetadataSet(ANN, URL, self.ann.session_id),))
        self.assertEqual(self.shown("Ann"), MetadataIs(ANN, Metadata(URL)))
        self.world.disconnect(self.ann)
        self.assertRefused(NoSuchUser, self.bob, ShowMetadata(ANN))
        self.ann = self.world.arrive("ann")
        self.assertEqual(self.shown(), MetadataIs(ANN, NO_METADATA))

    def test_an_account_keeps_what_its_guest_has_said(self) -> None:
        self.world.do(self.ann, ChangeMetadata(ANN, URL))
        events = self.world.do(self.ann, RegisterAccount("$hash")).events
        self.assertIn(MetadataSet(ANN, self.world.now, URL), events)
        self.assertEqual(self.shown(), MetadataIs(ANN, Metadata(URL)))
        event = MetadataSet(ANN, self.world.now, (("url", None),))
        self.assertEqual(list(marks_of(event)), [account_mark(NickKey("ann"))])
        outcome = self.world.do(self.ann, ChangeMetadata(ANN, (("url", None),)))
        self.assertEqual(outcome.events, (event,))
        self.world.do(self.ann, ChangeMetadata(ANN, URL))
        self.world.do(self.ann, RemoveAccount())
        self.assertEqual(self.shown(), MetadataIs(ANN, NO_METADATA))

    def test_nobody_says_it_of_others(self) -> None:
        self.assertRefused(NotAllowed, self.bob, ChangeMetadata(ANN, URL))
        self.assertRefused(NoSuchUser, self.bob, ChangeMetadata(Nick("zoe"), URL))

    def test_there_are_so_many_keys_and_what_is_there_may_change(self) -> None:
        pairs = tuple((f"k{number}", "x") for number in range(METADATA_KEYS))
        self.world.do(self.ann, ChangeMetadata(ANN, pairs))
        self.assertRefused(TooMany, self.ann, ChangeMetadata(ANN, URL))
        self.world.do(self.ann, ChangeMetadata(ANN, (("k0", "y"),)))
        self.world.do(self.ann, ChangeMetadata(ANN, (("k0", None), *URL)))
        self.assertEqual(self.world.do(self.ann, ChangeMetadata(ANN, URL)).events, ())

    def test_told_are_neighbours_and_who_waits(self) -> None:
        eve = self.world.arrive("eve")
        self.world.do(eve, Watch((ANN,)))
        self.assertEqual(self.told(ChangeMetadata(ANN, URL)), {eve.session_id})
        for each in (self.ann, self.bob):
            self.world.do(each, JoinRoom(DEN))
        expected = {eve.session_id, self.bob.session_id}
        self.assertEqual(self.told(ChangeMetadata(ANN, (("url", "y"),))), expected)

    def told(self, command: ChangeMetadata) -> frozenset[int]:
        [told] = self.world.do(self.ann, command).told
        return told

    def test_that_of_a_room_is_its_owners_to_set_and_goes_with_it(self) -> None:
        self.world.do(self.ann, JoinRoom(DEN))
        self.world.do(self.bob, JoinRoom(DEN))
        self.assertRefused(NotAllowed, self.bob, ChangeRoomMetadata(DEN, URL))
        outcome = self.world.do(self.ann, ChangeRoomMetadata(DEN, URL))
        self.assertEqual(outcome.events, (RoomMetadataSet(DEN, self.world.now, ANN, URL, 1),))
        self.assertEqual(outcome.told, (frozenset({self.bob.session_id}),))
        shown = self.world.do(self.bob, ShowRoomMetadata(RoomName("DEN"))).reply
        self.assertEqual(shown, MetadataIs(DEN, Metadata(URL)))

    def test_of_a_room_one_may_not_know_nothing_is_told(self) -> None:
        self.world.do(self.ann, CreateRoom(DEN))
        room = self.world.state.room(DEN)
        for kind in (Kind(listed=False), Kind(listed=False, door=Door.INVITATION)):
            room.kind = kind
            self.assertRefused(NoSuchRoom, self.bob, ShowRoomMetadata(DEN))
            self.assertRefused(NoSuchRoom, self.bob, ChangeRoomMetadata(DEN, URL))
