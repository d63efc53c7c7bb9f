"""Waiting with an end: the two things this client does with a clock and a Deferred."""

from typing import Any, TypeVar, cast

from twisted.internet.defer import Deferred

from chatsvc.ports import Clock

T = TypeVar("T")


def within(deferred: Deferred[T], seconds: float, clock: Clock) -> Deferred[T]:
    """Let `deferred` fail with `TimeoutError` (of `twisted.internet.defer`) after `seconds`."""
    return deferred.addTimeout(seconds, cast(Any, clock))


def after(seconds: float, clock: Clock) -> Deferred[None]:
    """Return a Deferred that fires in `seconds`; cancelling it stops the clock too."""
    waited: Deferred[None] = Deferred(lambda _: call.cancel())
    call = clock.callLater(seconds, waited.callback, None)
    return waited
