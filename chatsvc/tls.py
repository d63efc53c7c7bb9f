"""The certificate of a whole server: given, made in the data folder, or in memory alone.

Joins `storage.certificate`, which makes one, and `protocols`, which shows it.
"""

import datetime
from collections.abc import Callable
from pathlib import Path

import attrs

from chatsvc.ports import Clock
from chatsvc.protocols.certificate_watch import CertificateFiles, CertificateWatch
from chatsvc.protocols.certificates import Certificate, parse_certificate
from chatsvc.protocols.secure import Credentials, SecureFactory
from chatsvc.storage.certificate import ensure_certificate, files_in, make_pair


@attrs.frozen(eq=False)
class ServerCertificate:
    """What is shown, and what keeps it up to date; `make` is called when the folder is ours."""

    clock: Clock
    credentials: Credentials
    watch: CertificateWatch
    is_given: bool
    make: Callable[[], None]

    @classmethod
    def given(cls, clock: Clock, certificate: Path, key: Path) -> "ServerCertificate":
        """Show the certificate in a file, of which somebody else takes care."""
        credentials = Credentials()
        watch = CertificateWatch(credentials, clock, CertificateFiles(certificate, key))
        return cls(clock, credentials, watch, True, lambda: None)

    @classmethod
    def in_folder(cls, clock: Clock, folder: Path) -> "ServerCertificate":
        """Show the one in a data folder, made there if there is none."""
        credentials = Credentials()
        watch = CertificateWatch(credentials, clock, CertificateFiles(*files_in(folder), True))
        return cls(clock, credentials, watch, False, lambda: ensure_certificate(folder, _now()))

    @classmethod
    def in_memory(cls, clock: Clock) -> "ServerCertificate":
        """Show one that ends with the process."""
        credentials = Credentials()

        def make() -> None:
            credentials.certificate = _new_certificate()

        return cls(clock, credentials, CertificateWatch(credentials, clock), False, make)

    def read_given(self) -> None:
        """Read a certificate that was given. Raises `BadCertificate`."""
        if self.is_given:
            self.watch.load()

    def make_own(self) -> None:
        """Make one if that is needed, and read it. Raises `BadCertificate` or `LogError`."""
        self.make()
        self.watch.load()

    def secured(self, factory: object) -> SecureFactory:
        """Return a factory like `factory` with TLS below its protocols."""
        return SecureFactory(self.credentials, factory, self.clock)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _new_certificate() -> Certificate:
    pair = make_pair(_now())
    return parse_certificate(pair.certificate, pair.key)
