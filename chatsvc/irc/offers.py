"""What is offered to one connection: what all are offered, and what depends on its TLS.

Sources: https://ircv3.net/specs/extensions/sts, https://ircv3.net/specs/extensions/sasl-3.1
"""

from collections.abc import Mapping

import attrs

from chatsvc.irc.sources import HERE, UNKNOWN

EXTERNAL = "EXTERNAL"
"""The SASL mechanism by which a certificate logs somebody in (RFC 4422, appendix A)."""


@attrs.frozen
class Sts:
    """That clients are to come with TLS: on which port, and for how many seconds from now.

    0 seconds: they need not any more, whatever they were told before.
    """

    port: int
    duration: int


@attrs.frozen
class Security:
    """How one connection came.

    `asked_for` is the host name it said in its TLS handshake, "" for none. `is_page`: it is a
    WebSocket, whose page chose how to connect.
    """

    asked_for: str = ""
    is_page: bool = False


IN_THE_OPEN = Security()
"""How most come, and all before their TLS handshake; shared by them."""


def sts_value(sts: Sts | None, is_secure: bool, cloak: str, security: Security) -> str | None:
    """Return the value of `sts` for one connection; None where it is not offered.

    "servers MUST send this key to insecurely connected clients" (`port`); "servers MUST send this
    key to securely connected clients" (`duration`), but "if no hostname has been provided for the
    connection, an STS persistence policy SHOULD NOT be advertised." Who comes without TLS from
    this machine (`cloak`, what is shown of its address) is not sent away: the certificate is not
    for the name that it came by.
    """
    if sts is None or security.is_page:
        return None
    if is_secure:
        return f"duration={sts.duration}" if security.asked_for else None
    return None if not sts.duration or cloak in (HERE, UNKNOWN) else f"port={sts.port}"


def mechanisms_for(mechanisms: str, has_certificate: bool) -> str:
    """Return the SASL mechanisms of one connection, with commas: EXTERNAL by a certificate."""
    return f"{mechanisms},{EXTERNAL}" if has_certificate else mechanisms


def offers(common: Mapping[str, str], mechanisms: str, sts: str | None) -> Mapping[str, str]:
    """Return the capabilities that one connection is offered, with their values."""
    own = {**common, "sasl": mechanisms}
    return own if sts is None else {**own, "sts": sts}
