"""Client and server in one process, over real sockets, as a bot's author would test."""

from collections.abc import AsyncIterator

import pytest_twisted
from twisted.internet import reactor

from chatsvc.client import ChatClient, connect
from chatsvc.core.events import Said
from chatsvc.core.names import RoomName
from chatsvc.hub import Hub, HubOptions
from chatsvc.protocols.line import LineFactory
from chatsvc.protocols.listening import DualStackEndpoint
from chatsvc.storage.memory import MemoryLog

LOBBY = RoomName("lobby")


@pytest_twisted.async_yield_fixture
async def address() -> AsyncIterator[str]:
    """Run a server on loopback and give the endpoint to reach it."""
    hub = Hub(MemoryLog(), reactor, HubOptions(lobby=LOBBY))
    hub.startService()
    endpoint = DualStackEndpoint.loopback(reactor, 0)
    listening = endpoint.listen_now(LineFactory(hub, "test", reactor))
    yield f"tcp:127.0.0.1:{listening.getHost().port}"
    await listening.stopListening()
    await hub.stopService()


async def next_said(client: ChatClient) -> Said:
    async for happening in client.events():
        if isinstance(happening, Said):
            return happening
    raise AssertionError("the client ended before anything was said")


@pytest_twisted.ensureDeferred
async def test_what_one_says_the_other_hears_under_the_same_number(address: str) -> None:
    ann, bob = await connect(address, "ann"), await connect(address, "bob")
    number = await ann.say("lobby", "grüße, 世界")
    heard = await next_said(bob)
    assert (heard.room, heard.number, heard.nick, heard.text) == (
        "lobby",
        number,
        "ann",
        "grüße, 世界",
    )
    await ann.close()
    await bob.close()


@pytest_twisted.ensureDeferred
async def test_history_is_there_for_who_comes_later(address: str) -> None:
    ann = await connect(address, "ann")
    for text in ("one", "two", "three"):
        await ann.say("lobby", text)
    await ann.close()
    bob = await connect(address, "bob")
    assert [said.text for said in await bob.history("lobby")] == ["one", "two", "three"]
    await bob.close()
