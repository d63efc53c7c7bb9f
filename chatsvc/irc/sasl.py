"""AUTHENTICATE: what a client says of itself in pieces of base64, and the mechanism PLAIN.

    client: AUTHENTICATE PLAIN
    server: AUTHENTICATE +
    client: AUTHENTICATE <up to 400 bytes>      as long as there are exactly 400, more follow;
    client: AUTHENTICATE +                      nothing more: "+"
    client: AUTHENTICATE *                      given up

Sources: https://ircv3.net/specs/extensions/sasl-3.1, RFC 4616 (PLAIN).
"""

from base64 import b64decode, b64encode
from enum import Enum

import attrs

PIECE = 400
"""Bytes of base64 in one line; fewer end a response."""

MOST_BYTES = 8192
"""Longest response, in bytes of base64: a password of 1,024 bytes needs less than a quarter."""

EMPTY = "+"
ABORTED = "*"


class Outcome(Enum):
    """What a piece comes to that does not complete a response."""

    MORE = "more"
    ABORTED = "aborted"
    TOO_LONG = "too long"
    ENDLESS = "endless"
    BROKEN = "broken"


class Pieces:
    """Put the pieces of one response together; holds at most `MOST_BYTES`."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> bytes | Outcome:
        """Take the next piece and return the response, or what else comes of it.

        After anything but MORE it is empty again.
        """
        if piece == ABORTED:
            return self._end(Outcome.ABORTED)
        if len(piece) > PIECE:
            return self._end(Outcome.TOO_LONG)
        if len(self._held) + len(piece) > MOST_BYTES:
            return self._end(Outcome.ENDLESS)
        if piece != EMPTY:
            self._held += piece
        if len(piece) == PIECE:
            return Outcome.MORE
        whole = self._held
        try:
            return self._end(b64decode(whole.encode("ascii"), validate=True))
        except ValueError:  # Also what is not ASCII.
            return self._end(Outcome.BROKEN)

    def _end(self, result: bytes | Outcome) -> bytes | Outcome:
        self._held = ""
        return result


def in_pieces(challenge: bytes) -> list[str]:
    """Return what the server says, as the parameters of its AUTHENTICATE lines."""
    written = b64encode(challenge).decode("ascii")
    pieces = [written[start : start + PIECE] for start in range(0, len(written), PIECE)]
    if not pieces or len(pieces[-1]) == PIECE:
        pieces.append(EMPTY)
    return pieces


@attrs.frozen
class Plain:
    """What PLAIN says: who, and the password."""

    name: str
    password: str = attrs.field(repr=False)


def parse_plain(response: bytes) -> Plain | None:
    """Return who says so; None if it is no PLAIN, or somebody who wants to be somebody else.

    "message = [authzid] UTF8NUL authcid UTF8NUL passwd" (RFC 4616 section 2). Nobody may act
    for another account here, so the first has to be empty or the same as the second.
    """
    try:
        parts = response.decode("utf-8").split("\0")
    except UnicodeDecodeError:
        return None
    if len(parts) != 3:
        return None
    acting_for, name, password = parts
    if not name or not password or acting_for not in ("", name):
        return None
    return Plain(name, password)
