"""A crowd that is there for a while, and waiting for what it comes to."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence

from tests.torture.crowd import Client

PATIENCE = 120.0
"""Seconds after which what must come is given up."""
LOOK_SECONDS = 0.002


@contextlib.asynccontextmanager
async def staying(clients: Sequence[Client]) -> AsyncIterator[None]:
    """Have clients there, who come back when they lose their connection."""
    tasks = [asyncio.create_task(client.stay()) for client in clients]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def comes_to(is_so: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Wait until something is so; tell whether it came in time."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(LOOK_SECONDS)
    return True


async def must_come(
    is_so: Callable[[], bool], what: Callable[[], str] = lambda: "the crowd does not get on"
) -> None:
    """Wait until something is so; raise `RuntimeError`, saying `what` is wrong, if it never is."""
    if not await comes_to(is_so):
        raise RuntimeError(what())
