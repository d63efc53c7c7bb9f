"""Messages: PRIVMSG and what becomes of it.

Sources: https://modern.ircdocs.horse/#privmsg-message,
https://ircv3.net/specs/extensions/message-ids
"""

from typing import Any

from chatsvc.core.events import Edited, Redacted, Reworded, Said, TakenBack, Told
from chatsvc.irc.channels import channel_of
from chatsvc.irc.encode.encoder import Encoder
from chatsvc.irc.message import LINE_BYTES, format_tags
from chatsvc.irc.msgids import room_msgid
from chatsvc.irc.scribe import Scribe
from chatsvc.irc.texts import split_text

LEAST_TEXT_BYTES = 64
"""Room for text that a line has, whatever stands before it."""


def said(event: Said, scribe: Scribe) -> bytes:
    """Return a message of a room; one that is too long for a line as several lines.

    Only the first of them has the id: "MUST be unique" (message-ids).
    """
    msgid = room_msgid(event.room, event.number, event.room_id)
    tags = format_tags(scribe.tags(event.nick, event.at, msgid))
    head = f":{scribe.house.source_of(event.nick)} PRIVMSG {channel_of(event.room)} :"
    line = f"{head}{event.text}\r\n".encode()
    if len(line) <= LINE_BYTES:
        return tags.encode() + line
    more = format_tags(scribe.tags(event.nick, event.at))
    return _in_pieces(head, event.text, tags, more)


def _in_pieces(head: str, text: str, first_tags: str, more_tags: str) -> bytes:
    most = max(LEAST_TEXT_BYTES, LINE_BYTES - len("\r\n") - len(head.encode()))
    first, *rest = split_text(text, most)
    lines = [f"{first_tags}{head}{first}\r\n", *(f"{more_tags}{head}{piece}\r\n" for piece in rest)]
    return "".join(lines).encode()


def told(event: Told, scribe: Scribe, target: str) -> bytes:
    """Return a direct message to `target`; one that is too long for a line as several lines."""
    tags = format_tags(scribe.tags(event.nick, event.at))
    head = f":{scribe.house.source_of(event.nick)} PRIVMSG {target} :"
    return _in_pieces(head, event.text, tags, tags)


def _taken_back(_event: Any, _scribe: Scribe) -> bytes:
    """Return nothing: "servers MAY [...] omit" a redacted message from history."""
    return b""


EVENTS: dict[type[Any], Encoder] = {Said: said, Reworded: said, TakenBack: _taken_back}

NOT_SHOWN: frozenset[type[Any]] = frozenset({Redacted, Edited, Told})
"""`Told` is for one client: see `telling`."""
