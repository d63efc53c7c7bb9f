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


_PUNCTUATION = "_[]{}^|`\\-."
_any_beginnings = st.characters(categories=["L", "N"]) | st.sampled_from(_PUNCTUATION[:-2])
_any_rests = st.text(
    st.characters(categories=["L", "N", "M"]) | st.sampled_from(_PUNCTUATION), max_size=12
)
_any_spellings = st.builds(str.__add__, _any_beginnings, _any_rests)
_plain_spellings = st.from_regex(r"[a-z][a-z0-9_.-]{0,8}", fullmatch=True)

_ALPHABETS = (
    "abijlmnorwzABIJLMNORWZéñßøıİŁﬁＡｂ0129\u0301\u0307\u0323",
    "абвгеіјкморстухАВЕКМНОРСТУХЁй019",
    "αβγικνορσςτυχωΑΒΕΙΚΜΝΟΡΤΥΧάΐ012",
    "אבגדהוזנסר012\u05b8\u05b0",
    "ابتحسعلمنهيک٠١٢\u064e\u0651",
    "कखगमनरा\u093f\u094d\u0902०१२",
    "กขคมนรเแ\u0e31\u0e34\u0e48๐๑",
    "名前工口一力二カナエロータニひらがなAbc1",
    "한글이름가나ㅏ字Abc1",
    "ㄅㄆㄇ中文名字Abc1",
    "ᎠᎡᎢᎣꭰꭱ",
)


def _in_alphabet(letters: str) -> st.SearchStrategy[str]:
    return st.text(st.sampled_from(letters + _PUNCTUATION), min_size=1, max_size=12)


spellings = st.one_of(_plain_spellings, _any_spellings, *map(_in_alphabet, _ALPHABETS))
"""Texts that somebody may want for a name; not all of them may be one."""

nicks: st.SearchStrategy[Nick] = (
    st.one_of(_plain_spellings, *map(_in_alphabet, _ALPHABETS))
    .filter(_passes(parse_nick))
    .map(parse_nick)
)
room_names: st.SearchStrategy[RoomName] = (
    (_any_spellings | _plain_spellings).filter(_passes(parse_room_name)).map(parse_room_name)
)
texts = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)
    | st.sampled_from([" #a b", "#a b", "-", " -", "@bob hi", "//x", "  two  spaces  ", "#", "# "])
).filter(_passes(check_text))
"""Texts that `check_text` takes, spaces at their ends included."""
optional_texts = st.just("") | texts
counts = st.integers(0, 10**15 - 1)
times = st.integers(0, YEAR_9999)
