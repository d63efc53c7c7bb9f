"""Who waits for whom: the sessions that are to be told when somebody comes or goes.

Only exact nicks are watched, so nobody can follow a person from nick to nick. What is to be told
is collected while events come true (`note`) and taken once they have (`take`): somebody who goes
and comes back under the same nick in between, as when they change its case, has not gone.

Source of the idea: https://ircv3.net/specs/extensions/monitor
"""

from collections.abc import Collection, Iterable

import attrs

from chatsvc.core.limits import WATCHED_NICKS
from chatsvc.core.names import Nick, NickKey, nick_key

NOBODY: frozenset[int] = frozenset()


@attrs.frozen
class News:
    """Somebody came or went; `sessions` are those that wait for them, by id."""

    nick: Nick
    is_here: bool
    sessions: tuple[int, ...]


@attrs.define(eq=False)
class Watching:
    """Every session that waits for somebody."""

    _sessions: dict[NickKey, set[int]] = attrs.field(factory=dict)
    _nicks: dict[int, dict[NickKey, Nick]] = attrs.field(factory=dict)
    _gone: dict[NickKey, Nick] = attrs.field(factory=dict)
    _come: dict[NickKey, Nick] = attrs.field(factory=dict)

    def nicks_of(self, session: int) -> Collection[Nick]:
        """Return whom a session waits for, as it wrote them, in the order in which it asked."""
        return self._nicks.get(session, {}).values()

    def sessions_for(self, nick: Nick) -> Collection[int]:
        """Return the sessions that wait for who has this nick."""
        return self._sessions.get(nick_key(nick), NOBODY)

    def parted(self, session: int, nicks: Iterable[Nick]) -> tuple[list[Nick], list[Nick]]:
        """Return which of `nicks` a session may wait for besides, and which are too many."""
        keys = set(self._nicks.get(session, ()))
        taken: list[Nick] = []
        too_many: list[Nick] = []
        for nick in nicks:
            key = nick_key(nick)
            if key in keys or len(keys) < WATCHED_NICKS:
                keys.add(key)
                taken.append(nick)
            else:
                too_many.append(nick)
        return taken, too_many

    def add(self, session: int, nicks: Iterable[Nick]) -> None:
        """Wait for these."""
        for nick in nicks:
            self._nicks.setdefault(session, {}).setdefault(nick_key(nick), nick)
            self._sessions.setdefault(nick_key(nick), set()).add(session)

    def remove(self, session: int, nicks: Iterable[Nick]) -> None:
        """Wait for these no more."""
        watched = self._nicks.get(session, {})
        for key in map(nick_key, nicks):
            if watched.pop(key, None) is not None:
                self._forget(session, key)
        if not watched:
            self._nicks.pop(session, None)

    def forget(self, session: int) -> None:
        """Wait for nobody: the session is gone."""
        for key in self._nicks.pop(session, {}):
            self._forget(session, key)

    def _forget(self, session: int, key: NickKey) -> None:
        sessions = self._sessions[key]
        sessions.discard(session)
        if not sessions:
            del self._sessions[key]

    # News

    def came(self, nick: Nick, key: NickKey) -> None:
        """Note that somebody has this nick now."""
        if key in self._sessions and self._gone.pop(key, None) is None:
            self._come[key] = nick

    def went(self, nick: Nick, key: NickKey) -> None:
        """Note that nobody has this nick any more."""
        if key in self._sessions and self._come.pop(key, None) is None:
            self._gone[key] = nick

    @property
    def has_news(self) -> bool:
        """Whether there is anything to `take`."""
        return bool(self._gone or self._come)

    def take(self) -> list[News]:
        """Return what happened since this was asked for last."""
        news = [
            News(nick, is_here, tuple(self.sessions_for(nick)))
            for noted, is_here in ((self._gone, False), (self._come, True))
            for nick in noted.values()
        ]
        self._gone.clear()
        self._come.clear()
        return news
