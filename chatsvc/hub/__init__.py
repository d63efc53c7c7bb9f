"""The hub: where sessions' commands meet the RoomManager and the log. No sockets here.

    service     Hub: sessions come, their requests are carried out in order, they go
    options     what it is told when it is made
    committer   group commit: what was decided waits here until it is durable
    delivery    who hears what: each room's audience, and readers that are behind
    presence    who comes and goes: gathered, and in large rooms counted
    conclusion  what was decided becomes true, is answered, and is told
    reading     requests that the log answers
    credentials requests with a password, and what is decided instead of them
    positions   how far the owners of accounts have read
    stuck       readers that take nothing more
    portions    many small jobs, a few a turn
    next_turn   one job when the reactor's turn is over
    subscriber  what the hub remembers of one connection

One message's way: `Hub.pump` takes a request from its connection, the RoomManager
decides on events, `Committer` appends them together with all that came meanwhile, the
RoomManager applies what came back, and `Delivery` hands the bytes, encoded once, to
each connection.
"""

from chatsvc.hub.options import HubOptions
from chatsvc.hub.service import Hub

__all__ = ["Hub", "HubOptions"]
