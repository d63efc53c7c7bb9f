"""Pairing: a code that somebody gets who is logged in, and says at another connection.

The codes are in memory only: a restart makes all of them void, and none is ever written
anywhere. Where chance and the time come from is decided here; `core.codes` has the rest.
"""

from collections.abc import Callable, Iterable

from chatsvc.core.addresses import Network
from chatsvc.core.codes import CODE_SECONDS, PairingCodes
from chatsvc.core.commands import BecomeAccount
from chatsvc.core.names import Nick
from chatsvc.core.people import Session
from chatsvc.core.replies import PairingCode
from chatsvc.core.state import State, account_of
from chatsvc.hub.positions import Positions
from chatsvc.ports import Clock


class Pairing:
    """Give out codes and take them; `positions` tells how far an account has read.

    Addresses in `exempt` have no count of wrong codes of their own.
    """

    def __init__(
        self,
        clock: Clock,
        state: State,
        positions: Callable[[Nick], Positions],
        pick: Callable[[int], int],
        exempt: Iterable[Network] = (),
    ) -> None:
        self._clock = clock
        self._state = state
        self._positions = positions
        self._codes = PairingCodes(pick, exempt)

    def grant(self, session: Session) -> PairingCode:
        """Return a code for the account of `session`; raise `NotLoggedIn` or `Busy`."""
        code = self._codes.grant(account_of(session), self._clock.seconds())
        return PairingCode(code, CODE_SECONDS)

    def redeem(self, session: Session, code: str) -> BecomeAccount:
        """Return what is to be decided instead of `pair`, which is what `login` comes to.

        Raises `BadLogin` or `TooManyLogins`.
        """
        account = self._codes.redeem(
            code,
            session.host,
            session.session_id,
            self._clock.seconds(),
            self._state.accounts,
        )
        return BecomeAccount(account.name, self._positions(account.name))
