"""Where a server is, as people write it: "tcp:HOST:PORT", "tls:HOST:PORT", "unix:PATH"."""

from typing import Any

from twisted.internet.interfaces import IStreamClientEndpoint

from chatsvc.client.happenings import CouldNotConnect
from chatsvc.core.text import printable


class WrongEndpoint(CouldNotConnect):
    """Say what is wrong with the description of an endpoint."""


def described_endpoint(reactor: Any, description: str) -> IStreamClientEndpoint:
    """Return the client endpoint that Twisted understands by `description`.

    Raises `WrongEndpoint`.
    """
    from twisted.internet.endpoints import clientFromString

    try:
        endpoint: IStreamClientEndpoint = clientFromString(reactor, description)
    except Exception as error:
        # Each kind of endpoint has its own way to fail: ValueError, TypeError, OSError ...
        reason = f'the endpoint "{printable(description)}" cannot be used: {_reason(error)}.'
        raise WrongEndpoint(reason) from error
    return endpoint


def _reason(error: Exception) -> str:
    if isinstance(error, TypeError | IndexError):
        # Python's words about a function that was called with the parts.
        return "a part of it is missing, or is one too many"
    return printable(" ".join(str(error).split())).rstrip(".") or type(error).__name__
