"""Requests that the log answers: history and search."""

from collections.abc import Iterable

from chatsvc.core.commands import ReadHistory, SearchRoom
from chatsvc.core.events import Said
from chatsvc.core.replies import History, Reply, SearchResult
from chatsvc.core.state import State
from chatsvc.ports import Log

ANSWER_BYTES = 262_144
"""Text in one answer to `history`; a client that does not read it costs us that much."""

LINE_OVERHEAD = 100
"""What a message's line has besides its text, roughly."""


async def answer_from(log: Log, state: State, command: ReadHistory | SearchRoom) -> Reply:
    """Return the log's answer to `command`, within the limits; raise `LogError` or `NoSuchRoom`."""
    room = state.room(command.room)
    name, room_id = room.name, room.room_id
    if isinstance(command, SearchRoom):
        found = await log.search(name, room_id, command.words, state.limits.search_page)
        return SearchResult(name, tuple(found))
    count = min(command.count, state.limits.history_page)
    page = await log.read(name, room_id, count, command.before, command.after)
    if command.after is not None:
        return History(name, tuple(_fitting(page)))
    return History(name, tuple(_fitting(reversed(page))[::-1]))


def _fitting(messages: Iterable[Said]) -> list[Said]:
    """Return the first of `messages` that fit `ANSWER_BYTES`, one at least."""
    fitting: list[Said] = []
    size = 0
    for said in messages:
        size += len(said.text.encode()) + LINE_OVERHEAD
        if size > ANSWER_BYTES and fitting:
            break
        fitting.append(said)
    return fitting
