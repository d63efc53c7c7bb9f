"""Cut a stream of bytes into lines.

LF, CR LF and CR NUL (a telnet client's Return, RFC 854) end a line; empty lines are
dropped. A line over the limit becomes one `TooLong`, as soon as it is too long, and is
skipped to its end. Telnet commands and options are taken out (`TelnetFilter`). How the
stream was cut into chunks never changes the result.
"""

from enum import Enum

_IAC, _SE, _SB, _WILL, _DONT = 255, 240, 250, 251, 254


class TooLong(Enum):
    """Stand for a line that was longer than the limit."""

    LINE = "too long"


class TelnetFilter:
    """Take telnet commands (RFC 854: IAC and what belongs to it) out of a byte stream.

    Byte 255 never occurs in UTF-8, so ordinary text passes untouched.
    """

    _TEXT, _COMMAND, _OPTION, _BLOCK, _BLOCK_COMMAND = range(5)

    def __init__(self) -> None:
        self._state = self._TEXT

    def feed(self, data: bytes) -> bytes:
        """Return `data` without telnet commands; state is kept between calls."""
        if self._state == self._TEXT and _IAC not in data:
            return data
        kept = bytearray()
        for byte in data:
            if self._state == self._TEXT and byte != _IAC:
                kept.append(byte)
            else:
                self._step(byte)
        return bytes(kept)

    def _step(self, byte: int) -> None:
        if self._state == self._TEXT:
            self._state = self._COMMAND
        elif self._state == self._COMMAND:
            self._state = self._after_command(byte)
        elif self._state == self._OPTION:
            self._state = self._TEXT
        elif self._state == self._BLOCK:
            self._state = self._BLOCK_COMMAND if byte == _IAC else self._BLOCK
        else:
            self._state = self._TEXT if byte == _SE else self._BLOCK

    def _after_command(self, byte: int) -> int:
        if byte == _SB:
            return self._BLOCK
        return self._OPTION if _WILL <= byte <= _DONT else self._TEXT


class LineBuffer:
    """Collect chunks and give out lines of at most `limit` bytes, ends not counted.

    Holds at most `limit` + 1 bytes between calls.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest = b""
        self._skipping = False
        self._telnet = TelnetFilter()

    def feed(self, data: bytes) -> list[bytes | TooLong]:
        """Take the next chunk and return the lines that are complete now."""
        data = self._rest + self._telnet.feed(data)
        if b"\0" in data:
            data = data.replace(b"\r\0", b"\n")
        *ended, self._rest = data.split(b"\n")
        lines: list[bytes | TooLong] = []
        for line in ended:
            self._end(line, lines)
        self._check_rest(lines)
        return lines

    def _end(self, line: bytes, lines: list[bytes | TooLong]) -> None:
        if self._skipping:
            self._skipping = False
            return
        if line.endswith(b"\r"):
            line = line[:-1]
        if len(line) > self._limit:
            lines.append(TooLong.LINE)
        elif line:
            lines.append(line)

    def _check_rest(self, lines: list[bytes | TooLong]) -> None:
        """Report an unfinished line as soon as no end could make it fit, and drop it.

        A final CR stays: it may be half of a line end.
        """
        ends_in_cr = self._rest.endswith(b"\r")
        if not self._skipping and len(self._rest) - ends_in_cr > self._limit:
            lines.append(TooLong.LINE)
            self._skipping = True
        if self._skipping:
            self._rest = b"\r" if ends_in_cr else b""
