from collections.abc import Iterable

from chatsvc.protocols.outbox import HasOutbox, Outbox
from chatsvc.protocols.sending import Left

def collect(connections: Iterable[HasOutbox], data: bytes, outboxes: list[Outbox]) -> None: ...
def send(outboxes: list[Outbox]) -> list[Left]: ...
