"""Cut a stream of bytes into lines.

LF, CR LF and CR NUL (a telnet client's Return, RFC 854) end a line; empty lines are
dropped. A line over the limit becomes one `TooLong`, as soon as it is too long, and is
skipped to its end. Telnet commands and options are taken out (`TelnetFilter`). How the
stream was cut into chunks never changes the result.

    IAC command                     taken out; a command is 236 to 254
    IAC WILL/WONT/DO/DONT option    taken out; an option is below 240 and no line end
    IAC SB anything IAC SE          taken out if no LF is in it: no client has a reason
                                    to send one, as we agree to no option
    any other IAC                   stays, so its line is refused as not UTF-8
"""

import re
from enum import Enum

_IAC, _SE, _SB, _WILL, _DONT = 255, 240, 250, 251, 254
_FIRST_COMMAND = 236
_CR, _LF = 13, 10
_STRAY = bytes((_IAC,))

# Whole runs of commands are taken out at once: byte by byte, a megabyte of them would
# take a second from everybody.
_IN_BLOCK = rb"(?:[^\xff\n]++|\xff[^\n\xf0])*+"
_BLOCK = re.compile(_IN_BLOCK)
_COMMANDS = re.compile(
    rb"(?:\xff(?:[\xec-\xf9]|[\xfb-\xfe][^\n\r\xf0-\xff]|\xfa" + _IN_BLOCK + rb"\xff\xf0))++"
)
_EMPTY_LINES = re.compile(rb"\n(?:\r\n)++")
_ESCAPES = re.compile(rb"(?:\xff\xff)++")
_HALVES = re.compile(rb"(?:\xff[\xfb-\xfe][\xf0-\xff])++")
_STRAYS = re.compile(rb"(?:\xff[^\n\xec-\xff])++")


class TooLong(Enum):
    """Stand for a line that was longer than the limit."""

    LINE = "too long"


class TelnetFilter:
    """Take telnet commands (RFC 854: IAC and what belongs to it) out of a byte stream.

    IAC is byte 255, which never occurs in UTF-8, so ordinary text passes untouched. One
    that begins no command is kept and spoils its line; it never swallows a line's end.
    """

    __slots__ = ("_state",)

    _TEXT, _COMMAND, _OPTION, _BLOCK, _BLOCK_COMMAND = range(5)

    def __init__(self) -> None:
        self._state = self._TEXT

    @property
    def is_in_command(self) -> bool:
        """Tell whether a command has begun and not ended."""
        return self._state != self._TEXT

    def feed(self, data: bytes) -> bytes:
        """Return `data` without telnet commands; state is kept between calls."""
        if self._state == self._TEXT and _IAC not in data:
            return data
        kept = bytearray()
        place = 0
        while place < len(data):
            if self._state == self._TEXT:
                place = self._take_text(data, place, kept)
                continue
            if self._state == self._BLOCK:
                place += len(_BLOCK.match(data, place)[0])  # type: ignore[index]
            if place < len(data):
                kept += self._step(data[place])
                place += 1
        return bytes(kept)

    def _take_text(self, data: bytes, start: int, kept: bytearray) -> int:
        """Take what is text from `start` on and what follows it; return where that ends."""
        place = data.find(_STRAY, start)
        kept += data[start:] if place < 0 else data[start:place]
        if place < 0:
            return len(data)
        if run := _COMMANDS.match(data, place):
            return run.end()
        if run := _ESCAPES.match(data, place):
            kept += _STRAY * (len(run[0]) // 2)
            return run.end()
        if run := _HALVES.match(data, place):
            kept += _STRAY * (len(run[0]) // 3)
            return run.end()
        if run := _STRAYS.match(data, place):
            kept += run[0]
            return run.end()
        self._state = self._COMMAND
        return place + 1

    def _step(self, byte: int) -> bytes:
        """Take a byte that may belong to a command; return what turns out to be text."""
        state, self._state = self._state, self._TEXT
        if byte == _LF:
            return _STRAY + b"\n"
        if state == self._COMMAND:
            return self._after_iac(byte)
        if state == self._OPTION:
            return self._after_negotiation(byte)
        if state == self._BLOCK:
            self._state = self._BLOCK_COMMAND if byte == _IAC else self._BLOCK
        elif byte != _SE:
            self._state = self._BLOCK
        return b""

    def _after_iac(self, byte: int) -> bytes:
        if byte < _FIRST_COMMAND:
            return _STRAY + bytes((byte,))
        if byte == _SB:
            self._state = self._BLOCK
        elif _WILL <= byte <= _DONT:
            self._state = self._OPTION
        return _STRAY if byte == _IAC else b""

    def _after_negotiation(self, byte: int) -> bytes:
        if byte == _CR:
            return _STRAY + b"\r"
        return _STRAY if byte >= _SE else b""


class LineBuffer:
    """Collect chunks and give out lines of at most `limit` bytes, ends not counted.

    Holds at most `limit` + 1 bytes between calls.
    """

    __slots__ = ("_is_at_start", "_limit", "_rest", "_skipping", "_telnet")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest = b""
        self._skipping = False
        self._telnet = TelnetFilter()
        self._is_at_start = True

    def feed(self, data: bytes) -> list[bytes | TooLong]:
        """Take the next chunk and return the lines that are complete now."""
        # Nearly always a chunk is one whole line and nothing else. Numbers are looked for much
        # more quickly than bytes objects.
        if (
            self._is_at_start
            and len(data) <= self._limit
            and 0 < len(data) - 1 == data.find(b"\n")
            and 0 not in data
            and _IAC not in data
        ):
            if _CR not in data:
                return [data[:-1]]
            if 0 < len(data) - 2 == data.find(b"\r"):
                return [data[:-2]]
        lines = self._feed(data)
        self._is_at_start = not (self._rest or self._skipping or self._telnet.is_in_command)
        return lines

    def _feed(self, data: bytes) -> list[bytes | TooLong]:
        data = self._rest + self._telnet.feed(data)
        if b"\0" in data:
            data = data.replace(b"\r\0", b"\r\n")
        if b"\n\r\n" in data:
            data = _EMPTY_LINES.sub(b"\n", data)
        *ended, self._rest = data.split(b"\n")
        lines: list[bytes | TooLong] = []
        if self._skipping and ended:
            self._end(ended.pop(0), lines)
        # Most of the work on a flood of empty lines is saved by not looking at them here.
        for line in filter(None, ended):
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
