"""Bans and mutes: who is kept out of a room, or kept quiet in it, until when and why.

    ban bob 2h spam          ban 192.0.2.0/24 perm           ban ~spam* 1w

A ban (IRC: +b, XMPP: the affiliation "outcast") keeps out whom its mask names, and puts out
who is in; a mute (IRC: +q) lets them stay and read. Both are a `Sanction`, and each room has
a `Sanctions` of each kind. Owners, moderators and operators of the server are never hit:
whoever may lift a ban must not be shut out by one (this is all there is of IRC's +e).

A sanction is over by itself when its time has come: `now` is an argument everywhere, in
milliseconds since 1970 UTC, and what is over hits nobody, is not counted and not shown,
whether or not it has been cleared away yet.

Looking one person up costs nothing where there are none, a few look-ups in dicts for all
exact masks and networks, and a match for each mask with wildcards; `Limits.room_sanctions`
bounds these.
"""

import enum
from collections.abc import Iterable, Iterator

import attrs

from chatsvc.core.addresses import Address, Network, address_of
from chatsvc.core.durations import (
    MILLISECONDS,
    looks_like_a_duration,
    parse_duration,
    rough_duration,
)
from chatsvc.core.errors import BadText, TooMany
from chatsvc.core.limits import REASON_LENGTH
from chatsvc.core.masks import GUESTS, Form, Mask, text_for
from chatsvc.core.names import Nick, nick_key
from chatsvc.core.subject import Subject
from chatsvc.core.text import check_text


class Means(enum.Enum):
    """What a sanction does; the last three are favours.

    `SPARE`: no ban and no mute hits these (IRC: +e); `HEAR`: no mute does. `ADMIT`: these are
    invited for good (IRC: +I).
    """

    BAN = "ban"
    MUTE = "mute"
    SPARE = "spare"
    HEAR = "hear"
    ADMIT = "admit"


NEVER = float("inf")
"""When what is laid for good is over."""

FAVOURS = (Means.SPARE, Means.HEAR, Means.ADMIT)
"""What is good for whom it names."""


@attrs.frozen
class Sanction:
    """One ban or mute: laid by `by` at `at`, over at `until`; None: for good."""

    mask: Mask
    by: Nick
    at: int
    until: int | None = None
    reason: str = ""

    def is_over(self, now: int) -> bool:
        """Tell whether its time has come."""
        return self.until is not None and now >= self.until

    def terms(self, now: int) -> str:
        """Return for how much longer it holds, and why, as the end of a sentence."""
        left = ""
        if self.until is not None:
            seconds = -(-max(0, self.until - now) // MILLISECONDS)
            left = f" for another {rough_duration(seconds)}"
        return f"{left}: {self.reason}" if self.reason else f"{left}."


@attrs.frozen
class Terms:
    """What follows the mask of a ban or mute: `seconds` None is for good."""

    seconds: int | None = None
    reason: str = ""

    def until(self, now: int) -> int | None:
        """Return when a sanction that begins now ends, in milliseconds; None: never."""
        return None if self.seconds is None else now + self.seconds * MILLISECONDS


def parse_terms(rest: str) -> Terms:
    """Return the terms in `[TIME] [REASON]`; without a time they are for good.

    Raises `Usage` for a time that is out of bounds, `BadText` for the reason.
    """
    word, _, after = rest.strip(" ").partition(" ")
    if looks_like_a_duration(word):
        return Terms(parse_duration(word), check_reason(after))
    return Terms(None, check_reason(rest))


def check_reason(text: str) -> str:
    """Return a reason without spaces at its ends, perhaps empty; raise `BadText`."""
    text = text.strip(" ")
    if len(text) > REASON_LENGTH:
        raise BadText(f"A reason has at most {REASON_LENGTH} characters; say it shorter.")
    return check_text(text) if text else ""


class Networks:
    """Sanctions by network, looked up by address: one look-up for each length of prefix."""

    def __init__(self) -> None:
        self._by_length: dict[tuple[int, int], dict[int, Sanction]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._by_length.values()))

    def put(self, network: Network, sanction: Sanction) -> None:
        """Put a sanction in, in place of the one for the same network."""
        self._by_length.setdefault(_length(network), {})[_prefix(network)] = sanction

    def drop(self, network: Network) -> None:
        """Take the sanction for exactly this network out."""
        of_length = self._by_length[_length(network)]
        del of_length[_prefix(network)]
        if not of_length:
            del self._by_length[_length(network)]

    def around(self, address: Address) -> Iterator[Sanction]:
        """Return the sanctions for networks that `address` is in."""
        number = int(address)
        for (version, shift), sanctions in self._by_length.items():
            if version == address.version and (found := sanctions.get(number >> shift)):
                yield found


def _length(network: Network) -> tuple[int, int]:
    """Return the version and how many bits of an address are the host's."""
    return network.version, network.max_prefixlen - network.prefixlen


def _prefix(network: Network) -> int:
    return int(network.network_address) >> _length(network)[1]


class _Lookups:
    """Sanctions by what their masks name."""

    __slots__ = ("_exact", "_globs", "_networks")

    def __init__(self) -> None:
        self._exact: dict[str, Sanction] = {}
        self._globs: dict[str, Sanction] = {}
        self._networks = Networks()

    def put(self, sanction: Sanction) -> None:
        """Put in a sanction whose mask has none yet."""
        mask = sanction.mask
        if mask.network is not None:
            self._networks.put(mask.network, sanction)
        elif mask.glob is not None or mask.parts:
            self._globs[mask.text] = sanction
        else:
            self._exact[mask.text] = sanction

    def drop(self, mask: Mask) -> None:
        """Take out the sanction that has this mask."""
        if mask.network is not None:
            self._networks.drop(mask.network)
        elif mask.glob is not None or mask.parts:
            del self._globs[mask.text]
        else:
            del self._exact[mask.text]

    def around(self, host: str) -> Iterator[Sanction]:
        """Return the sanctions for networks that the address `host` is in."""
        address = address_of(host) if self._networks else None
        return iter(()) if address is None else self._networks.around(address)

    def candidates(self, subject: Subject) -> Iterator[Sanction]:
        """Return what names `subject`."""
        for text in _exact_texts(subject):
            if found := self._exact.get(text):
                yield found
        for host in subject.addresses if self._networks else ():
            yield from self.around(host)
        for sanction in self._globs.values():
            if sanction.mask.hits(subject):
                yield sanction


class Sanctions:
    """The bans, or the mutes, of one room (or of the server), by mask.

    Every room has several of these and most stay empty, so the look-ups are made at first need.
    """

    __slots__ = ("_all", "_first_end", "_lookups")

    def __init__(self, sanctions: Iterable[Sanction] = ()) -> None:
        self._all: dict[str, Sanction] = {}
        self._lookups: _Lookups | None = None
        self._first_end: float = NEVER
        for sanction in sanctions:
            self.lay(sanction)

    def __len__(self) -> int:
        return len(self._all)

    def lay(self, sanction: Sanction) -> None:
        """Put a sanction in; an older one with the same mask is replaced."""
        self.lift(sanction.mask)
        if self._lookups is None:
            self._lookups = _Lookups()
        self._all[sanction.mask.text] = sanction
        self._lookups.put(sanction)
        self._first_end = min(self._first_end, _lasts(sanction))

    def lift(self, mask: Mask) -> Sanction | None:
        """Take out the sanction with this mask and return it; None if there is none."""
        sanction = self._all.pop(mask.text, None)
        if sanction is None or self._lookups is None:
            return None
        self._lookups.drop(mask)
        if not self._all:
            self._lookups = None
        if _lasts(sanction) == self._first_end:
            self._first_end = min(map(_lasts, self._all.values()), default=NEVER)
        return sanction

    @property
    def may_end(self) -> bool:
        """Whether any of them ends by itself."""
        return self._first_end < NEVER

    def get(self, mask: Mask, now: int) -> Sanction | None:
        """Return the sanction with exactly this mask, if it is not over."""
        sanction = self._all.get(mask.text)
        return None if sanction is None or sanction.is_over(now) else sanction

    def listed(self, now: int) -> tuple[Sanction, ...]:
        """Return what is not over, oldest first."""
        return tuple(sanction for sanction in self._all.values() if not sanction.is_over(now))

    def over(self, now: int) -> tuple[Sanction, ...]:
        """Return what is over and may be lifted for good."""
        if now < self._first_end:
            return ()
        return tuple(sanction for sanction in self._all.values() if sanction.is_over(now))

    def check_space(self, mask: Mask, now: int, most: int, others: int = 0) -> None:
        """Make sure that there is room for one more with this mask; raise `TooMany`.

        `others`: what else counts against `most`, the mutes beside the bans.
        """
        if mask.text in self._all:
            return
        if len(self._all) + others < most or len(self.listed(now)) + others < most:
            return
        raise TooMany(
            f"There are {most} bans and mutes already; lift one first, "
            "or name a network or a pattern in place of many."
        )

    def hit(self, subject: Subject, now: int) -> Sanction | None:
        """Return what hits `subject`, the one that lasts longest; None if nothing does.

        Operators of the server are not hit. Who has a role in the room is the caller's to
        leave out (`roles.is_exempt`).
        """
        if self._lookups is None or subject.is_operator:
            return None
        hits = [found for found in self._lookups.candidates(subject) if not found.is_over(now)]
        return max(hits, key=_lasts, default=None)

    def hit_at(self, host: str, now: int) -> Sanction | None:
        """Return what hits the address `host` by itself, whoever is there; as `hit`."""
        if self._lookups is None:
            return None
        hits = [found for found in self._lookups.around(host) if not found.is_over(now)]
        return max(hits, key=_lasts, default=None)


def _exact_texts(subject: Subject) -> Iterator[str]:
    """Return the masks without wildcards that name `subject`, networks apart."""
    for name in {nick_key(each) for each in subject.names}:
        yield text_for(Form.NICK, name)
    if subject.account is not None:
        yield text_for(Form.ACCOUNT, nick_key(subject.account))
    else:
        yield GUESTS


def _lasts(sanction: Sanction) -> float:
    return NEVER if sanction.until is None else sanction.until


def would_hit(mask: Mask, subjects: Iterable[Subject]) -> tuple[Subject, ...]:
    """Return whom a sanction with this mask would hit: the dry run of `ban` and `mute`.

    Operators of the server are not hit. Leave out who is exempt by a role.
    """
    return tuple(subject for subject in subjects if not subject.is_operator and mask.hits(subject))
