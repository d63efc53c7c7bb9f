"""Who is shown otherwise, because the session that was here longest is gone.

A person is shown as their oldest session says: user name, shown host, real name. What is to be
told is collected while events come true (`note`) and taken once they have (`take`).
"""

import attrs

from chatsvc.core.people import Person, Session


@attrs.frozen
class Looks:
    """How somebody is shown: the user name and the shown host, and the real name."""

    source: tuple[str, str]
    realname: str

    @classmethod
    def of(cls, session: Session) -> "Looks":
        """Return what a session says of who is behind it."""
        return cls(session.source, session.realname)


@attrs.define(eq=False)
class Reshown:
    """Those who are shown otherwise, and how they were shown before, by their ids."""

    _before: dict[int, tuple[Person, Looks]] = attrs.field(factory=dict)

    def note(self, person: Person, gone: Session) -> None:
        """Note that a session has left somebody who is still here, and was the oldest one."""
        self._before.setdefault(person.person_id, (person, Looks.of(gone)))

    @property
    def has_news(self) -> bool:
        """Whether there is anything to `take`."""
        return bool(self._before)

    def take(self) -> list[tuple[Person, Looks, Looks]]:
        """Return those who are here and shown otherwise, as before and as now."""
        noted, self._before = self._before, {}
        here = [(person, old) for person, old in noted.values() if person.sessions]
        rows = [(person, old, Looks.of(person.oldest_session)) for person, old in here]
        return [row for row in rows if row[1] != row[2]]
