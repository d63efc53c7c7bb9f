"""What an encoder of an event is."""

from collections.abc import Callable
from typing import Any

from chatsvc.irc.scribe import Scribe

Encoder = Callable[[Any, Scribe], bytes]
"""Returns the lines of an event for all clients of the scribe's shape."""
