"""Read markers: whose they are, and how many there are."""

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.accounts import Account
from chatsvc.core.markers import Markers
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
        markers, ann = Markers(most=2), person(1)
        for key in (DEN, TEA, DEN, RoomKey("new")):
            markers.set(ann, key, 5)
        self.assertIsNone(markers.of(ann, TEA))
        self.assertEqual(markers.of(ann, DEN), 5)
