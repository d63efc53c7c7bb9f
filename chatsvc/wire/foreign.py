"""Notice a client that speaks another protocol, by the first bytes it sends.

What a web browser, a TLS or SSH client sends to this port is no request of ours: read
line by line it would be a heap of errors, and the client would wait for an answer that
never comes. Worse, a page in a browser may make it send a form whose *body* is requests
of ours. So such a connection gets one sentence and is closed (docs/protocol.md, "Other
protocols"). None of the patterns is a request that could be carried out: `NICK` alone, which
both IRC and we know, is waited after for what comes next.

    "GET /", "POST http://" ...     HTTP (RFC 9112), also RTSP and SIP, which look alike
    "CONNECT host:port HTTP/"       the request to an HTTP proxy
    "SSH-"                          SSH (RFC 4253, section 4.2)
    16 03                           TLS: a handshake record (RFC 8446, section 5.1)
    03 00 00                        RDP: a TPKT header (RFC 1006)
    "CAP LS", "USER w w w w" ...    IRC (RFC 2812, section 3.1), at the door of lines
    "send ...", "rooms" ...         lines of ours, at the door of IRC
"""

import re
from collections.abc import Iterable

LONGEST_OPENING = 300
"""Bytes that are looked at; a host name and a port fit between `CONNECT` and `HTTP/`."""

_HTTP = (
    rb"(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|TRACE|PATCH|PRI|DESCRIBE) (?:[/*]|[A-Za-z]+:)"
    rb"|CONNECT [^ \n]+:[0-9]+ HTTP/"
)
_NICK = re.compile(rb"NICK [^ \n]+\n")
_IRC = rb"(?:NICK [^ \n]+\n)?(?:CAP (?:LS|REQ|LIST|END)\b|PASS [^\n]|USER(?: [^ \n]+){3} [^\n])"

Openings = tuple[tuple[re.Pattern[bytes], str], ...]
"""What other protocols begin with, and their names."""

OTHERS: Openings = (
    (re.compile(_HTTP), "HTTP"),
    (re.compile(rb"SSH-"), "SSH"),
    (re.compile(rb"\x16\x03"), "TLS"),
    (re.compile(rb"\x03\0\0"), "RDP"),
)
"""What is noticed at every door."""

IRC, LINES = "IRC", "chatsvc"

AT_LINES: Openings = (*OTHERS, (re.compile(_IRC), IRC))
"""What is noticed at the door of lines."""


def at_irc(verbs: Iterable[str]) -> Openings:
    """Return what is noticed at the door of IRC: `verbs` of ours that are no commands there."""
    words = b"|".join(re.escape(verb.encode()) for verb in sorted(verbs))
    return (*OTHERS, (re.compile(rb"(?:" + words + rb")(?: [^\n]*)?\r?\n"), LINES))


class Opening:
    """Watch the beginning of a connection until it is clear what is spoken there."""

    __slots__ = ("_data", "_openings", "is_over")

    def __init__(self, openings: Openings = AT_LINES) -> None:
        self._openings = openings
        self._data = b""
        self.is_over = False
        """Whether enough was seen: no other protocol begins later."""

    def feed(self, data: bytes) -> str:
        """Take the next chunk; return the name of another protocol, "" if it is none so far."""
        self._data = (self._data + data[:LONGEST_OPENING])[:LONGEST_OPENING]
        lines = 2 if _NICK.match(self._data) else 1
        self.is_over = self._data.count(b"\n") >= lines or len(self._data) == LONGEST_OPENING
        for opening, name in self._openings:
            if opening.match(self._data):
                self.is_over = True
                return name
        return ""
