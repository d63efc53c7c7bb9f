"""What is set for the whole server, by its operators, and what that keeps people from."""

import attrs

from chatsvc.core.errors import Banned, NotAllowed, NotRegistered
from chatsvc.core.names import RoomName
from chatsvc.core.people import Session
from chatsvc.core.sanctions import Sanction, Sanctions
from chatsvc.core.subject import Subject

OPERATORS = RoomName("@")
"""Stands for all who are operators, while that is being changed; no room is called so."""


@attrs.frozen
class StoredServer:
    """What is set for the server, as a log returns it when it is opened."""

    sign_ups: bool = True
    registered_only: bool = False
    bans: tuple[Sanction, ...] = ()


NOTHING_SET = StoredServer()
"""A server as it is at first: anybody may register, nobody has to."""


@attrs.define(eq=False)
class Server:
    """Whether anybody may register, whether everybody must, and who is banned."""

    sign_ups: bool = True
    registered_only: bool = False
    bans: Sanctions = attrs.field(factory=Sanctions)

    @classmethod
    def from_stored(cls, stored: StoredServer) -> "Server":
        """Take up what the log knows."""
        return cls(stored.sign_ups, stored.registered_only, Sanctions(stored.bans))

    def check_sign_ups(self) -> None:
        """Make sure that accounts may be made; raise `NotAllowed`."""
        if not self.sign_ups:
            raise NotAllowed("This server takes no new accounts; ask one of its operators.")

    def check_registered(self, session: Session) -> None:
        """Make sure that `session` is logged in, where everybody must be.

        Raises `NotRegistered`. Id 0 is the hub itself.
        """
        if session.session_id and session.account is None:
            how = "nick NAME, then register PASSWORD; or " if self.sign_ups else ""
            raise NotRegistered(
                f"This server is for those who are logged in: {how}login NAME PASSWORD."
            )

    def check_not_banned(self, subject: Subject, now: int) -> None:
        """Make sure that no ban from the server hits `subject`; raise `Banned`."""
        hit = self.bans.hit(subject, now)
        if hit is not None:
            raise Banned(words_of(hit, now))

    def check_address(self, host: str, now: int) -> None:
        """Make sure that no ban names the address `host`, before anything else is known.

        Raises `Banned`. Who is a guest and who is not turns out later.
        """
        hit = self.bans.hit_at(host, now)
        if hit is not None:
            raise Banned(words_of(hit, now))


def words_of(ban: Sanction, now: int) -> str:
    """Return the sentence that somebody reads whom a ban from the server hits."""
    return f"You are banned from this server{ban.terms(now)}"
