"""The pieces of the lines a server sends: how they are written, and how they are read."""

from collections.abc import Iterable

from chatsvc.wire.times import format_time, parse_time

NONE = "-"
"""Stands for a nick or time that is not there."""


def line(text: str) -> bytes:
    """Return a line with its end."""
    return f"{text}\n".encode()


def lines(rows: Iterable[str], last: str) -> bytes:
    """Return rows, and the line that ends them."""
    return "".join(f"{row}\n" for row in (*rows, last)).encode()


def with_rest(start: str, rest: str) -> str:
    """Return a line that ends with a text, which may be empty."""
    return f"{start} {rest}" if rest else start


def time_or_none(at: int | None) -> str:
    """Return a time; 0 and None are "-"."""
    return format_time(at) if at else NONE


def split(words: str, count: int) -> list[str]:
    """Return exactly `count` fields, the last one being all that is left, perhaps empty."""
    fields = words.split(" ", count - 1)
    return fields + [""] * (count - len(fields))


def read_time(word: str) -> int:
    """Return a time as `time_or_none` writes it; 0 for none."""
    return 0 if word == NONE else parse_time(word)
