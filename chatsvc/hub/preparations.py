"""The commands for which something is to be found out before they can be carried out.

That takes time, and is no matter of the rules: a read of the log, a password. A new
command of this kind is one row in `preparations_of`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from twisted.internet.defer import Deferred

from chatsvc.core.commands import (
    PASSWORD_COMMANDS,
    Command,
    Edit,
    ListActivity,
    MarkRead,
    ReadHappenings,
    ReadHistory,
    ReadHistoryAt,
    Redact,
    SearchRoom,
    ShowMarker,
)
from chatsvc.core.errors import Refusal
from chatsvc.core.replies import Reply
from chatsvc.hub.credentials import Credentials
from chatsvc.hub.marking import Marking
from chatsvc.hub.reading import Reading
from chatsvc.hub.subscriber import Subscriber

Prepared = Command | Reply | Refusal
"""What comes of a command: another to be carried out in its place, or its answer."""

Preparation = Callable[[Subscriber, Any], Deferred[Any]]
"""Begin to prepare a command of a connection; what is returned fires with what is `Prepared`
and never fails. While `Subscriber.is_preparing` is set by it, nothing more is taken."""


def preparations_of(
    reading: Reading, marking: Marking, credentials: Credentials
) -> Mapping[type, Preparation]:
    """Return how the commands are prepared that need it, by class."""
    return {
        ReadHistory: reading.begin,
        SearchRoom: reading.begin,
        ReadHistoryAt: marking.read,
        ReadHappenings: reading.look_back,
        ListActivity: marking.activity,
        MarkRead: marking.mark,
        ShowMarker: marking.show,
        Redact: reading.prepare,
        Edit: reading.prepare,
        **dict.fromkeys(PASSWORD_COMMANDS, credentials.begin),
    }
