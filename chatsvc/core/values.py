"""Classes of values that never change: every command, event and reply is one.

`attrs.frozen` guards each assignment, its own in `__init__` too, which makes an object
three times as dear. Some classes are made for every message, or for each member of a room that
is listed; for these the type checker alone guards, as the attrs documentation suggests.
"""

from functools import partial
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from attrs import frozen as lightly_frozen
else:
    lightly_frozen = partial(attrs.define, unsafe_hash=True)

__all__ = ["lightly_frozen"]
