"""TLS for the client: connections that are used only if a judge trusts their certificate.

    endpoint = secure_endpoint(reactor, "chat.example.org", 8124, trust_on_first_use(...))
    client = await connect(endpoint, "bob")

OpenSSL checks the chain and the times, `service_identity` the host; what they find is
gathered and judged when the handshake is over, before anything is read or sent above it.
"""

import datetime
import os
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from OpenSSL import SSL
from OpenSSL.crypto import X509StoreFlags
from service_identity import CertificateError, VerificationError
from service_identity.cryptography import (
    verify_certificate_hostname,
    verify_certificate_ip_address,
)
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator, IStreamClientEndpoint
from twisted.python.failure import Failure
from zope.interface import implementer

from chatsvc.client.endpoints import WrongEndpoint
from chatsvc.client.known_servers import KnownServers, usual_file
from chatsvc.client.trust import Authorities, Judge, OnFirstUse, Shown, Tell, ThisOne
from chatsvc.core.fingerprints import Fingerprint, fingerprint_of


def secure_endpoint(
    reactor: Any, host: str, port: int, judge: Judge, authorities: Path | None = None
) -> IStreamClientEndpoint:
    """Return an endpoint that connects with TLS to whom `judge` trusts.

    `authorities` is a PEM file with certificates that vouch for others; without it they
    are those of the machine. Raises `WrongEndpoint` for a file or a name that is none.
    """
    return secured(HostnameEndpoint(reactor, host, port), reactor, host, judge, authorities)


def secured(
    below: Any, clock: Any, host: str, judge: Judge, authorities: Path | None = None
) -> IStreamClientEndpoint:
    """Return the same over any endpoint that leads to `host`."""
    creator: Any = Inquirer(host, judge, _context(authorities))
    endpoint: IStreamClientEndpoint = wrapClientTLS(creator, below, clock)
    return endpoint


def trust_on_first_use(host: str, port: int, tell: Tell) -> OnFirstUse:
    """Return a judge that remembers servers where the user's other clients do."""
    return OnFirstUse(host, port, KnownServers(usual_file(os.environ)), tell, _today)


def trust_this_one(host: str, port: int, fingerprint: Fingerprint, tell: Tell) -> ThisOne:
    """Return a judge that trusts one certificate, and remembers it for other times."""
    return ThisOne(fingerprint, trust_on_first_use(host, port, tell).learn)


def trust_authorities(host: str, file: Path) -> Authorities:
    """Return a judge that trusts what the authorities in `file` vouch for."""
    return Authorities(host, str(file))


def _today() -> str:
    return datetime.datetime.now().astimezone().date().isoformat()


def _context(authorities: Path | None) -> SSL.Context:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    if authorities is None:
        context.set_default_verify_paths()
        return context
    try:
        # Read by us first: OpenSSL does not say what is wrong with a file.
        x509.load_pem_x509_certificates(authorities.read_bytes())
        context.load_verify_locations(str(authorities))
        store = context.get_cert_store()
        assert store is not None
        store.set_flags(X509StoreFlags.PARTIAL_CHAIN)  # What is in the file need be no root.
    except OSError as error:
        reason = f'"{authorities}" cannot be read: {error.strerror}.'
        raise WrongEndpoint(reason) from error
    except (ValueError, SSL.Error) as error:
        raise WrongEndpoint(f'"{authorities}" holds no certificate in PEM form.') from error
    return context


@implementer(IOpenSSLClientConnectionCreator)
class Inquirer:
    """Make OpenSSL's part of connections, and let a judge decide about each of them."""

    def __init__(self, host: str, judge: Judge, context: SSL.Context) -> None:
        self._host = host
        self._judge = judge
        self._context = context
        self._server_name = _server_name(host)

    def clientConnectionForTLS(self, tlsProtocol: Any) -> SSL.Connection:
        """Return a connection that fails unless the judge trusts the server."""
        connection = SSL.Connection(self._context, None)
        if self._server_name is not None:
            connection.set_tlsext_host_name(self._server_name)
        errors: set[int] = set()

        def note(_connection: Any, _certificate: Any, error: int, _depth: int, ok: int) -> bool:
            if not ok:
                errors.add(error)
            return True  # So that all is found; `decide` refuses.

        def decide(connection: SSL.Connection, where: int, _result: int) -> None:
            if where & SSL.SSL_CB_HANDSHAKE_DONE:
                # Nothing may be raised through OpenSSL.
                try:
                    self._judge.judge(_shown(connection, frozenset(errors), self._host))
                except BaseException:
                    tlsProtocol.failVerification(Failure())

        connection.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, note)
        connection.set_info_callback(decide)
        return connection


def _shown(connection: SSL.Connection, errors: frozenset[int], host: str) -> Shown:
    certificate = connection.get_peer_certificate(as_cryptography=True)
    assert certificate is not None
    return Shown(
        fingerprint=fingerprint_of(certificate.public_bytes(serialization.Encoding.DER)),
        errors=errors,
        issuer=f'"{certificate.issuer.rfc4514_string()}"',
        names=_names(certificate),
        has_name=_has_name(certificate, host),
        begins=certificate.not_valid_before_utc,
        ends=certificate.not_valid_after_utc,
    )


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return ()
    addresses = extension.value.get_values_for_type(x509.IPAddress)
    return (*extension.value.get_values_for_type(x509.DNSName), *map(str, addresses))


def _has_name(certificate: x509.Certificate, host: str) -> bool:
    verify = verify_certificate_ip_address if _is_address(host) else verify_certificate_hostname
    try:
        verify(certificate, host if _is_address(host) else _ascii(host).decode())
    except (VerificationError, CertificateError, ValueError):
        return False
    return True


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _server_name(host: str) -> bytes | None:
    """Return what to ask for in the handshake; addresses are not asked for (RFC 6066)."""
    return None if _is_address(host) else _ascii(host)


def _ascii(host: str) -> bytes:
    try:
        return host.rstrip(".").encode("idna")
    except UnicodeError as error:
        raise WrongEndpoint(f'"{host}" is no name of a host.') from error
