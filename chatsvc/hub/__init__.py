"""The hub: where sessions' commands meet the RoomManager and the log. No sockets here.

    service       Hub: its parts put together; it starts and ends, sessions come and go
    options       what it is told when it is made
    subscriber    what the hub remembers of one connection

    requests      when each connection's requests begin and end, in order and fairly
    gate          each connection's requests at its rate
    execution     one command: decided on, then to the log, prepared, or concluded
    preparations  the commands that need preparation, and by what: a table
    reading       requests that the log answers
    reach         what somebody may read, before and after the log was asked
    credentials   requests with a password, and what is decided instead of them
    pairing       codes that stand in place of a password
    own_commands  what the hub does of its own, without anybody's request

    committer     group commit: what was decided waits here until it is durable
    outcomes      what comes back from the log, batch by batch
    conclusion    what was decided becomes true, is answered, and is told

    delivery      who hears what: each room's audience, and readers that are behind
    direct        the same for direct messages that are kept
    presence      who comes and goes: gathered, and in large rooms counted
    positions     how far the owners of accounts have read
    rewrites      messages that are changed while the log is being read

    sweeping      every few seconds: stuck readers, nameless connections, vacant rooms
    retention     messages whose time has come
    stuck         readers that take nothing more
    shutdown      the end: the last commit, the goodbye, the log closed
    portions      many small jobs, a few a turn
    next_turn     one job when the reactor's turn is over

One message's way: `Requests` takes it from its connection, `Executor` has the RoomManager
decide on events, `Committer` appends them together with all that came meanwhile,
`Outcomes` and `Conclusion` have the RoomManager apply what came back, and `Delivery` hands
the bytes, encoded once, to each connection.
"""

from chatsvc.hub.options import HubOptions
from chatsvc.hub.service import Hub

__all__ = ["Hub", "HubOptions"]
