r"""Masks: patterns that name people, for bans and mutes.

    mask    = ["@"] name / "~" name / "$guest" / address / address "/" prefix
    name    = 1*( character of a name / "*" / "?" )

| mask | whom it names |
|---|---|
| `bob` | who has the nick bob |
| `spam*`, `?ob` | by nick: `*` is any run of characters, also none; `?` is one character |
| `~bob`, `~*` | by account; `~*` is everybody who is logged in |
| `$guest` | everybody who is not logged in |
| `*!ann@*`, `*!*@*.ip` | by nick, user name and shown host: a pattern for each |
| `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32` | by address or network of any of one's connections |

Names are compared in their folded form, like names everywhere, so `BOB*` is `bob*`; a
`?` stands for one character of that form. There is no escape and no need of one: neither
`*` and `?` nor `@`, `~`, `$`, `/` and `:` are characters of names. What is written like an
address is one, though it could be a nick as well; as `@192.0.2.7` it is the nick.

A mask is kept in one canonical form: folded, `**` as `*`, `*?` as `?*`, networks without
the bits of a host, IPv4 written as IPv6 as IPv4. Parsing that form gives the mask again.

Matching takes one step for each character of the name, whatever the mask: all places of
the mask that the name may have reached are the bits of one integer (the Shift-And
algorithm of Baeza-Yates and Gonnet, 1992, with a loop for each `*`). Nothing is tried
twice, so no mask can make a match slow. Users cannot give regular expressions at all.
"""

import enum
import re
from collections.abc import Iterable

import attrs

from chatsvc.core.addresses import Network, address_of, parse_network
from chatsvc.core.errors import BadMask, BadRoom
from chatsvc.core.limits import MASK_LENGTH, MASK_STARS
from chatsvc.core.names import Nick, nick_key, parse_room_name, room_key
from chatsvc.core.subject import Subject
from chatsvc.core.text import printable

NICK_SIGN = "@"
ACCOUNT_SIGN = "~"
GUESTS = "$guest"

_WILD = re.compile(r"([*?])")
_STAR_RUN = re.compile(r"\*[*?]*")
_ALMOST_AN_ADDRESS = re.compile(r"(?:[0-9]+\.){3}[0-9]+|(?=.*[*?])[0-9*?]*\.[0-9.*?]*")
_LONGEST_SHOWN = 40
_FORMS = (
    "name a nick (bob, spam*), an account (~bob), $guest, or an address or network "
    "(192.0.2.7, 192.0.2.0/24, 2001:db8::/32)"
)


class Form(enum.Enum):
    """What a mask looks at."""

    NICK = "nick"
    ACCOUNT = "account"
    GUESTS = "guests"
    NETWORK = "network"
    HOSTMASK = "hostmask"


@attrs.frozen
class Glob:
    """A pattern over folded names, ready to match.

    Place i of the pattern is reached when i of its single characters have matched.
    `accepts` has, for each character, the places that it leads on from; `wild` those that
    every character leads on from (`?`); `loops` those where any character is taken without
    leading on (`*`); `goal` is the last place. A set of places is an integer, one bit each.

    Most masks name nobody who is here, so two looks come first: a name has to be `least`
    characters long and to have `piece` in it, the longest run without wildcards.
    """

    text: str
    accepts: dict[str, int]
    wild: int
    loops: int
    goal: int
    least: int = 0
    piece: str = ""

    @classmethod
    def of(cls, text: str) -> "Glob":
        """Make a glob from a pattern in its canonical form."""
        accepts: dict[str, int] = {}
        wild = loops = 0
        place = 1
        for character in text:
            if character == "*":
                loops |= place
                continue
            if character == "?":
                wild |= place
            else:
                accepts[character] = accepts.get(character, 0) | place
            place <<= 1
        piece = max(_WILD.split(text), key=len)
        least = len(text) - text.count("*")
        return cls(text, accepts, wild, loops, place, least, "" if piece in "*?" else piece)

    def matches(self, name: str) -> bool:
        """Tell whether the pattern is all of `name`, a folded name."""
        if self.text == "*":
            return True
        return len(name) >= self.least and self.piece in name and self.walk(name)

    def walk(self, name: Iterable[str]) -> bool:
        """Do the same without the looks that come first: one step a character."""
        accepts, wild, loops = self.accepts, self.wild, self.loops
        reached = 1
        for character in name:
            leads_on = reached & (accepts.get(character, 0) | wild)
            reached = leads_on << 1 | reached & loops
            if not reached:
                return False
        return bool(reached & self.goal)


@attrs.frozen
class Mask:
    """A mask in its canonical form, `text`; two masks are equal when that is.

    `glob` is there only for names with wildcards, `network` only for networks, `parts` only
    for nick, user and host. `name` is
    the folded nick or account without its sign, of a mask by name.
    """

    text: str
    form: Form = attrs.field(eq=False)
    name: str = attrs.field(default="", eq=False)
    glob: Glob | None = attrs.field(default=None, eq=False, repr=False)
    network: Network | None = attrs.field(default=None, eq=False, repr=False)
    parts: tuple[Glob, ...] = attrs.field(default=(), eq=False, repr=False)

    @property
    def is_exact(self) -> bool:
        """Tell whether this names one nick or account, without wildcards."""
        return bool(self.name) and self.glob is None

    def hits(self, subject: Subject) -> bool:
        """Tell whether this names `subject`."""
        match self.form:
            case Form.NICK:
                return any(map(self._is_name, subject.names))
            case Form.ACCOUNT:
                return self._is_name(subject.account)
            case Form.GUESTS:
                return subject.account is None
            case Form.NETWORK:
                return any(map(self._is_address, subject.addresses))
            case Form.HOSTMASK:
                return self._is_source(subject)

    def _is_name(self, nick: Nick | None) -> bool:
        if nick is None:
            return False
        key = nick_key(nick)
        return key == self.name if self.glob is None else self.glob.matches(key)

    def _is_source(self, subject: Subject) -> bool:
        nick, user, host = self.parts
        if subject.nick is None or not nick.matches(nick_key(subject.nick)):
            return False
        return any(
            user.matches(each_user.lower()) and host.matches(each_host.lower())
            for each_user, each_host in subject.sources
        )

    def _is_address(self, host: str) -> bool:
        assert self.network is not None
        address = address_of(host)
        return address is not None and address in self.network


def parse_mask(word: str) -> Mask:
    """Return the mask that `word` is; raise `BadMask` with a sentence that says what would do."""
    if len(word) > MASK_LENGTH:
        raise BadMask(f"A mask has at most {MASK_LENGTH} characters; this one has {len(word)}.")
    if word.lower() == GUESTS:
        return Mask(GUESTS, Form.GUESTS)
    if "!" in word:
        return _hostmask(word)
    if word.startswith(ACCOUNT_SIGN):
        return _named(word[len(ACCOUNT_SIGN) :], Form.ACCOUNT, word)
    if word.startswith(NICK_SIGN):
        return _named(word[len(NICK_SIGN) :], Form.NICK, word)
    if "/" in word or ":" in word or address_of(word) is not None:
        return _network(word)
    if _ALMOST_AN_ADDRESS.fullmatch(word):
        raise BadMask(
            f'"{_shown(word)}" looks like an address, but is none: '
            "name an address or a network, such as 192.0.2.7 or 192.0.2.0/24, "
            "or put @ before a nick."
        )
    return _named(word, Form.NICK, word)


def mask_of(subject: Subject) -> Mask:
    """Return the mask that names this one person best: the account, or else the nick.

    Raises `BadMask` for somebody who has neither.
    """
    if subject.account is not None:
        return _named(subject.account, Form.ACCOUNT, subject.account)
    return _named(subject.nick or "", Form.NICK, subject.nick or "")


def text_for(form: Form, name: str) -> str:
    """Return the canonical text of a mask by name, for a folded nick or account, or a glob."""
    if form is Form.ACCOUNT:
        return ACCOUNT_SIGN + name
    return NICK_SIGN + name if _ALMOST_AN_ADDRESS.fullmatch(name) else name


def _hostmask(word: str) -> Mask:
    """Return a mask by nick, user and host; by nick alone where the others say nothing."""
    nick, _, rest = word.partition("!")
    user, at, host = rest.rpartition("@")
    if not (nick and at and user and host) or printable(rest) != rest or " " in rest:
        raise _bad(word)
    if user == host == "*":
        return _named(nick, Form.NICK, word)
    key = _STAR_RUN.sub(_stars_last, _folded_pieces(nick, word))
    parts = (key, *(_STAR_RUN.sub(_stars_last, part.lower()) for part in (user, host)))
    text = f"{parts[0]}!{parts[1]}@{parts[2]}"
    if text.count("*") > MASK_STARS:
        raise BadMask(f"A mask has at most {MASK_STARS} of *; this one has {text.count('*')}.")
    if len(text) > MASK_LENGTH:
        raise BadMask(f"A mask has at most {MASK_LENGTH} characters when it is folded.")
    return Mask(text, Form.HOSTMASK, parts=tuple(map(Glob.of, parts)))


def _network(word: str) -> Mask:
    try:
        network = parse_network(word if "%" not in word else "")
    except ValueError:
        raise _bad(word) from None
    alone = network.prefixlen == network.max_prefixlen
    text = str(network.network_address) if alone else str(network)
    return Mask(text, Form.NETWORK, network=network)


def _named(pattern: str, form: Form, word: str) -> Mask:
    if not _WILD.search(pattern):
        name = _folded(pattern, word)
        return Mask(text_for(form, name), form, name)
    name = _STAR_RUN.sub(_stars_last, _folded_pieces(pattern, word))
    if name.count("*") > MASK_STARS:
        raise BadMask(f"A mask has at most {MASK_STARS} of *; this one has {name.count('*')}.")
    text = text_for(form, name)
    if len(text) > MASK_LENGTH:
        raise BadMask(f"A mask has at most {MASK_LENGTH} characters when it is folded.")
    return Mask(text, form, name, Glob.of(name))


_BEFORE_A_PIECE = "_"
"""What a piece of a name is checked behind: it may begin with a mark that a name may not."""


def _folded_pieces(pattern: str, word: str) -> str:
    """Fold what is between the wildcards, each piece by itself, as names are folded."""
    return "".join(
        piece if piece in ("*", "?", "") else _folded(_BEFORE_A_PIECE + piece, word)[1:]
        for piece in _WILD.split(pattern)
    )


def _folded(name: str, word: str) -> str:
    """Return the folded form of a name, which has to be a name itself: then it is final.

    It is held to what all names keep to, and not to what is asked of new nicks besides: what
    stands between two wildcards, or was a nick once, need not be one that can be taken.
    """
    try:
        key: str = room_key(parse_room_name(name))
        is_final = room_key(parse_room_name(key)) == key
    except BadRoom:
        is_final = False
    if not is_final:
        raise _bad(word)
    return key


def _stars_last(run: "re.Match[str]") -> str:
    return "?" * run[0].count("?") + "*"


def _bad(word: str) -> BadMask:
    return BadMask(f'"{_shown(word)}" is no mask: {_FORMS}.')


def _shown(word: str) -> str:
    return printable(word)[:_LONGEST_SHOWN]
