"""Times as people and programs read them: ISO 8601, UTC, milliseconds, `Z`.

    2026-11-20T10:00:00.123Z  <->  1795168800123

Everything inside the house counts milliseconds since 1970-01-01 UTC; only what
goes out to a client or a file is text.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{3})Z", re.ASCII)


def format_time(milliseconds: int) -> str:
    """Return a time as text; raise `OverflowError` outside the years 1 to 9999."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{_to_the_second(seconds)}.{rest:03}Z"


def parse_time(text: str) -> int:
    """Return the milliseconds of a text that `format_time` made; raise `ValueError` otherwise."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a time like 2026-11-20T10:00:00.123Z")
    *whole, rest = map(int, found.groups())
    year, month, day, hour, minute, second = whole
    moment = datetime(year, month, day, hour, minute, second, rest * 1000, tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(milliseconds=1)


# Messages come in the order of time, so nearly all of a page share a few seconds.
@lru_cache(maxsize=1024)
def _to_the_second(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()
