"""A dict in the order of its keys, while it changes."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.order import OrderedKeys

keys = st.text("abc", max_size=3)
changes = st.lists(st.tuples(st.booleans(), keys), max_size=30)


def change(ordered: OrderedKeys[str, str], is_kept: bool, key: str) -> None:
    """Put `key` in or take it out."""
    if is_kept:
        ordered[key] = key
    elif key in ordered:
        del ordered[key]


class OrderTests(SynchronousTestCase):
    @given(changes)
    def test_a_walk_meets_every_key_in_order(self, history: list[tuple[bool, str]]) -> None:
        ordered: OrderedKeys[str, str] = OrderedKeys()
        for each in history:
            change(ordered, *each)
        self.assertEqual(list(ordered.walk()), sorted(ordered))

    @given(changes, changes)
    def test_a_walk_meets_what_stays_and_nothing_twice(
        self, history: list[tuple[bool, str]], meanwhile: list[tuple[bool, str]]
    ) -> None:
        ordered: OrderedKeys[str, str] = OrderedKeys()
        for each in history:
            change(ordered, *each)
        staying = set(ordered) - {key for _, key in meanwhile}
        met = []
        for key in ordered.walk():
            met.append(key)
            if meanwhile:
                change(ordered, *meanwhile.pop())
        self.assertEqual(met, sorted(set(met)))
        self.assertEqual(staying - set(met), set())
