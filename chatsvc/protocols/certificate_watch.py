"""Keep the certificate that is shown up to date, for as long as the server runs.

The two files are looked at every `POLL_SECONDS`; a pair that is whole is shown to those
who connect from then on, connections that are there keep theirs. Whoever renews a
certificate writes two files one after the other: what is between is no pair, so something
is called wrong only when it has stayed the same for `PATIENCE_SECONDS`. It is said once,
and the old certificate stays.
"""

import datetime
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
from twisted.application.service import Service
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from chatsvc.ports import Clock
from chatsvc.protocols.certificates import BadCertificate, Certificate, read_certificate
from chatsvc.protocols.secure import Credentials

POLL_SECONDS = 2.0
"""How often the files are looked at; two `stat` calls."""

PATIENCE_SECONDS = 5.0
"""How long a pair may be wrong before it is told; `certbot` writes its files in less. With
the polls before and after it, that is 6 to 8 seconds."""

WARN_DAYS = 14
"""Days before its end from which on the log warns; automatic renewal happens earlier."""

SECONDS_BETWEEN_WARNINGS = 86_400.0
"""A day."""

_Seen = tuple[object, ...]


@attrs.frozen
class CertificateFiles:
    """Where a certificate and its key are, both PEM; may be the same file.

    `are_own`: the server makes them when they are missing.
    """

    certificate: Path
    key: Path
    are_own: bool = False

    def read(self) -> Certificate:
        """Return what is there. Raises `BadCertificate`."""
        return read_certificate(self.certificate, self.key)

    def look(self) -> _Seen:
        """Return what changes when one of the files does."""
        return _state(self.certificate), _state(self.key)


def _state(path: Path) -> _Seen:
    try:
        found = os.stat(path)
    except OSError as error:
        return (error.errno,)
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


class CertificateWatch(Service):
    """Put the certificate in `files` into `credentials`, and the next one when it changes.

    Without files the certificate in `credentials` stays, and only its end is watched.
    `now` returns the seconds since 1970.
    """

    _log = Logger()

    def __init__(
        self,
        credentials: Credentials,
        clock: Clock,
        files: CertificateFiles | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._credentials = credentials
        self._clock = clock
        self._files = files
        self._now = now
        self._settled: _Seen = ()
        self._wrong: _Seen = ()
        self._wrong_since = 0.0
        self._warned_at: float | None = None
        self._polling: LoopingCall | None = None

    def load(self) -> None:
        """Read the files for the first time. Raises `BadCertificate`."""
        if self._files is not None and self._credentials.certificate is None:
            seen = self._files.look()
            self._credentials.certificate = self._files.read()
            self._settled = seen

    def startService(self) -> None:
        """Watch from now on."""
        super().startService()
        self._polling = LoopingCall(self._poll)
        self._polling.clock = self._clock  # type: ignore[assignment]
        self._polling.start(POLL_SECONDS, now=False)

    def stopService(self) -> Any:
        """Watch no more."""
        if self._polling is not None and self._polling.running:
            self._polling.stop()
        return super().stopService()

    def announce(self) -> None:
        """Say what is shown, with the fingerprint that people compare."""
        self._describe("The TLS certificate")
        self._warn_of_end()

    def look(self) -> None:
        """Take a pair of files that is new and whole."""
        if self._files is not None:
            seen = self._files.look()
            if seen != self._settled:
                self._take(self._files, seen, PATIENCE_SECONDS)
        self._warn_of_end()

    def _poll(self) -> None:
        try:
            self.look()
        except Exception:
            self._log.failure("Looking at the TLS certificate met a bug")

    def reload(self) -> str:
        """Look at once, also at what was refused before, and say at once what is wrong.

        Returns a sentence about what came of it, which names no file.
        """
        if self._files is None:
            return "The TLS certificate is in no file; it stays."
        before = self._credentials.certificate
        if not self._take(self._files, self._files.look(), 0.0):
            return (
                "A new TLS certificate is not used, the old one stays; the server's log says why."
            )
        after = self._credentials.certificate
        assert after is not None
        if before is not None and before.fingerprint == after.fingerprint:
            return "The TLS certificate is the same as before."
        return f"The TLS certificate is a new one, with the fingerprint {after.fingerprint}."

    def _take(self, files: CertificateFiles, seen: _Seen, patience: float) -> bool:
        """Read a pair; tell whether it is used from now on."""
        try:
            certificate = files.read()
        except BadCertificate as error:
            self._refuse(seen, str(error), patience)
            return False
        self._settled, self._wrong = seen, ()
        self._show(certificate)
        return True

    def _show(self, certificate: Certificate) -> None:
        old = self._credentials.certificate
        self._credentials.certificate = certificate
        if old is None or old.fingerprint != certificate.fingerprint:
            self._warned_at = None
            self._describe("From now on the TLS certificate")

    def _refuse(self, seen: _Seen, reason: str, patience: float) -> None:
        """Say that a pair is wrong if it has been so for `patience` seconds, and only once."""
        now = self._clock.seconds()
        if seen != self._wrong:
            self._wrong, self._wrong_since = seen, now
        if now - self._wrong_since >= patience:
            self._settled = seen
            self._log.error("A new TLS certificate is not used, the old one stays: {reason}",
                            reason=reason)  # fmt: skip

    def _describe(self, what: str) -> None:
        certificate = self._credentials.certificate
        assert certificate is not None
        kind = "self-signed, " if certificate.is_self_signed else ""
        self._log.info(
            "{what} is {kind}for {names}, until {end}; SHA-256 fingerprint {fingerprint}",
            what=what,
            kind=kind,
            names=certificate.names,
            end=f"{certificate.ends:%Y-%m-%d}",
            fingerprint=certificate.fingerprint,
        )

    def _warn_of_end(self) -> None:
        certificate = self._credentials.certificate
        if certificate is None:
            return
        left = certificate.ends - datetime.datetime.fromtimestamp(self._now(), datetime.UTC)
        if left > datetime.timedelta(days=WARN_DAYS):
            return
        now = self._clock.seconds()
        if self._warned_at is None or now - self._warned_at >= SECONDS_BETWEEN_WARNINGS:
            self._warned_at = now
            self._log.warn(
                "The TLS certificate {expires} on {end}: {what}",
                expires="expired" if left < datetime.timedelta(0) else "expires",
                end=f"{certificate.ends:%Y-%m-%d}",
                what=self._remedy(certificate),
            )

    def _remedy(self, certificate: Certificate) -> str:
        if self._files is None:
            return "restart the server, and it has a new one"
        files = dict.fromkeys((self._files.certificate, self._files.key))
        where = " and ".join(f'"{each}"' for each in files)
        if self._files.are_own:
            return f"move {where} away and restart the server, which then makes new ones"
        return f"renew {where}; the server needs no restart"
