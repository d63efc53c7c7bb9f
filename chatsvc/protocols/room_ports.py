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
    _open: dict[RoomKey, tuple[int, ListeningPorts, LineFactory]] = attrs.field(
        factory=dict, init=False
    )

    def open(self, room: RoomName) -> int:
        """Listen for `room` on the lowest free port; `NO_PORT` when there is none."""
        taken = {port for port, *_rest in self._open.values()}
        for port in range(self.low, self.high + 1):
            if port not in taken:
                factory = self.factory.aimed_at(room)
                listening = self._listen(factory, port)
                if listening is not None:
                    self._open[room_key(room)] = (port, listening, factory)
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
        kept = self._open.get(room_key(room))
        return NO_PORT if kept is None else kept[0]

    def rename(self, room: RoomName, new: RoomName) -> None:
        """Lead those who come by the port of `room` to `new` from now on."""
        kept = self._open.pop(room_key(room), None)
        if kept is not None:
            self._open[room_key(new)] = kept
            kept[2].aim = new

    def close(self, room: RoomName) -> None:
        """Stop listening for `room`; those who came in by its port stay connected."""
        kept = self._open.pop(room_key(room), None)
        if kept is not None:
            kept[1].stopListening()

    def close_all(self) -> None:
        """Stop listening for every room."""
        for _port, listening, _factory in self._open.values():
            listening.stopListening()
        self._open.clear()

    def _listen(self, factory: LineFactory, port: int) -> ListeningPorts | None:
        endpoint = attrs.evolve(self.endpoint, port=port)
        try:
            listening = endpoint.listen_now(self.secured(factory))
        except CannotListenError:
            return None
        if self.acceptor is not None:
            self.acceptor.watch(listening)
        return listening
