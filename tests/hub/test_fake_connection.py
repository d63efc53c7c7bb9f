"""The published fake keeps the rules of a real connection."""

from typing import Any

from twisted.trial.unittest import TestCase

from chatsvc.core.commands import Command
from chatsvc.core.errors import Usage
from chatsvc.testing import FakeConnection
from tests.contracts.connection import ConnectionContract


class SilentHub:
    """A hub that takes connections and asks them for nothing."""

    def connect(self, connection: object, via: str, aim: object = None) -> object:
        return self

    def pump(self, subscriber: object) -> None: ...

    disconnect = stall = resume = pump


class FakeBench:
    def __init__(self) -> None:
        self.connection = FakeConnection(SilentHub())
        self.lose = self.connection.lose
        self.stop_reading = self.connection.stop_reading
        self.read_on = self.connection.read_on

    def ask(self, *requests: Command) -> None:
        self.connection.ask(*requests)

    def ask_nonsense(self) -> None:
        self.connection.ask(Usage("What?"))

    def seen(self) -> list[Any]:
        return self.connection.got

    def form(self, thing: Any) -> Any:
        return thing

    @property
    def is_closed(self) -> bool:
        return self.connection.closed

    @property
    def is_cut(self) -> bool:
        return self.connection.aborted is not None


class FakeConnectionTests(ConnectionContract, TestCase):
    def bench(self) -> FakeBench:
        return FakeBench()
