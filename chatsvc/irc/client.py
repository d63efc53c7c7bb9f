"""One IRC connection, as the functions for its commands see it."""

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from chatsvc.core.commands import Command
from chatsvc.core.metadata import NO_METADATA, Metadata
from chatsvc.core.names import Nick
from chatsvc.core.people import Session
from chatsvc.core.state import State
from chatsvc.irc.asking import Line
from chatsvc.irc.client_batch import ClientBatch, RefusedBatch
from chatsvc.irc.house import House
from chatsvc.irc.login import Login
from chatsvc.irc.message import Message, Written
from chatsvc.irc.offers import IN_THE_OPEN, Security
from chatsvc.irc.registration import Registration
from chatsvc.irc.replies import NOTHING_GIVEN, Reply
from chatsvc.irc.scribe import Scribe, scribe_for
from chatsvc.irc.sources import Source
from chatsvc.wire.times import format_time


@attrs.define(eq=False)
class Client:
    """What is known of one connection, and what is its own.

    `read(command)` carries out a command that only asks, at once; it raises a `Refusal`.
    `enabled` are its capabilities, `version` is that of its CAP LS (0: none came). `login` is
    the SASL login under way, `batch` the text of many lines that it is sending. `subscribed` are
    the keys of metadata that it wants to be told of, in the order in which it asked; `pending` is
    what it has set of itself before its registration is over. `security` is how it came.
    """

    house: House
    session: Session
    read: Callable[[Command], Any]
    enabled: frozenset[str] = frozenset()
    version: int = 0
    login: Login | None = None
    registration: Registration = attrs.field(factory=Registration)
    batch: ClientBatch | RefusedBatch | None = None
    subscribed: tuple[str, ...] = ()
    pending: Metadata = NO_METADATA
    security: Security = IN_THE_OPEN

    @property
    def offered(self) -> Mapping[str, str]:
        """The capabilities that it is offered, with their values."""
        return self.house.offered_to(self.session, self.security)

    @property
    def state(self) -> State:
        """What is true; whatever a rule of access is about is asked by `read`."""
        return self.house.state

    @property
    def is_registered(self) -> bool:
        """Whether registration is over."""
        return self.registration.is_done

    @property
    def nick(self) -> Nick | None:
        """The nick it has; None before the core has taken it."""
        return self.session.nick

    @property
    def shown_nick(self) -> str:
        """What it is called in numerics: its nick, the one it wants, or `*`."""
        return self.session.nick or self.registration.nick or NOTHING_GIVEN

    @property
    def source(self) -> Source:
        """How the others see it."""
        assert self.session.person is not None
        return self.house.source_of_person(self.session.person)

    @property
    def mask(self) -> str:
        """Its source, with `*` for what is not known before registration is over."""
        if self.session.person is not None:
            return self.house.mask_of_person(self.session.person)
        user = self.registration.user or NOTHING_GIVEN
        return f"{self.shown_nick}!{user}@{self.house.host_of(self.session)}"

    def has(self, *capabilities: str) -> bool:
        """Tell whether it has all of these capabilities."""
        return self.enabled.issuperset(capabilities)

    @property
    def scribe(self) -> Scribe:
        """What writes events as this client is shown them."""
        return scribe_for(self.house, self.enabled)

    def finished(self, line: Line) -> Message | Written:
        """Return a line as it is sent: with the server's name, the nick, and the time."""
        if type(line) is Written:
            return line
        is_timed = "server-time" in self.enabled
        if type(line) is Reply:
            params = (self.shown_nick, *line.params) if line.is_numeric else line.params
            tags = {"time": format_time(self.house.now())} if is_timed else {}
            return Message(line.command, params, self.house.name, tags)
        assert type(line) is Message
        if is_timed and "time" not in line.tags:
            return line.tagged("time", format_time(self.house.now()))
        return line

    def own(self, command: str, *params: str) -> Message:
        """Return a line about what this client has done itself, as it is shown to it."""
        return self.scribe.by(self.session.nick or Nick(""), command, *params)
