"""Whether a server is who it should be, by the certificate that it shows.

    OnFirstUse      authorities of this machine, else what is known of the server, else trust
    Authorities     the authorities in one file, and nothing else
    ThisOne         the certificate with one fingerprint, and nothing else

A judge is asked for each connection anew, so another certificate is not accepted after a
reconnect either. It looks at facts alone: `client.secure` gathers them from OpenSSL.
"""

import datetime
from collections.abc import Callable, Iterable
from typing import Protocol

import attrs

from chatsvc.client.happenings import ClientError
from chatsvc.client.known_servers import CannotKeep, Known, KnownServers
from chatsvc.core.fingerprints import Fingerprint

NOT_YET_VALID, EXPIRED, SELF_SIGNED = 9, 10, 18
"""X509_V_ERR_CERT_NOT_YET_VALID, ..._CERT_HAS_EXPIRED, ..._DEPTH_ZERO_SELF_SIGNED_CERT."""


class Untrusted(ClientError):
    """Say why a server is not trusted, and what to do about it."""


@attrs.frozen
class Shown:
    """What a server showed.

    `errors` are OpenSSL's numbers of what is wrong with the chain, `names` what the
    certificate is for, `has_name` whether the wanted host is among them.
    """

    fingerprint: Fingerprint
    errors: frozenset[int]
    issuer: str
    names: tuple[str, ...]
    has_name: bool
    begins: datetime.datetime
    ends: datetime.datetime

    @property
    def is_vouched_for(self) -> bool:
        """Whether an authority says that this is the wanted host."""
        return self.has_name and not self.errors

    @property
    def is_self_signed(self) -> bool:
        """Whether nobody but itself vouches for it."""
        return SELF_SIGNED in self.errors


class Judge(Protocol):
    """Decide whom to trust."""

    def judge(self, shown: Shown) -> None:
        """Return if the server is trusted; raise `Untrusted`."""


Tell = Callable[[str], None]
"""Takes a sentence for the person who uses the client."""


@attrs.frozen
class ThisOne:
    """Trust one certificate, whatever else is true of it, and remember it where given."""

    fingerprint: Fingerprint
    remember: Callable[[Fingerprint], None] = lambda _: None

    def judge(self, shown: Shown) -> None:
        """Compare the fingerprints."""
        if shown.fingerprint != self.fingerprint:
            raise Untrusted(
                "THIS IS NOT THE SERVER THAT WAS MEANT, or it has another certificate now: its "
                f"fingerprint is {shown.fingerprint}, and not {self.fingerprint}."
            )
        self.remember(shown.fingerprint)


@attrs.frozen
class Authorities:
    """Trust what the authorities in the file `source` vouch for."""

    host: str
    source: str

    def judge(self, shown: Shown) -> None:
        """Ask for an authority, for the time and for the name."""
        if shown.errors - {NOT_YET_VALID, EXPIRED}:
            raise Untrusted(
                f"The server's certificate was signed by {shown.issuer}, which is not among the "
                f'authorities in "{self.source}"; its fingerprint is {shown.fingerprint}.'
            )
        if not shown.is_vouched_for:
            raise Untrusted(_flaw(shown, self.host))


@attrs.frozen
class OnFirstUse:
    """Trust authorities, and self-signed certificates from the first time on.

    Whoever had an authority behind it before, must have one again.
    """

    host: str
    port: int
    servers: KnownServers
    tell: Tell
    today: Callable[[], str]

    def judge(self, shown: Shown) -> None:
        """Compare with what is known."""
        try:
            known = self.servers.get(self.host, self.port)
        except CannotKeep as error:
            raise Untrusted(
                f"It is not known whether this server can be trusted: {error} Or make sure of its "
                f"fingerprint and add --fingerprint {shown.fingerprint}."
            ) from error
        if known is None:
            self._meet(shown)
        elif known.fingerprint != shown.fingerprint:
            self._compare(shown, known)

    def learn(self, fingerprint: Fingerprint | None) -> None:
        """Remember a certificate, None: that an authority vouches for the server."""
        try:
            self.servers.learn(self.host, self.port, Known(fingerprint, self.today()))
        except CannotKeep as error:
            self.tell(f"The server's certificate is not remembered: {error}")

    def _meet(self, shown: Shown) -> None:
        if shown.is_vouched_for:
            self.learn(None)
        elif not shown.is_self_signed or shown.errors & {NOT_YET_VALID, EXPIRED}:
            raise Untrusted(_flaw(shown, self.host))
        else:
            self.tell(
                f"{self.host} port {self.port} is new here, and nobody vouches for it. Its "
                f"certificate is trusted from now on; SHA-256 fingerprint {shown.fingerprint}"
            )
            self.learn(shown.fingerprint)

    def _compare(self, shown: Shown, known: Known) -> None:
        if shown.is_vouched_for:
            if known.fingerprint is not None:
                self.learn(None)
        elif known.fingerprint is not None:
            raise Untrusted(_changed(shown, f"since {known.day} it was {known.fingerprint}"))
        elif shown.is_self_signed:
            raise Untrusted(_changed(shown, f"on {known.day} an authority vouched for it"))
        else:
            raise Untrusted(_flaw(shown, self.host))


def _changed(shown: Shown, before: str) -> str:
    return (
        "THE SERVER'S CERTIFICATE HAS CHANGED, and somebody may be listening in. Its fingerprint "
        f"is {shown.fingerprint}; {before}. Ask whoever runs the server (there, chatsvc "
        "fingerprint shows it), and only if that is the same connect once with --fingerprint "
        f"{shown.fingerprint}"
    )


def _flaw(shown: Shown, host: str) -> str:
    """Say what is wrong with a certificate that no authority vouches for."""
    anyway = f"make sure of its fingerprint and add --fingerprint {shown.fingerprint}"
    if EXPIRED in shown.errors:
        return (
            f"The server's certificate, or one above it, has expired (its own end is "
            f"{shown.ends:%Y-%m-%d}): whoever runs the server must renew it; or {anyway}."
        )
    if NOT_YET_VALID in shown.errors:
        return (
            f"The server's certificate is not valid before {shown.begins:%Y-%m-%d}: is the clock "
            f"of this machine right? Or {anyway}."
        )
    if shown.errors:
        return (
            f"The server's certificate was signed by {shown.issuer}, whom this machine does not "
            f"know: name a file with that authority's certificate with --ca, or {anyway}."
        )
    return (
        f"The server's certificate is for {listed(shown.names)}, and not for {host}: connect to "
        f"the name it is for, or {anyway}."
    )


def listed(names: Iterable[str]) -> str:
    """Return a few names as words."""
    words = list(names)
    more = f" and {len(words) - 3} more" if len(words) > 3 else ""
    return (", ".join(words[:3]) + more) or "no host"
