"""The client: `connect`, `ChatClient` and what happens to it; see `chatsvc.client.chat`.

chat          the public API: connect, ChatClient
happenings    what a client is told besides the server's events
session       the engine behind it, made of link (connections, again and again),
connection (one of them), reunion (to where the last one was),
memberships (once, in order, no hole), sayings (said until answered),
audience (who listens, and how fast)
rendering     events and answers (answers; moderating, operating) as lines for people (lines)
secure        the same with TLS; trust judges certificates, known_servers remembers them
main          the program chatsvc-client; with options, endpoints
plain         the program in a pipe; with standard (stdio as lines)
terminal/     the program in a terminal
"""

from chatsvc.client.chat import ChatClient, connect
from chatsvc.client.happenings import (
    CaughtUp,
    ClientClosed,
    ClientError,
    Connected,
    ConnectionInterrupted,
    CouldNotConnect,
    DirectWaiting,
    Disconnected,
    Happening,
    MessagesMissing,
    NickChanged,
    RoomLost,
    RoomReplaced,
    TooManyRequests,
    TurnedAway,
)

__all__ = [
    "CaughtUp",
    "ChatClient",
    "ClientClosed",
    "ClientError",
    "Connected",
    "ConnectionInterrupted",
    "CouldNotConnect",
    "DirectWaiting",
    "Disconnected",
    "Happening",
    "MessagesMissing",
    "NickChanged",
    "RoomLost",
    "RoomReplaced",
    "TooManyRequests",
    "TurnedAway",
    "connect",
]
