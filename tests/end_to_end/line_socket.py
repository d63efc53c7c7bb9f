"""A plain blocking client: lines out, lines in, with a time limit on every wait."""

import socket
import ssl
from collections.abc import Callable

PATIENCE = 20.0
"""Seconds after which a test gives up waiting; never part of what is tested."""


class LineSocket:
    """One connection. Lines are text without their ends."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.socket.settimeout(PATIENCE)
        self._rest = b""
        self._unread: list[str] = []
        self._pings = 0

    @classmethod
    def tcp(cls, host: str, port: int, tls: ssl.SSLContext | None = None) -> "LineSocket":
        """Connect to a TCP port."""
        connection = socket.create_connection((host, port), PATIENCE)
        return cls(connection if tls is None else tls.wrap_socket(connection))

    @classmethod
    def unix(cls, path: str) -> "LineSocket":
        """Connect to a UNIX socket."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE)
        connection.connect(path)
        return cls(connection)

    def says(self, *lines: str) -> "LineSocket":
        """Send lines."""
        return self.sends("".join(f"{line}\n" for line in lines).encode())

    def sends(self, data: bytes) -> "LineSocket":
        """Send bytes."""
        self.socket.sendall(data)
        return self

    def line(self) -> str:
        """Return the next line; an empty string at the end of the connection."""
        while not self._unread:
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                return ""
            *lines, self._rest = (self._rest + data).split(b"\n")
            self._unread = [line.decode() for line in lines]
        return self._unread.pop(0)

    def lines_until(self, is_last: Callable[[str], bool]) -> list[str]:
        """Return the lines up to the first that `is_last` accepts, with it."""
        lines: list[str] = []
        while not lines or not is_last(lines[-1]):
            line = self.line()
            if not line:
                raise AssertionError(f"the connection ended after {lines[-5:]}")
            lines.append(line)
        return lines

    def until(self, start: str) -> list[str]:
        """Return the lines up to the first that begins with `start`."""
        return self.lines_until(lambda line: line.startswith(start))

    def greeted(self) -> str:
        """Return the greeting."""
        return self.until("* hello ")[-1]

    def asks(self, line: str) -> list[str]:
        """Say a line and return its answer, without events that came in between."""
        lines = self.says(line).lines_until(lambda line: line[0] in "+-")
        return [line for line in lines if line[0] != "*"]

    def settle(self) -> list[str]:
        """Return all that the server sent until now."""
        self._pings += 1
        token = f"settle-{self._pings}"
        return self.says(f"/ping {token}").until(f"+ pong {token}")[:-1]

    def rest(self) -> list[str]:
        """Return everything up to the end of the connection."""
        lines: list[str] = []
        while line := self.line():
            lines.append(line)
        return lines

    def half_close(self) -> "LineSocket":
        """Say that nothing more comes."""
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def cut(self) -> None:
        """Be gone without a goodbye: a reset, as after a crash."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def close(self) -> None:
        """Close."""
        self.socket.close()
