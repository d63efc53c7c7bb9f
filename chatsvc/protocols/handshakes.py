"""What a client has shown in the handshake of TLS: a certificate, and a host name."""

from typing import Any, cast

import attrs
from twisted.internet.interfaces import INegotiated, ISystemHandle

from chatsvc.core.fingerprints import Fingerprint, fingerprint_of
from chatsvc.protocols.transport import Transport

LONGEST_HOST = 255
"""Bytes of a host name (RFC 1035, section 2.3.4)."""


@attrs.frozen
class Shown:
    """The fingerprint of the client's certificate, and the name it asked for (RFC 6066)."""

    certificate: Fingerprint | None = None
    asked_for: str = ""


def shown_in(transport: Transport) -> Shown:
    """Return what was shown below `transport`, whose handshake is over; nothing without TLS."""
    if not (INegotiated.providedBy(transport) and ISystemHandle.providedBy(transport)):
        return Shown()
    connection = cast(Any, transport).getHandle()
    asked_for = (connection.get_servername() or b"")[:LONGEST_HOST].decode("ascii", "replace")
    return Shown(_fingerprint(connection), asked_for)


def _fingerprint(connection: Any) -> Fingerprint | None:
    shown = connection.get_peer_certificate(as_cryptography=True)
    if shown is None:
        return None
    from cryptography.hazmat.primitives.serialization import Encoding  # Only where TLS is.

    return fingerprint_of(shown.public_bytes(Encoding.DER))
