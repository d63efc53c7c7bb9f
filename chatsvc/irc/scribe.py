"""Write lines that come from people, with the tags that a shape asks for.

Sources: https://ircv3.net/specs/extensions/server-time, account-tag, message-ids,
bot-mode.
"""

from functools import lru_cache

import attrs

from chatsvc.core.names import Nick
from chatsvc.irc.capabilities import Shape, shape_of
from chatsvc.irc.house import House
from chatsvc.irc.message import Message, Tags, Written, format_message
from chatsvc.wire.times import format_time

_time = lru_cache(maxsize=64)(format_time)
"""The same message is written for each shape, and several in a millisecond."""


@attrs.frozen(eq=False)
class Scribe:
    """Write for clients of one shape."""

    house: House
    shape: Shape

    def tags(self, nick: Nick | None = None, at: int = 0, msgid: str = "") -> dict[str, str]:
        """Return the tags of a line from `nick` that was true at `at`; 0: now.

        "Servers MUST NOT" send a tag to a client that has not asked for it.
        """
        tags: dict[str, str] = {}
        if "server-time" in self.shape:
            tags["time"] = _time(at or self.house.now())
        if nick is not None and "account-tag" in self.shape:
            account = self.house.account_of(nick, at)
            if account:
                tags["account"] = account
        if nick is not None and "message-tags" in self.shape and self.house.is_bot(nick):
            tags["bot"] = ""
        if msgid and "message-tags" in self.shape:
            tags["msgid"] = msgid
        return tags

    def by(self, nick: Nick, command: str, *params: str, at: int = 0, msgid: str = "") -> Message:
        """Return a line from `nick`."""
        source = self.house.mask_of(nick)
        return Message(command, params, source, self.tags(nick, at, msgid))

    def from_server(self, command: str, *params: str) -> Message:
        """Return a line from the server."""
        return Message(command, params, self.house.name, self.tags())


@lru_cache(maxsize=1000)
def scribe_for(house: House, enabled: frozenset[str]) -> Scribe:
    """Return what writes for clients that have enabled these capabilities."""
    return Scribe(house, shape_of(enabled))


def written(message: Message | Written) -> bytes:
    """Return the bytes of a line."""
    if type(message) is Written:
        return message.data
    assert type(message) is Message
    tags: Tags | None = message.tags or None
    return format_message(message.command, message.params, message.source, tags)
