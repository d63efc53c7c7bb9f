"""Ranges of characters as the tables from Unicode write them: "41-5a,5f"."""

from collections.abc import Iterator


def ranges_in(text: str) -> Iterator[tuple[int, int]]:
    """Return the first and the last number of each range."""
    for part in text.split(","):
        first, _, last = part.partition("-")
        yield int(first, 16), int(last or first, 16)


def numbers_in(text: str) -> Iterator[int]:
    """Return every number in the ranges."""
    for first, last in ranges_in(text):
        yield from range(first, last + 1)
