"""A dict that is also kept in the order of its keys, to be walked while it changes."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import TypeVar

K = TypeVar("K", bound=str)
V = TypeVar("V")


class OrderedKeys(dict[K, V]):
    """A dict whose `walk` goes through its keys in order.

    Written with `d[key] = value` and `del d[key]` alone; look-ups are the dict's own.
    """

    def __init__(self) -> None:
        super().__init__()
        self._order: list[K] = []

    def __setitem__(self, key: K, value: V) -> None:
        if key not in self:
            insort(self._order, key)
        super().__setitem__(key, value)

    def __delitem__(self, key: K) -> None:
        super().__delitem__(key)
        del self._order[bisect_left(self._order, key)]

    def walk(self) -> Iterator[V]:
        """Return the values in the order of their keys, each as it is when it is asked for.

        What is put in or taken out meanwhile is met or not, as it lies ahead or behind.
        """
        order, at = self._order, 0
        while at < len(order):
            key = order[at]
            yield self[key]
            at = at + 1 if at < len(order) and order[at] is key else bisect_right(order, key)
