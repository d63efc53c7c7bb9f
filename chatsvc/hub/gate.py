"""The gate: let each connection's requests in at its rate, and refuse what comes faster."""

from chatsvc.core.commands import Command, Ping, Quit
from chatsvc.core.errors import Refusal, TooFast
from chatsvc.core.limits import Limits
from chatsvc.core.rate import Allowance, Rate
from chatsvc.core.state import State
from chatsvc.core.weights import weight_of
from chatsvc.hub.subscriber import Subscriber


class Gate:
    """Take requests of connections at the rate that `limits` say.

    Refusing costs little, but is not free: who goes on without waiting gets
    `REFUSALS_PER_WAIT` refusals and is then not read until the wait is over.
    """

    def __init__(self, limits: Limits, state: State) -> None:
        self._rate = Rate(limits.request_burst, limits.requests_per_second)
        self._state = state

    def allowance(self) -> Allowance:
        """Return what a new connection may ask for."""
        return Allowance(self._rate)

    def next_request(self, subscriber: Subscriber, now: float) -> Command | Refusal | None:
        """Take the connection's next request, or the refusal that it comes too fast.

        `now` is in seconds. When `subscriber.shut_for` is not 0 afterwards, nothing more is
        to be taken for so many seconds.
        """
        request = subscriber.connection.next_request()
        allowance = subscriber.allowance
        if request is None:
            if allowance.refuses_rest:
                allowance.rest_is_taken()
            return None
        if type(request) is not Ping:
            subscriber.session.asked_at = now
        wait = allowance.take_in_order(weight_of(self._state, subscriber.session, request), now)
        if not wait or isinstance(request, Quit):
            return request
        if allowance.is_exhausted:
            subscriber.shut_for = wait
        return TooFast(wait)
