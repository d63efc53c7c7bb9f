"""A SASL login under way: the mechanism, and what has come of its next response."""

import attrs

from chatsvc.core.names import Nick
from chatsvc.irc.sasl import Pieces
from chatsvc.irc.scram import Exchange


@attrs.define(eq=False)
class Proof:
    """How far a SCRAM login has come: whose it is, by which secret; `is_right` when it is shown."""

    exchange: Exchange
    name: Nick
    secret: str = attrs.field(repr=False)
    is_right: bool = False


@attrs.define(eq=False)
class Login:
    """One login by `mechanism`."""

    mechanism: str
    pieces: Pieces = attrs.field(factory=Pieces)
    scram: Proof | None = None
