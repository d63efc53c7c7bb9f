"""What owners and moderators say, and what they and others are told of it.

verbs      the rows of the table of commands, and how the commands are written
telling    answers and events as lines
reading    the same for clients
"""

from chatsvc.wire.moderation.reading import READ_EVENTS, READ_REPLIES, READ_ROWS
from chatsvc.wire.moderation.telling import EVENTS, REPLIES
from chatsvc.wire.moderation.verbs import FORMATTERS, VERBS

__all__ = [
    "EVENTS",
    "FORMATTERS",
    "READ_EVENTS",
    "READ_REPLIES",
    "READ_ROWS",
    "REPLIES",
    "VERBS",
]
