"""The doorkeeper: count connections by the address they come from."""

from typing import Any

import attrs
from twisted.logger import Logger
from twisted.protocols.haproxy._wrapper import HAProxyProtocolWrapper
from twisted.protocols.policies import ProtocolWrapper

from chatsvc.core.admission import Admission, Group, Hopeless
from chatsvc.core.errors import TooMany
from chatsvc.ports import Clock
from chatsvc.protocols.transport import Transport, host_of

SECONDS_BETWEEN_LINES = 60.0
"""How often the log tells that connections are refused; a flood is one line a minute."""

ADDRESS_SECONDS = 3.0
"""How long a balancer has to tell whose connection it is; it does so before anything else."""


@attrs.define(eq=False)
class Doorkeeper:
    """Admit connections of all listeners; UNIX sockets have no address and always may."""

    _log = Logger()

    _admission: Admission
    _clock: Clock
    _told_at: float | None = None

    def admit(self, transport: Transport) -> Group | None:
        """Count a connection; return what to `release`, None if it is not counted.

        Raises `TooMany`, or `Hopeless`; this also where the balancer has not told the address.
        """
        balancer = _balancer_below(transport)
        if balancer is not None and balancer._proxyInfo is None:
            raise Hopeless
        host = host_of(transport)
        if not host:
            return None
        try:
            return self._admission.admit(host, self._clock.seconds())
        except TooMany as refusal:
            self._tell(host, refusal)
            raise

    def release(self, group: Group) -> None:
        """Note that a counted connection is lost."""
        self._admission.release(group)

    def _tell(self, host: str, refusal: TooMany) -> None:
        now = self._clock.seconds()
        if self._told_at is None or now - self._told_at >= SECONDS_BETWEEN_LINES:
            self._told_at = now
            self._log.warn(
                "A connection from {host} was refused: {why}", host=host, why=refusal.sentence
            )


def tells_address_later(transport: Transport) -> bool:
    """Tell whether `transport` learns the client's address from the first bytes it gets.

    A `haproxy:` endpoint does; before that it has the address of the balancer. It does not
    say when it knows: ask when the client speaks, or after `ADDRESS_SECONDS` of silence.
    """
    return _balancer_below(transport) is not None


def _balancer_below(transport: Any) -> HAProxyProtocolWrapper | None:
    """Return what reads the balancer's header, which TLS may be above."""
    while isinstance(transport, ProtocolWrapper):
        if isinstance(transport, HAProxyProtocolWrapper):
            return transport
        transport = transport.transport
    return None
