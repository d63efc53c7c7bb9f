"""How text is cut into the terms that a search compares; the same for text and for query.

A term is

* one character of Chinese, Japanese or Korean, which do not put spaces between words;
* otherwise a run of letters, digits and the marks on them,

case-folded, in compatibility form, without diacritics: "Straße", "STRASSE" and
"strasse" have the same term. A search word becomes a *phrase*: its terms, one
directly after the other, separated by spaces. So is an indexed text, and a text
holds a phrase where the one line holds the other.
"""

import re
import unicodedata
from functools import lru_cache

_PLAIN_TERM = re.compile("[0-9a-z]+")

# Combining classes of 10 and above are accents, points and tones. Below are the
# marks without which a letter is another letter: nukta, virama, voiced kana.
_FIRST_DIACRITIC_CLASS = 10

# Putting n combining marks in order takes n * n steps. Of a longer pile than that of the
# Stream-Safe Text Format (UAX #15, section 13) the rest is left out. Three Tibetan vowels
# and two half-width sound marks are no marks themselves but decompose into some.
_HIGHEST_PILE = 30
_SHORT = 256
_DECOMPOSE_TO_MARKS = "\u0f73\u0f75\u0f81\uff9e\uff9f"

_CJK = (
    (0x1100, 0x11FF),  # Hangul jamo
    (0x3005, 0x3007),  # iteration mark, closing mark, zero
    (0x3021, 0x3029),  # Hangzhou numerals
    (0x3041, 0x318E),  # Hiragana, Katakana, Bopomofo, Hangul compatibility jamo
    (0x31A0, 0x31FF),  # Bopomofo extended, Katakana extensions
    (0x3400, 0x4DBF),  # Han extension A
    (0x4E00, 0x9FFF),  # Han
    (0xA960, 0xA97F),  # Hangul jamo extended A
    (0xAC00, 0xD7FF),  # Hangul syllables, jamo extended B
    (0xF900, 0xFAFF),  # Han compatibility
    (0x1AFF0, 0x1B16F),  # Kana extended
    (0x20000, 0x3FFFF),  # Han extensions B and later
)


def search_terms(text: str) -> list[str]:
    """Return the terms of `text`, in order; each holds neither spaces nor ASCII punctuation."""
    if text.isascii():
        return _PLAIN_TERM.findall(text.lower())
    return "".join(map(_spaced, _without_diacritics(text))).split()


def search_line(text: str) -> str:
    """Return the terms of `text` with one space between them, as they are indexed."""
    return " ".join(search_terms(text))


def search_phrases(words: str) -> list[str]:
    """Return one phrase for each search word that has terms, each phrase once."""
    phrases = map(search_line, words.split())
    return [phrase for phrase in dict.fromkeys(phrases) if phrase]


def holds_all(phrases: list[str], text: str) -> bool:
    """Tell whether `text` holds every one of `phrases`."""
    line = f" {search_line(text)} "
    return all(f" {phrase} " in line for phrase in phrases)


def _without_diacritics(text: str) -> str:
    # Folding may undo the composition and the other way round, hence both twice
    # (Unicode, definition D146). The last step puts kana and Hangul together again.
    folded = unicodedata.normalize("NFKD", _without_piles(text)).casefold()
    apart = unicodedata.normalize("NFKD", folded)
    bare = filter(_is_no_diacritic, apart)
    return unicodedata.normalize("NFC", "".join(bare)).casefold()


def _without_piles(text: str) -> str:
    if len(text) <= _SHORT:
        return text
    kept, height = [], 0
    for character in text:
        is_mark = unicodedata.combining(character) or character in _DECOMPOSE_TO_MARKS
        height = height + 1 if is_mark else 0
        if height <= _HIGHEST_PILE:
            kept.append(character)
    return "".join(kept)


def _is_no_diacritic(character: str) -> bool:
    return unicodedata.combining(character) < _FIRST_DIACRITIC_CLASS


@lru_cache(maxsize=65536)
def _spaced(character: str) -> str:
    """Return what stands for a character in the line that is split into terms."""
    if _is_cjk(character):
        return f" {character} "
    category = unicodedata.category(character)
    if category[0] in "LN" or category in ("Mn", "Mc"):
        return "" if _is_variation_selector(character) else character
    return "" if category == "Cf" else " "


def _is_cjk(character: str) -> bool:
    point = ord(character)
    return any(first <= point <= last for first, last in _CJK) and character.isalnum()


def _is_variation_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
