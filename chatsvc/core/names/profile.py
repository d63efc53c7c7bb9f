"""What a new name that is not plain ASCII has to keep to.

1. Shown as RFC 8266 (Nickname) says: full-width and other compatibility forms are replaced
   (NFKC), case is kept.
2. Allowed as RFC 8265 (UsernameCaseMapped) says: no symbols, no obsolete letters, nothing
   invisible, right-to-left names by the rule of RFC 5893.
3. No piles of marks (UTS #39, section 5.4), and none that shows as nothing.
4. Letters of one script, or of a usual mixture (`scripts`).

Names that were made when less was asked can still be looked up: these rules are for making
names only.
"""

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from chatsvc.core.errors import Refusal
from chatsvc.core.names.scripts import mixed_scripts, scripts_of

if TYPE_CHECKING:
    from precis_i18n.profile import Profile

MOST_MARKS = 4
"""Marks on one letter; UTS #39, section 5.4. Vietnamese has 2, some transcriptions have 3."""

LONGEST_SHOWN = 40
"""Characters of a refused name that its refusal repeats."""

_BLANK = frozenset("\U00013441\U00013442\U00016fe4")
"""Letters that show as nothing and that PRECIS knows nothing of: blanks and a filler of
Egyptian and Khitan writing."""

_STACKERS = frozenset(
    "\u1039\u17d2\u1a60\U00010a3f\U0001107f\U00011133\U000113d0\U00011a47\U00011a99\U00011d45"
    "\U00011d97\U00011f42"
)
"""Marks that join two letters and show as nothing without a letter after them."""


def shown_form(name: str) -> str:
    """Return `name` as it is shown when it is new.

    For a name without spaces that is allowed this is all that NicknameCasePreserved does.
    """
    return unicodedata.normalize("NFKC", name)


def check_profile(name: str, error: type[Refusal], what: str) -> None:
    """Make sure that `name`, in the form that is shown, may be made; raise `error`."""
    _check_marks(name, error, what)
    _check_precis(name, error, what)
    _check_characters(name, error, what)
    mixed = mixed_scripts(name)
    if mixed is not None:
        one, other = mixed
        raise error(
            f'"{name[:LONGEST_SHOWN]}" mixes {one} and {other} letters; '
            f"in a {what} use letters of one script, so that it is not taken for another."
        )


def _check_marks(name: str, error: type[Refusal], what: str) -> None:
    marks = 0
    before = ""
    for character in unicodedata.normalize("NFD", name):
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks > MOST_MARKS or (marks and character == before):
            raise error(
                f"A letter of a {what} has at most {MOST_MARKS} marks, and none of them twice; "
                "leave some out."
            )
        before = character


def _check_precis(name: str, error: type[Refusal], what: str) -> None:
    try:
        _allowed().enforce(name)
    except UnicodeEncodeError as broken:
        if broken.reason.endswith("bidi_rule"):
            raise error(
                f"A {what} with right-to-left letters begins with one and ends with one or a "
                "digit, and has no left-to-right letters; choose another."
            ) from None
        raise _not_allowed(broken.object[broken.start], error, what) from None


def _check_characters(name: str, error: type[Refusal], what: str) -> None:
    for character, following in zip(name, f"{name[1:]}-", strict=True):
        if (
            character in _BLANK
            or not scripts_of(character)
            or (character in _STACKERS and unicodedata.category(following)[0] != "L")
        ):
            raise _not_allowed(character, error, what)


def _not_allowed(character: str, error: type[Refusal], what: str) -> Refusal:
    return error(f"A {what} may not have the character U+{ord(character):04X} here; leave it out.")


@lru_cache(maxsize=1)
def _allowed() -> "Profile":
    """Return the profile that says which names are allowed.

    The package is loaded when a name that is not plain ASCII is first met.
    """
    from precis_i18n import get_profile

    return get_profile("UsernameCaseMapped")
