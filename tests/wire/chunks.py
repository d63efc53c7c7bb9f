"""Cut streams of bytes into chunks, and feed them to a LineBuffer."""

from collections.abc import Iterable, Iterator

from hypothesis import strategies as st

from chatsvc.wire.framing import LineBuffer, TooLong

Lines = list[bytes | TooLong]


def lines_of(chunks: Iterable[bytes], limit: int) -> Lines:
    """Return what a fresh buffer makes of `chunks`; check that it holds little between them."""
    buffer = LineBuffer(limit)
    lines: Lines = []
    for chunk in chunks:
        lines += buffer.feed(chunk)
        assert len(buffer._rest) <= limit + 1
    return lines


def every_cut(data: bytes) -> Iterator[list[bytes]]:
    """Return `data` whole, cut in two in every place, and byte by byte."""
    for place in range(len(data) + 1):
        yield [data[:place], data[place:]]
    yield [data[place : place + 1] for place in range(len(data))]


@st.composite
def cut_up(draw: st.DrawFn, data: bytes) -> list[bytes]:
    """Draw a way to cut `data`."""
    places = sorted(draw(st.lists(st.integers(0, len(data)), max_size=8)))
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]
