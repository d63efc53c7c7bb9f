"""One command's way: decided on, then to the log, to its preparation, or concluded at once."""

from collections.abc import Callable, Mapping
from functools import partial

from twisted.logger import Logger

from chatsvc.core.commands import Command, Say, Tell
from chatsvc.core.errors import Internal, Refusal
from chatsvc.core.events import Event, LoggedIn, LoggedOut, Said
from chatsvc.core.manager import RoomManager
from chatsvc.core.names import room_key
from chatsvc.hub.committer import Committer, Decision, durable_event, further_durable
from chatsvc.hub.conclusion import Conclusion
from chatsvc.hub.delivery import Delivery
from chatsvc.hub.positions import ReadingPositions
from chatsvc.hub.preparations import Preparation, Prepared
from chatsvc.hub.subscriber import Subscriber

CarryOn = Callable[[Subscriber, Prepared], None]
"""What goes on with a command that was prepared."""


class Executor:
    """Have commands decided on, and begin what follows from it.

    `now` gives milliseconds since 1970 UTC; `preparations` are the commands that something
    is to be found out for, after they were decided on without any event.
    """

    _log = Logger()

    def __init__(
        self,
        manager: RoomManager,
        now: Callable[[], int],
        committer: Committer,
        conclusion: Conclusion,
        delivery: Delivery,
        positions: ReadingPositions,
        preparations: Mapping[type, Preparation],
    ) -> None:
        self._manager = manager
        self._now = now
        self._committer = committer
        self._conclusion = conclusion
        self._delivery = delivery
        self._positions = positions
        self._preparations = preparations

    def begin(self, subscriber: Subscriber, command: Command, carry_on: CarryOn) -> Refusal | None:
        """Carry a command out, or begin to; return why it is refused.

        Where that takes time, the command counts as `Subscriber.running` afterwards: the
        committer has it, or `carry_on` is called when it is prepared.
        """
        try:
            self._carry_out(subscriber, command, carry_on)
        except Refusal as refusal:
            return refusal
        except Exception:
            self._log.failure("A request met a bug: {request}", request=type(command).__name__)
            return Internal()
        return None

    def _carry_out(self, subscriber: Subscriber, command: Command, carry_on: CarryOn) -> None:
        events = self._manager.decide(subscriber.session, command, self._now())
        durable = durable_event(events)
        if durable is not None:
            if type(command) is Tell:
                events = self._delivery.taken(command.nick, events)
            subscriber.started(command)
            more = () if type(durable) is Said else further_durable(events)
            self._committer.add(Decision(subscriber, command, events, durable, more))
            if subscriber.unread and isinstance(command, Say):
                subscriber.unread.pop(room_key(command.room), None)
            return
        prepare = self._preparations.get(type(command))
        if prepare is not None:
            subscriber.started(command)
            prepare(subscriber, command).addCallback(partial(carry_on, subscriber))
        else:
            self._conclude_now(subscriber, command, events)

    def _conclude_now(
        self, subscriber: Subscriber, command: Command, events: tuple[Event, ...]
    ) -> None:
        account = subscriber.session.account
        if account is not None and any(isinstance(each, LoggedIn | LoggedOut) for each in events):
            self._positions.note(account.name)
        if isinstance(command, Tell) and events:
            events = self._delivery.taken(command.nick, events)
        self._conclusion.conclude(subscriber, command, events)
