"""What hypothesis draws: names, texts, numbers and times that the core lets in."""

from collections.abc import Callable

from hypothesis import strategies as st

from chatsvc.core.errors import Refusal
from chatsvc.core.names import Nick, RoomName, parse_nick, parse_room_name
from chatsvc.core.text import check_text

YEAR_9999 = 253_402_300_799_999


def _passes(check: Callable[[str], object]) -> Callable[[str], bool]:
    def passes(text: str) -> bool:
        try:
            check(text)
        except Refusal:
            return False
        return True

    return passes


_beginnings = st.characters(categories=["L", "N"]) | st.sampled_from("_[]{}^|`\\")
_rests = st.text(
    st.characters(categories=["L", "N", "M"]) | st.sampled_from("_[]{}^|`\\-."), max_size=12
)
_spellings = st.builds(str.__add__, _beginnings, _rests) | st.from_regex(
    r"[a-z][a-z0-9_.-]{0,8}", fullmatch=True
)

nicks: st.SearchStrategy[Nick] = _spellings.filter(_passes(parse_nick)).map(parse_nick)
room_names: st.SearchStrategy[RoomName] = _spellings.filter(_passes(parse_room_name)).map(
    parse_room_name
)
texts = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)
    | st.sampled_from([" #a b", "#a b", "-", " -", "@bob hi", "//x", "  two  spaces  ", "#", "# "])
).filter(_passes(check_text))
"""Texts that `check_text` takes, spaces at their ends included."""
optional_texts = st.just("") | texts
counts = st.integers(0, 10**15 - 1)
times = st.integers(0, YEAR_9999)
