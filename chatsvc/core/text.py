"""Check and clean text that people wrote.

Two rules keep terminals, logs and pages safe (promise: user text never carries
control characters, bidirectional overrides or line breaks):

* what comes in is *refused* when it holds one of them (`check_text`);
* what goes out to a person from an untrusted place is *cleaned* (`printable`).
"""

import re
import unicodedata

from chatsvc.core.errors import BadText

# C0, DEL, C1; line and paragraph separators; the embeddings, overrides and
# isolates of UAX #9 section 2 (the *marks* U+200E/U+200F/U+061C stay: Hebrew and
# Arabic need them and they cannot reorder anything else); interlinear annotation
# and tag characters, which hide text; surrogates and noncharacters.
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    chr(plane * 0x10000 + 0xFFFE) + chr(plane * 0x10000 + 0xFFFF) for plane in range(17)
)
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u206a-\u206f"
    f"\ufff9-\ufffb\U000e0000-\U000e001f\ud800-\udfff{_NONCHARACTERS}]"
)
_INVISIBLE = frozenset({"Cf", "Zs", "Mn", "Me", "Cn", "Co"})

BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols that show as nothing: the Hangul fillers, the empty braille cell."""


def check_text(text: str) -> str:
    """Return `text` unchanged if it may be shown to others.

    Raises `BadText` for control characters, bidirectional overrides, line
    breaks, and for text in which nothing can be seen.
    """
    if text.isascii() and text.isprintable() and not text.isspace():
        return text if text else _nothing()
    found = _FORBIDDEN.search(text)
    if found is not None:
        raise BadText(
            f"The text holds the character U+{ord(found[0]):04X}, which cannot be shown safely."
        )
    if not any(map(_is_visible, text)):
        _nothing()
    return text


def _is_visible(character: str) -> bool:
    return unicodedata.category(character) not in _INVISIBLE and character not in BLANK


def _nothing() -> str:
    raise BadText("The text has nothing in it that can be seen.")


def printable(text: str) -> str:
    """Return `text` with every unsafe character replaced by U+FFFD; never fails."""
    return _FORBIDDEN.sub("\ufffd", text)
