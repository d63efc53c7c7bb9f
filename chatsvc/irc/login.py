"""A SASL login under way: the mechanism, and what has come of its next response."""

import attrs

from chatsvc.irc.sasl import Pieces


@attrs.define(eq=False)
class Login:
    """One login by `mechanism`."""

    mechanism: str
    pieces: Pieces = attrs.field(factory=Pieces)
