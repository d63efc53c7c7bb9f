"""Rooms with listening sockets of their own, from a range of ports."""

from collections.abc import Callable

import attrs
from twisted.internet.error import CannotListenError
from twisted.logger import Logger

from chatsvc.core.names import RoomKey, RoomName, room_key
from chatsvc.core.replies import NO_PORT
from chatsvc.protocols.accepting import Acceptor
from chatsvc.protocols.line import LineFactory
from chatsvc.protocols.listening import DualStackEndpoint, ListeningPorts


@attrs.define(eq=False)
class RoomPortRange:
    """Listen for each room on a port from `low` to `high`; implements `ports.RoomPorts`.

    `endpoint` says on which addresses; its own port number is not used. A port that
    another program holds is passed over. `secured` puts TLS below the protocols.
    """

    _log = Logger()

    factory: LineFactory
    endpoint: DualStackEndpoint
    low: int
    high: int
    acceptor: Acceptor | None = None
    secured: Callable[[LineFactory], object] = lambda factory: factory
    _open: dict[RoomKey, tuple[int, ListeningPorts]] = attrs.field(factory=dict, init=False)

    def open(self, room: RoomName) -> int:
        """Listen for `room` on the lowest free port; `NO_PORT` when there is none."""
        taken = {port for port, _listening in self._open.values()}
        for port in range(self.low, self.high + 1):
            if port not in taken:
                listening = self._listen(room, port)
                if listening is not None:
                    self._open[room_key(room)] = (port, listening)
                    return port
        self._log.warn(
            "No port from {low} to {high} is free for the room {room}; it works without one",
            low=self.low,
            high=self.high,
            room=room,
        )
        return NO_PORT

    def port_of(self, room: RoomName) -> int:
        """Return the port of `room`, `NO_PORT` when it has none."""
        port, _listening = self._open.get(room_key(room), (NO_PORT, None))
        return port

    def close(self, room: RoomName) -> None:
        """Stop listening for `room`; those who came in by its port stay connected."""
        _port, listening = self._open.pop(room_key(room), (NO_PORT, None))
        if listening is not None:
            listening.stopListening()

    def close_all(self) -> None:
        """Stop listening for every room."""
        for _port, listening in self._open.values():
            listening.stopListening()
        self._open.clear()

    def _listen(self, room: RoomName, port: int) -> ListeningPorts | None:
        endpoint = attrs.evolve(self.endpoint, port=port)
        try:
            listening = endpoint.listen_now(self.secured(self.factory.aimed_at(room)))
        except CannotListenError:
            return None
        if self.acceptor is not None:
            self.acceptor.watch(listening)
        return listening
