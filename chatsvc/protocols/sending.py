"""The two loops over all who are sent something: what a message costs per member.

The contract: `collect` and `send` do for many outboxes what `Outbox.send` and
`Outbox.flush` do for one, without a call of ours for each. There are two implementations
which do the same:

* `PLAIN`, the functions below, is the reference and always there;
* `_sending.c` is compiled when the package is built, where there is a C compiler
  (`hatch_build.py`). It takes the GIL's release, the look-ups and the appending out of
  Python.

`BEST` is what is used: the compiled one, unless it is missing or the environment variable
`CHATSVC_PURE` is set when the server starts.
"""

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from chatsvc.protocols.outbox import Data, HasOutbox, Outbox

    Left = tuple[Outbox, Data, int]


def collect(connections: "Iterable[HasOutbox]", data: bytes, outboxes: "list[Outbox]") -> None:
    """Add `data` to the outbox of each connection, and to `outboxes` each that was empty."""
    for connection in connections:
        outbox = connection.outbox
        if outbox.is_paused:
            outbox.send(data)
            continue
        if not outbox.parts:
            outboxes.append(outbox)
        outbox.parts.append(data)


def send(outboxes: "list[Outbox]") -> "list[Left]":
    """Send on its `socket` what each outbox holds, and empty it; paused ones keep theirs.

    Return, for each that has no socket or whose socket did not take everything, the outbox,
    its data and how many bytes of that were taken: 0 also where there was an error, since
    the transport finds out which.
    """
    left: list[Left] = []
    for outbox in outboxes:
        parts = outbox.parts
        if outbox.is_paused or not parts:
            continue
        data: Data = parts[0] if len(parts) == 1 else b"".join(parts)
        parts.clear()
        try:
            sent = 0 if outbox.socket is None else outbox.socket.send(data)
        except OSError:
            sent = 0
        if sent != len(data) or outbox.socket is None:
            left.append((outbox, data, sent))
    return left


@attrs.frozen
class Sending:
    """One implementation of the two loops."""

    collect: "Callable[[Iterable[HasOutbox], bytes, list[Outbox]], None]"
    send: "Callable[[list[Outbox]], list[Left]]"


PLAIN = Sending(collect, send)


def compiled() -> Sending | None:
    """Return the compiled implementation, if there is one."""
    try:
        from chatsvc.protocols import _sending
    except ImportError:
        return None
    return Sending(_sending.collect, _sending.send)


BEST = PLAIN if os.environ.get("CHATSVC_PURE") else compiled() or PLAIN
