"""CHATHISTORY: which messages are asked for.

    CHATHISTORY LATEST target (* / point) limit
    CHATHISTORY BEFORE / AFTER / AROUND target point limit
    CHATHISTORY BETWEEN target point point limit
    CHATHISTORY TARGETS timestamp timestamp limit
    point = "msgid=" id / "timestamp=" time

Source: https://ircv3.net/specs/extensions/chathistory
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import attrs

from chatsvc.irc.msgids import (
    DirectMessage,
    RoomHappening,
    RoomMessage,
    parse_happening,
    parse_msgid,
)
from chatsvc.irc.replies import NOTHING_GIVEN, Refused, failure

MOST_MESSAGES = 100
"""Messages of one answer, as the token CHATHISTORY tells; more are not given."""

REFERENCES = "msgid,timestamp"
"""What a point may be, as the token MSGREFTYPES tells."""

COMMAND = "CHATHISTORY"
ANYWHERE = "*"
POINTS = {"LATEST": 1, "BEFORE": 1, "AFTER": 1, "AROUND": 1, "BETWEEN": 2, "TARGETS": 2}
"""How many points each subcommand has."""

_MOST_DIGITS = 9


@attrs.frozen
class At:
    """A moment, in milliseconds since 1970 UTC."""

    milliseconds: int


Point = RoomMessage | RoomHappening | DirectMessage | At
"""Where to begin or end; it is not itself part of the answer, save for AROUND."""


@attrs.frozen
class Asked:
    """What is asked for; LATEST has no point for `*`. `target` is "" for TARGETS."""

    subcommand: str
    target: str
    points: tuple[Point, ...]
    limit: int


def parse_chathistory(params: Sequence[str]) -> Asked:
    """Return what the parameters of CHATHISTORY ask for; raise `Refused`."""
    subcommand = params[0].upper() if params else ""
    count = POINTS.get(subcommand)
    if count is None:
        raise _refused("INVALID_PARAMS", subcommand, text="Unknown subcommand")
    has_target = subcommand != "TARGETS"
    if len(params) < 2 + has_target + count:
        raise _refused("INVALID_PARAMS", subcommand, text="Insufficient parameters")
    target = params[1] if has_target else ""
    written = params[1 + has_target : 1 + has_target + count]
    limit = _limit(subcommand, params[1 + has_target + count])
    if subcommand == "LATEST" and written[0] == ANYWHERE:
        return Asked(subcommand, target, (), limit)
    points = tuple(_point(subcommand, target, word) for word in written)
    if not has_target and not all(isinstance(point, At) for point in points):
        raise _refused("INVALID_PARAMS", subcommand, text="TARGETS takes timestamps")
    return Asked(subcommand, target, points, limit)


def _limit(subcommand: str, word: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) <= _MOST_DIGITS):
        raise _refused("INVALID_PARAMS", subcommand, text="The limit is no number")
    return min(int(word), MOST_MESSAGES)


def _point(subcommand: str, target: str, word: str) -> Point:
    kind, _, value = word.partition("=")
    point: Point | None = None
    if kind == "timestamp":
        point = moment(value)
    elif kind == "msgid":
        point = parse_msgid(value) or parse_happening(value)
    else:
        raise _refused("INVALID_MSGREFTYPE", subcommand, target, word, text="Unknown reference")
    if point is None:
        raise _refused("INVALID_PARAMS", subcommand, word, text="No such message or time")
    return point


def moment(value: str) -> At | None:
    """Return the moment that a timestamp tells: ISO 8601 in UTC, of any precision."""
    if not value.isascii() or not value.endswith("Z"):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return At(round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000))


def _refused(code: str, *context: str, text: str) -> Refused:
    given = tuple(word or NOTHING_GIVEN for word in context)
    return Refused(failure(COMMAND, code, *given, text=text))
