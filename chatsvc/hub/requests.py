"""When each connection's requests begin and end: in order, and fairly among all.

The hub takes a request when it may begin; until then it stays with its connection. What
waits here, one request of each connection, is `Subscriber.held`. A command that was prepared
waits for what is being changed like any other, before it is decided on.
"""

from collections.abc import Callable

from chatsvc.core.commands import Ban, Command, DeleteRoom, JoinRoom
from chatsvc.core.errors import Closing, Refusal
from chatsvc.core.manager import RoomManager
from chatsvc.core.names import RoomKey
from chatsvc.core.replies import Reply
from chatsvc.hub.committer import Committer
from chatsvc.hub.execution import Executor
from chatsvc.hub.gate import Gate
from chatsvc.hub.next_turn import rest_after
from chatsvc.hub.preparations import Prepared
from chatsvc.hub.shutdown import Shutdown
from chatsvc.hub.subscriber import Subscriber
from chatsvc.ports import Clock

REQUESTS_PER_TURN = 64
"""Requests of one connection carried out before the others have their turn."""

SECONDS_PER_TURN = 0.0005
"""Time for the requests of one connection before the others have their turn, and as much as its
requests have had: who sends a thousand at once has half of the time, and the log's thread gets at
what it needs."""


class Requests:
    """Take the requests of every connection and have the executor carry them out.

    `left` is called with a connection that is gone, once nothing of it is under way.
    """

    def __init__(
        self,
        manager: RoomManager,
        clock: Clock,
        gate: Gate,
        committer: Committer,
        executor: Executor,
        shutdown: Shutdown,
        left: Callable[[Subscriber], None],
    ) -> None:
        self._manager = manager
        self._clock = clock
        self._gate = gate
        self._committer = committer
        self._executor = executor
        self._shutdown = shutdown
        self._left = left
        self._most = manager.state.limits.pending_requests
        self._waiting: set[Subscriber] = set()
        self._postponed: list[tuple[Subscriber, Command]] = []

    def pump(self, subscriber: Subscriber) -> None:
        """Carry out the connection's requests, as far as they may begin now."""
        began, spent = self._clock.seconds(), 0.0
        for _ in range(REQUESTS_PER_TURN):
            if subscriber.full or subscriber.gone or self._shutdown.has_begun:
                return
            if subscriber.shut_for or subscriber.is_preparing:
                return
            request = subscriber.held or self._gate.next_request(subscriber, began)
            subscriber.held = None
            if request is None:
                return
            if subscriber.shut_for:
                self._clock.callLater(subscriber.shut_for, self._open_again, subscriber)
            if not self._may_start(subscriber, request):
                subscriber.held = request
                return
            self._start(subscriber, request)
            spent = self._clock.seconds() - began
            if spent > SECONDS_PER_TURN:
                break
        self._pump_later(subscriber, rest_after(spent))

    def pump_waiting(self) -> None:
        """Go on with those whose requests waited for what was changing."""
        postponed, self._postponed = self._postponed, []
        for subscriber, prepared in postponed:
            self._carry_on(subscriber, prepared)
        waiting, self._waiting = self._waiting, set()
        for subscriber in waiting:
            self._pump_later(subscriber)

    def discard(self, subscriber: Subscriber) -> None:
        """Begin nothing more of a connection that is gone."""
        self._waiting.discard(subscriber)

    def finished(self, subscriber: Subscriber) -> None:
        """Note that a request that was under way is answered, and go on with the next."""
        subscriber.running -= 1
        if subscriber.gone:
            if subscriber.running == 0:
                self._left(subscriber)
        elif subscriber.held is not None or subscriber.is_preparing:
            subscriber.is_preparing = False
            self._pump_later(subscriber)

    def _pump_later(self, subscriber: Subscriber, seconds: float = 0) -> None:
        if not subscriber.pump_scheduled:
            subscriber.pump_scheduled = True
            self._clock.callLater(seconds, self._pump_again, subscriber)

    def _pump_again(self, subscriber: Subscriber) -> None:
        subscriber.pump_scheduled = False
        self.pump(subscriber)

    def _open_again(self, subscriber: Subscriber) -> None:
        subscriber.shut_for = 0
        self.pump(subscriber)

    def _may_start(self, subscriber: Subscriber, request: Command | Refusal) -> bool:
        if not subscriber.may_start(request, self._most):
            return False
        if not (self._committer.changing or self._committer.entered):
            return True  # Every message comes by here.
        if isinstance(request, Refusal) or not self._must_wait(subscriber, request):
            return True
        self._waiting.add(subscriber)
        return False

    def _must_wait(self, subscriber: Subscriber, command: Command) -> bool:
        """Tell whether a command is about something that is changing, or is being entered."""
        if subscriber.emptied in self._committer.changing:
            return True
        if self._manager.must_wait(subscriber.session, command):
            return True
        if not isinstance(command, DeleteRoom | Ban | JoinRoom):
            return False
        room = self._manager.room_of(subscriber.session, command)
        if room not in self._committer.entered or not self._depends_on_who_enters(command, room):
            return False
        return not self._manager.hides(subscriber.session, room, command)

    def _depends_on_who_enters(self, command: Command, room: RoomKey | None) -> bool:
        """Tell whether it matters who is in a room: a join is bounded in some rooms only."""
        if not isinstance(command, JoinRoom):
            return True
        there = None if room is None else self._manager.state.rooms.get(room)
        return there is not None and there.kind.most_members > 0

    def _start(self, subscriber: Subscriber, request: Command | Refusal) -> None:
        """Begin a request; what refuses it waits for the answers that come before."""
        subscriber.emptied = None
        if isinstance(request, Refusal):
            refusal: Refusal | None = request
        else:
            refusal = self._executor.begin(subscriber, request, self._carry_on)
        if refusal is None:
            return
        if subscriber.running:
            subscriber.held = refusal
        else:
            subscriber.connection.answer(refusal)

    def _carry_on(self, subscriber: Subscriber, prepared: Prepared) -> None:
        """Carry out what came of a command that needed preparation; it is under way already."""
        if isinstance(prepared, Reply | Refusal):
            self._finish(subscriber, prepared)
            return
        if subscriber.gone or self._shutdown.has_begun:
            self._finish(subscriber, Closing())
            return
        if self._must_wait(subscriber, prepared):
            self._postponed.append((subscriber, prepared))
            return
        before = subscriber.running
        refusal = self._executor.begin(subscriber, prepared, self._carry_on)
        if subscriber.running > before:
            subscriber.running = before  # It is the log that it waits for now.
        elif refusal is None:
            self.finished(subscriber)
        else:
            self._finish(subscriber, refusal)

    def _finish(self, subscriber: Subscriber, answer: Reply | Refusal) -> None:
        """Answer a request that was under way, and go on with the next."""
        if not subscriber.gone:
            subscriber.connection.answer(answer)
        self.finished(subscriber)
