"""Notice a client that speaks another protocol, by the first bytes it sends.

What a web browser, a TLS or SSH client sends to this port is no request of ours: read
line by line it would be a heap of errors, and the client would wait for an answer that
never comes. Worse, a page in a browser may make it send a form whose *body* is requests
of ours. So such a connection gets one sentence and is closed (docs/protocol.md, "Other
protocols"). None of the patterns is the beginning of a request that could be carried out.

    "GET /", "POST http://" ...     HTTP (RFC 9112), also RTSP and SIP, which look alike
    "CONNECT host:port HTTP/"       the request to an HTTP proxy
    "SSH-"                          SSH (RFC 4253, section 4.2)
    16 03                           TLS: a handshake record (RFC 8446, section 5.1)
    03 00 00                        RDP: a TPKT header (RFC 1006)
"""

import re

LONGEST_OPENING = 300
"""Bytes that are looked at; a host name and a port fit between `CONNECT` and `HTTP/`."""

_HTTP = (
    rb"(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|TRACE|PATCH|PRI|DESCRIBE) (?:[/*]|[A-Za-z]+:)"
    rb"|CONNECT [^ \n]+:[0-9]+ HTTP/"
)
_OPENINGS = (
    (re.compile(_HTTP), "HTTP"),
    (re.compile(rb"SSH-"), "SSH"),
    (re.compile(rb"\x16\x03"), "TLS"),
    (re.compile(rb"\x03\0\0"), "RDP"),
)


class Opening:
    """Watch the beginning of a connection until it is clear what is spoken there."""

    __slots__ = ("_data", "is_over")

    def __init__(self) -> None:
        self._data = b""
        self.is_over = False
        """Whether enough was seen: no other protocol begins later."""

    def feed(self, data: bytes) -> str:
        """Take the next chunk; return the name of another protocol, "" if it is none so far."""
        self._data = (self._data + data[:LONGEST_OPENING])[:LONGEST_OPENING]
        self.is_over = b"\n" in self._data or len(self._data) == LONGEST_OPENING
        for opening, name in _OPENINGS:
            if opening.match(self._data):
                self.is_over = True
                return name
        return ""
