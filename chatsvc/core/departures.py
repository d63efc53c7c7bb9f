"""Who was here: those who went last, so that what is told of them can still say who it was."""

from collections import deque

import attrs

from chatsvc.core.names import Nick, NickKey, nick_key

REMEMBERED = 1000
"""Departures that are remembered; some hundred bytes each."""


@attrs.frozen
class Gone:
    """Somebody as they were when their last session ended, or when they took another nick.

    `via` is the way in of the oldest session; `user`, `realname` and `host` are that one's.
    `account` is the name of their account, "" for a guest; they went `at`, in milliseconds
    since 1970 UTC.
    """

    nick: Nick
    via: str
    user: str
    realname: str
    host: str
    account: str = ""
    at: int = 0


@attrs.define(eq=False)
class Departures:
    """The last `REMEMBERED` people who went, by nick; the same nick may be there several times."""

    _all: deque[Gone] = attrs.field(factory=deque)
    _by_nick: dict[NickKey, deque[Gone]] = attrs.field(factory=dict)

    def note(self, gone: Gone) -> None:
        """Remember who went, and forget whose departure is the oldest if there are too many."""
        self._all.append(gone)
        self._by_nick.setdefault(nick_key(gone.nick), deque()).append(gone)
        if len(self._all) > REMEMBERED:
            self._forget_oldest()

    def of(self, key: NickKey) -> tuple[Gone, ...]:
        """Return those who had this nick when they went, the last one first."""
        return tuple(reversed(self._by_nick.get(key, ())))

    def _forget_oldest(self) -> None:
        key = nick_key(self._all.popleft().nick)
        same = self._by_nick[key]
        same.popleft()
        if not same:
            del self._by_nick[key]
