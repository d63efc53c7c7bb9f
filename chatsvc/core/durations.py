"""How long something holds, as people write it: `30m`, `2h`, `7d`, `1w`, `perm`."""

import re

from chatsvc.core.errors import Usage
from chatsvc.core.limits import LONGEST_SANCTION_DAYS
from chatsvc.core.text import printable

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
"""In seconds."""

FOR_GOOD = "perm"
MILLISECONDS = 1000

_UNITS = {"w": WEEK, "d": DAY, "h": HOUR, "m": MINUTE}
_DURATION = re.compile(r"([0-9]{1,6})([mhdw])", re.IGNORECASE | re.ASCII)
_LOOKS_LIKE_ONE = re.compile(  # So does 1h30m, which is none.
    r"[+-]?[0-9][0-9.,_]*[a-z]{0,7}|[0-9]{1,6}[a-z]{1,7}([0-9]{1,6}[a-z]{1,7})+",
    re.IGNORECASE | re.ASCII,
)
_LONGEST_SHOWN = 20


def parse_duration(word: str, most_days: int = LONGEST_SANCTION_DAYS) -> int | None:
    """Return the seconds that `word` names, None for `perm`.

    At least a minute and at most `most_days`; anything else raises `Usage`.
    """
    if word.lower() == FOR_GOOD:
        return None
    found = _DURATION.fullmatch(word)
    seconds = int(found[1]) * _UNITS[found[2].lower()] if found else 0
    if not MINUTE <= seconds <= most_days * DAY:
        raise Usage(
            f'"{printable(word)[:_LONGEST_SHOWN]}" is no time from 1m to {most_days}d: '
            f"say it like 30m, 2h, 7d or 1w, or {FOR_GOOD} for good."
        )
    return seconds


def looks_like_a_duration(word: str) -> bool:
    """Tell whether `word` is a duration, or so close to one that it can only be a mistake."""
    return word.lower() == FOR_GOOD or _LOOKS_LIKE_ONE.fullmatch(word) is not None


def format_duration(seconds: int | None) -> str:
    """Return `seconds` in the largest unit that they are a whole number of; None is `perm`.

    What is left of a minute counts as a whole one.
    """
    if seconds is None:
        return FOR_GOOD
    minutes = max(1, -(-seconds // MINUTE)) * MINUTE
    sign, unit = next((sign, unit) for sign, unit in _UNITS.items() if minutes % unit == 0)
    return f"{minutes // unit}{sign}"


def rough_duration(seconds: int) -> str:
    """Return `seconds` rounded up to two places or fewer of a unit, for sentences.

    90061 seconds are `26h`, not `1502m`.
    """
    for unit in (DAY, HOUR):
        if seconds >= 2 * unit:
            return format_duration(-(-seconds // unit) * unit)
    return format_duration(seconds)
