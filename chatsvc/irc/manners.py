"""What is said to clients that came to the wrong door, each in its own protocol if that can be.

HTTP                          an answer that a browser shows
lines of ours, SSH, RDP, TLS  the line that IRC closes with; as plain text TLS shows it at best
plain text where TLS is on    the same line (`FOR_PLAIN_TEXT`)
"""

from http import HTTPStatus

from chatsvc.irc.asking import closing
from chatsvc.irc.commands import COMMANDS
from chatsvc.irc.scribe import written
from chatsvc.wire.foreign import LINES, at_irc
from chatsvc.wire.table import BY_NAME

OTHERS = at_irc(verb for verb in BY_NAME if verb.upper() not in COMMANDS)
"""What is noticed at the IRC door."""

_OF_HTTP = (
    "This port speaks IRC, and you speak HTTP; connect with an IRC client. Web pages connect to "
    "the port for IRC over WebSockets, if the server has one."
)
_OF_LINES = (
    "This port speaks IRC, and that is the line protocol of chatsvc; connect with an IRC client, "
    "or to the server's port for lines."
)
_OF_TLS = (
    "This port speaks IRC without TLS, and you speak TLS; turn TLS off in your client, or "
    "connect to the server's port for IRC with TLS."
)

FOR_PLAIN_TEXT = written(
    closing(
        "This port speaks IRC with TLS, and you speak plain text; turn TLS on in your client, or "
        "connect to a port without it."
    )
)
"""What a client is sent that begins with no handshake where TLS is on."""


def sent_away(spoken: str) -> bytes:
    """Return what is said to a client that speaks another protocol."""
    if spoken == "HTTP":
        return http_answer(HTTPStatus.BAD_REQUEST, _OF_HTTP)
    if spoken == "TLS":
        return written(closing(_OF_TLS))
    if spoken == LINES:
        return written(closing(_OF_LINES))
    return written(
        closing(f"This port speaks IRC, and you speak {spoken}; connect with an IRC client.")
    )


def http_answer(status: HTTPStatus, sentence: str) -> bytes:
    """Return an answer to any request, after which the connection is closed (RFC 9112)."""
    body = f"{sentence}\n".encode("utf-8", "replace")
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Connection: close",
        "",
        "",
    )
    return "\r\n".join(head).encode() + body
