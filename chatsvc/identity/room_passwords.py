"""Passwords of rooms: hashed, compared and slowed down like those of accounts.

A room that has no password, is not there, or is not to be known of, is compared with a secret
that nothing fits, so that it takes the same time.
"""

from twisted.internet.defer import Deferred, fail

from chatsvc.core.errors import BadPassword, Refusal
from chatsvc.core.names import Nick, RoomName, room_key
from chatsvc.identity.checkers import Passwords
from chatsvc.identity.delays import LoginDelays
from chatsvc.identity.passwords import prepared
from chatsvc.ports import Clock


class HashedRoomPasswords:
    """Make and compare the secrets of rooms, as `ports.RoomPasswords`.

    `delays` are its own: a room may be called like an account.
    """

    def __init__(self, passwords: Passwords, delays: LoginDelays, clock: Clock) -> None:
        self._passwords = passwords
        self._delays = delays
        self._clock = clock
        self._dummy = passwords.hasher.dummy()

    def hash(self, password: str) -> Deferred[str]:
        """Return the secret to keep; see `ports.RoomPasswords.hash`."""
        try:
            return self._passwords.secret_of(prepared(password))
        except BadPassword as refusal:
            return fail(refusal)

    def fits(self, room: RoomName, secret: str, password: str, address: str) -> Deferred[bool]:
        """Tell whether the password is right; see `ports.RoomPasswords.fits`."""
        return Deferred.fromCoroutine(self._fits(room, secret, password, address))

    async def _fits(self, room: RoomName, secret: str, password: str, address: str) -> bool:
        attempt = self._delays.begin(Nick(room_key(room)), address, self._clock.seconds())
        try:
            is_right = await self._compare(secret, password)
        except Refusal:
            attempt.undecided()
            raise
        if is_right:
            attempt.right()
        else:
            attempt.wrong(self._clock.seconds())
        return is_right

    async def _compare(self, secret: str, password: str) -> bool:
        try:
            asked = prepared(password)
        except BadPassword:
            return False
        matches = await self._passwords.matches(secret or self._dummy, asked)
        return matches and bool(secret)
