"""Certificates that let somebody log in: kept with an account, like its SSH keys.

    line = "x509" " " fingerprint [" " comment]

Only the fingerprint is kept. Whoever shows the certificate in a TLS handshake has shown there
that the private key is theirs (RFC 8446, section 4.4.3), so nobody has to vouch for it.
"""

from collections.abc import Iterator

import attrs

from chatsvc.core.accounts import Account
from chatsvc.core.errors import BadKey
from chatsvc.core.fingerprints import Fingerprint, parse_fingerprint
from chatsvc.core.names import NickKey

KIND = "x509"
"""The first word of a certificate's line, where an SSH key has its type."""


@attrs.frozen
class CertificateKey:
    """One certificate, by its fingerprint, and a comment for people, which may be empty."""

    fingerprint: Fingerprint
    comment: str = attrs.field(default="", eq=False)

    @property
    def kind(self) -> str:
        """What it is called in a list of keys."""
        return KIND

    @property
    def line(self) -> str:
        """It in its one canonical form."""
        words = (KIND, self.fingerprint, self.comment)
        return " ".join(word for word in words if word)

    def is_called(self, name: str) -> bool:
        """Tell whether this is its fingerprint, in any spelling."""
        try:
            return parse_fingerprint(name) == self.fingerprint
        except ValueError:
            return False


def parse_certificate(fingerprint: str, comment: str = "") -> CertificateKey:
    """Return the certificate with a fingerprint in any spelling; raise `BadKey`."""
    try:
        return CertificateKey(parse_fingerprint(fingerprint), comment)
    except ValueError as error:
        raise BadKey(str(error)) from None


def certificates_of(account: Account) -> Iterator[Fingerprint]:
    """Return the fingerprints of the certificates that an account has."""
    for line in account.keys:
        if line.startswith(f"{KIND} "):
            yield Fingerprint(line.split(" ", 2)[1])


@attrs.define(eq=False)
class Holders:
    """Whose each certificate is: the accounts that have it."""

    _accounts: dict[Fingerprint, set[NickKey]] = attrs.field(factory=dict)

    def add(self, account: Account) -> None:
        """Take up the certificates of an account."""
        for each in certificates_of(account):
            self._accounts.setdefault(each, set()).add(account.key)

    def discard(self, account: Account) -> None:
        """Forget the certificates of an account, as it was when it was added."""
        for each in certificates_of(account):
            holders = self._accounts.get(each, set())
            holders.discard(account.key)
            if not holders:
                self._accounts.pop(each, None)

    def of(self, fingerprint: Fingerprint) -> frozenset[NickKey]:
        """Return the accounts that have a certificate."""
        return frozenset(self._accounts.get(fingerprint, ()))
