"""What kind of room it is: who sees it, who comes in, who speaks, who reads, for how long.

    set ROOM KEY VALUE

| key | value | meaning |
|---|---|---|
| `kind` | `public` | in the list, anybody may enter |
| | `unlisted` | not in the list; who knows the name may enter |
| | `invite-only` | not in the list; who is invited may enter |
| | `password PASSWORD` | not in the list; who knows the password may enter |
| `listed` | `yes`, `no` | whether it is in the list, whoever may enter |
| `announce` | `yes`, `no` | whether only voiced members and moderators speak |
| `history` | `everyone`, `members`, `joined` | who reads old messages, see below |
| `door` | `open`, `invite-only` | as `kind`, but the room stays in the list or out of it |
| `topic` | `members`, `moderators` | who sets the topic |
| `outsiders` | `yes`, `no` | whether who is not in it may speak in it, if anybody may enter |
| `most` | `all`, or a number | with so many members only who is invited comes in |
| `plain` | `yes`, `no` | whether it takes only text: no CTCP of IRC, save ACTION |
| `keep` | `all`, or a time, a number, or both: `30d 1000` | how long messages are kept |

A room that is not in the list is *secret*: for who does not belong there it does not exist,
save that who knows the name of an unlisted room may enter. `kind` is a preset of two settings,
`listed` and the door (`Door`); the rest is independent of each other, so every combination
makes sense. An invitation opens every door, so a password and an invitation never have to meet.

History (Matrix: "world_readable", "shared", "joined"; the words here say who reads):

* `everyone`: anybody reads, also without joining. In a room that is not public it means the
  same as `members`.
* `members`: members read all of it, also what was said before they came.
* `joined`: members read what was said while they were members.

*Opening a room never opens its past.* When a setting lets more people read than before,
this holds for what is said from then on: `open_after` is the number of the newest message at
that moment. Who was a member still reads what was said in that time. To open the past as
well, an owner says so: `set ROOM history members from 1`.

The password itself never comes here: the core has an opaque secret (see `NewPassword`).
"""

import enum
import re
from collections.abc import Callable
from typing import Any

import attrs

from chatsvc.core.durations import DAY, MILLISECONDS, format_duration, parse_duration
from chatsvc.core.errors import NotAllowed, Usage
from chatsvc.core.limits import COUNTER_DIGITS, LONGEST_KEEPING_DAYS, ROOM_PASSWORD_BYTES
from chatsvc.core.text import printable


class Door(enum.Enum):
    """What it takes to come in."""

    OPEN = "open"
    INVITATION = "invite-only"
    PASSWORD = "password"  # noqa: S105 - a word of the protocol


class History(enum.IntEnum):
    """Who reads what was said; a higher one lets more people read."""

    JOINED = 0
    MEMBERS = 1
    EVERYONE = 2

    @property
    def word(self) -> str:
        """The word people use for it."""
        return self.name.lower()


@attrs.frozen
class Keeping:
    """How long messages are kept: so many seconds, and so many of them; 0 is no bound."""

    seconds: int = 0
    messages: int = 0

    def oldest_at(self, now: int) -> int:
        """Return the time, in milliseconds, before which messages go; 0: none goes."""
        return max(0, now - self.seconds * MILLISECONDS) if self.seconds else 0

    def gone_after(self, last: int) -> int:
        """Return the number up to which messages go by count, in a room with `last` of them."""
        return max(0, last - self.messages) if self.messages else 0


@attrs.frozen
class Kind:
    """All settings of a room; the defaults are those of a room that anybody makes.

    `secret` is the encoded hash of the password, "" where the door takes none.
    `open_after`: up to this number only those read who were members at the time.
    `hides_beginning`: the room was opened before anything was said in it, and what happened there
    before its first message is shown to nobody.
    `topic_kept`: only moderators set the topic. `most_members`: nobody enters beyond these
    unless invited, 0 for no bound. `plain`: it takes no CTCP of IRC but ACTION.
    """

    listed: bool = True
    door: Door = Door.OPEN
    secret: str = attrs.field(default="", repr=False)
    announce: bool = False
    history: History = History.EVERYONE
    open_after: int = 0
    keeping: Keeping = Keeping()
    topic_kept: bool = False
    outsiders: bool = False
    most_members: int = 0
    plain: bool = False
    hides_beginning: bool = False

    @property
    def is_open(self) -> bool:
        """Tell whether it takes nothing to come in."""
        return self.door is Door.OPEN

    @property
    def is_public(self) -> bool:
        """Tell whether anybody may find the room and enter it."""
        return self.listed and self.is_open

    @property
    def hides_nothing(self) -> bool:
        """Tell whether anybody may enter the room, and read all that was ever said there."""
        return self.is_public and self.history is History.EVERYONE and not self.open_after

    @property
    def readers(self) -> History:
        """Who reads, with list and door taken into account."""
        return self.history if self.is_public else min(self.history, History.MEMBERS)

    @property
    def name(self) -> str:
        """The word for what a newcomer meets: the door, or whether it is in the list."""
        if not self.is_open:
            return self.door.value
        return "public" if self.listed else "unlisted"


PUBLIC = Kind()
"""What every room is until somebody sets something."""

PRESETS = {
    "public": (True, Door.OPEN),
    "unlisted": (False, Door.OPEN),
    Door.INVITATION.value: (False, Door.INVITATION),
    Door.PASSWORD.value: (False, Door.PASSWORD),
}
"""What `kind` sets: whether the room is in the list, and its door."""


def opens_more(old: Kind, new: Kind) -> bool:
    """Tell whether with `new` somebody might read, or come in, who with `old` might not."""
    return (
        (new.listed and not old.listed)
        or (new.is_open and not old.is_open)
        or (new.door is Door.PASSWORD and old.door is Door.INVITATION)
        or new.readers > old.readers
    )


def check_for_lobby(kind: Kind) -> None:
    """Make sure that the lobby may be of this kind; raise `NotAllowed`.

    The server puts newcomers there, so it takes everybody.
    """
    if not kind.is_public:
        raise NotAllowed("Newcomers are put into the lobby, so it stays public; use another room.")


# What people write


@attrs.frozen
class Edit:
    """A change of settings: the fields of `Kind` it gives another value.

    `opens_past`: it says itself from which number on, and what was said before is meant.
    """

    values: dict[str, Any]
    opens_past: bool = False

    def applied(self, kind: Kind, last: int) -> Kind:
        """Return `kind` with this change, in a room whose newest message has number `last`.

        What opens more opens it from the next message on, unless this says from which.
        """
        new = attrs.evolve(kind, **self.values)
        if opens_more(kind, new) and not self.opens_past:
            return attrs.evolve(new, open_after=last, hides_beginning=not last)
        is_cut = new.hides_beginning or (not last and new.open_after > 0)
        return attrs.evolve(new, open_after=min(new.open_after, last), hides_beginning=is_cut)


@attrs.frozen
class NewPassword:
    """A password to be set, before it is hashed: `with_secret` takes what becomes of it.

    Spaces at its ends do not count, as with every argument.
    """

    text: str = attrs.field(repr=False)

    @staticmethod
    def with_secret(secret: str, kind: Kind, stays_listed: bool = False) -> Edit:
        """Return the change that sets the hash of this password.

        A room that has a password already stays in the list or out of it, as it was; so does
        any other with `stays_listed`.
        """
        listed = kind.listed and (stays_listed or kind.door is Door.PASSWORD)
        return Edit({"listed": listed, "door": Door.PASSWORD, "secret": secret})


_NUMBER = re.compile(rf"[0-9]{{1,{COUNTER_DIGITS}}}")
_LONGEST_SHOWN = 40

MOST_MEMBERS_SET = 1_000_000
"""Highest bound of its members that a room may be given."""


def parse_setting(key: str, value: str) -> Edit | NewPassword:
    """Return what `set ROOM KEY VALUE` changes; raise `Usage` with what would do."""
    parse = _PARSERS.get(key.lower())
    if parse is None:
        raise Usage(f'"{_shown(key)}" is no setting; there are {", ".join(_PARSERS)}.')
    return parse(value.strip(" "))


def format_settings(kind: Kind) -> tuple[tuple[str, str], ...]:
    """Return every setting as key and value, as `parse_setting` takes them.

    The password apart: nobody is shown it, and what is there of it is no password.
    """
    return (
        ("kind", kind.name),
        ("listed", _yes_or_no(kind.listed)),
        ("announce", _yes_or_no(kind.announce)),
        ("history", f"{kind.history.word} from {kind.open_after + 1}"),
        ("keep", _keeping_words(kind.keeping)),
        ("topic", "moderators" if kind.topic_kept else "members"),
        ("outsiders", _yes_or_no(kind.outsiders)),
        ("most", str(kind.most_members or "all")),
        ("plain", _yes_or_no(kind.plain)),
    )


def _parse_kind(value: str) -> Edit | NewPassword:
    word, _, rest = value.partition(" ")
    if word.lower() == Door.PASSWORD.value:
        return _parse_password(rest.strip(" "))
    preset = PRESETS.get(value.lower())
    if preset is None:
        raise _no(value, "public, unlisted, invite-only, or password PASSWORD")
    listed, door = preset
    return Edit({"listed": listed, "door": door, "secret": ""})


def _parse_password(text: str) -> NewPassword:
    if not text:
        raise Usage("Say the password as well: kind password PASSWORD.")
    if "\0" in text or len(text.encode("utf-8", "surrogatepass")) > ROOM_PASSWORD_BYTES:
        raise Usage(f"A password has at most {ROOM_PASSWORD_BYTES} bytes, and no NUL in it.")
    return NewPassword(text)


def _parse_listed(value: str) -> Edit:
    return Edit({"listed": _flag(value)})


def _parse_announce(value: str) -> Edit:
    return Edit({"announce": _flag(value)})


def _parse_history(value: str) -> Edit:
    """Parse `everyone`, `members` or `joined`, perhaps with `from N`."""
    word, *rest = _words(value) or [""]
    histories = {history.word: history for history in History}
    is_from = len(rest) == 2 and rest[0] == "from" and _NUMBER.fullmatch(rest[1])
    if word not in histories or (rest and not is_from):
        raise _no(value, "everyone, members or joined, perhaps with: from NUMBER")
    history = histories[word]
    if not is_from:
        return Edit({"history": history})
    open_after = max(0, int(rest[1]) - 1)
    beginning = {} if open_after else {"hides_beginning": False}
    return Edit({"history": history, "open_after": open_after, **beginning}, opens_past=True)


def _parse_keeping(value: str) -> Edit:
    words = _words(value)
    return Edit({"keeping": Keeping() if words == ["all"] else _keeping(value, words)})


def _parse_door(value: str) -> Edit:
    doors = {door.value: door for door in (Door.OPEN, Door.INVITATION)}
    door = doors.get(value.lower())
    if door is None:
        raise _no(value, "open or invite-only; for a password: kind password PASSWORD")
    return Edit({"door": door, "secret": ""})


def _parse_topic(value: str) -> Edit:
    if value.lower() not in ("members", "moderators"):
        raise _no(value, "members or moderators")
    return Edit({"topic_kept": value.lower() == "moderators"})


def _parse_outsiders(value: str) -> Edit:
    return Edit({"outsiders": _flag(value)})


def _parse_most(value: str) -> Edit:
    if value.lower() == "all":
        return Edit({"most_members": 0})
    if not _NUMBER.fullmatch(value) or not 0 < int(value) <= MOST_MEMBERS_SET:
        raise _no(value, f"all, or a number from 1 to {MOST_MEMBERS_SET}")
    return Edit({"most_members": int(value)})


def _parse_plain(value: str) -> Edit:
    return Edit({"plain": _flag(value)})


def _keeping(value: str, words: list[str]) -> Keeping:
    numbers = [word for word in words if _NUMBER.fullmatch(word)]
    times = [word for word in words if word not in numbers]
    if not words or len(numbers) > 1 or len(times) > 1:
        raise _no(value, "all, a time such as 30d, a number of messages, or both")
    messages = int(numbers[0]) if numbers else 0
    seconds = parse_duration(times[0], LONGEST_KEEPING_DAYS) if times else 0
    if seconds is None or (times and seconds < DAY) or (numbers and messages < 1):
        raise _no(value, "all, or at least 1d, or at least 1 message")
    return Keeping(seconds, messages)


def _keeping_words(keeping: Keeping) -> str:
    words = []
    if keeping.seconds:
        words.append(format_duration(keeping.seconds))
    if keeping.messages:
        words.append(str(keeping.messages))
    return " ".join(words) or "all"


def _words(value: str) -> list[str]:
    """Return what stands between spaces; no other character parts words."""
    return [word for word in value.lower().split(" ") if word]


def _flag(value: str) -> bool:
    if value.lower() not in ("yes", "no"):
        raise _no(value, "yes or no")
    return value.lower() == "yes"


def _yes_or_no(flag: bool) -> str:
    return "yes" if flag else "no"


def _no(value: str, choice: str) -> Usage:
    return Usage(f'"{_shown(value)}" cannot be set; say {choice}.')


def _shown(text: str) -> str:
    return printable(text)[:_LONGEST_SHOWN]


_PARSERS: dict[str, Callable[[str], Edit | NewPassword]] = {
    "kind": _parse_kind,
    "listed": _parse_listed,
    "announce": _parse_announce,
    "history": _parse_history,
    "keep": _parse_keeping,
    "door": _parse_door,
    "topic": _parse_topic,
    "outsiders": _parse_outsiders,
    "most": _parse_most,
    "plain": _parse_plain,
}

SETTINGS = tuple(_PARSERS)
"""The keys of `set`."""
