"""Read markers: whose they are, and how many there are."""

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.accounts import Account
from chatsvc.core.limits import READ_MARKERS_OF_GUESTS, READ_MARKERS_OF_ONE
from chatsvc.core.markers import Markers, Shelf
from chatsvc.core.names import Nick, RoomKey
from chatsvc.core.people import Person

DEN, TEA = RoomKey("den"), RoomKey("tea")


def person(number: int, account: Account | None = None) -> Person:
    return Person(number, Nick("ann"), 0, account=account)


class MarkerTests(SynchronousTestCase):
    def test_they_only_rise(self) -> None:
        markers, ann = Markers(), person(1)
        for at, expected in ((5, 5), (3, 5), (7, 7)):
            markers.set(ann, DEN, at)
            self.assertEqual(markers.of(ann, DEN), expected)
        self.assertIsNone(markers.of(ann, TEA))

    def test_a_guest_has_none_of_the_guest_before(self) -> None:
        markers = Markers()
        markers.set(person(1), DEN, 5)
        self.assertIsNone(markers.of(person(2), DEN))

    def test_an_account_has_them_at_every_session_but_not_those_of_its_name_before(self) -> None:
        markers = Markers()
        first, second = (Account(Nick("ann"), created_at=at, secret="") for at in (1, 2))
        markers.set(person(1, first), DEN, 5)
        self.assertEqual(markers.of(person(2, first), DEN), 5)
        self.assertIsNone(markers.of(person(3, second), DEN))

    def test_those_set_longest_ago_go_first(self) -> None:
        markers, ann = Markers(of_guests=Shelf(most=9, most_of_one=2)), person(1)
        for key in (DEN, TEA, DEN, RoomKey("new")):
            markers.set(ann, key, 5)
        self.assertIsNone(markers.of(ann, TEA))
        self.assertEqual(markers.of(ann, DEN), 5)

    def test_of_all_those_of_who_set_none_for_longest_go_first(self) -> None:
        markers = Markers(of_guests=Shelf(most=3, most_of_one=9))
        for number, key in ((1, DEN), (2, DEN), (2, TEA), (1, TEA)):
            markers.set(person(number), key, 5)
        found = [markers.of(person(number), key) for number in (1, 2) for key in (DEN, TEA)]
        self.assertEqual(found, [5, 5, None, 5])

    def test_one_guest_takes_markers_from_nobody(self) -> None:
        markers, account = Markers(), Account(Nick("ann"), created_at=1, secret="")
        markers.set(person(1, account), DEN, 5)
        markers.set(person(2), DEN, 5)
        for number in range(READ_MARKERS_OF_ONE + READ_MARKERS_OF_GUESTS):
            markers.set(person(3), RoomKey(f"@{number}"), 5)
        self.assertEqual(markers.of(person(1, account), DEN), 5)
        self.assertEqual(markers.of(person(2), DEN), 5)
        self.assertEqual(markers.of_guests.count, READ_MARKERS_OF_ONE + 1)

    def test_a_renamed_room_has_its_markers_and_none_of_the_room_before(self) -> None:
        markers = Markers()
        markers.set(person(1), DEN, 5)
        markers.set(person(1), TEA, 7)
        markers.set(person(2), TEA, 7)
        markers.rename(DEN, TEA)
        self.assertEqual([markers.of(person(1), key) for key in (DEN, TEA)], [None, 5])
        self.assertEqual((markers.of(person(2), TEA), markers.of_guests.count), (None, 1))
