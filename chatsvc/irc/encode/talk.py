"""Messages: PRIVMSG, NOTICE and what becomes of them.

    said         PRIVMSG, NOTICE, of an action PRIVMSG with CTCP ACTION
    redacted     REDACT, for those who asked for it
    edited       NOTICE with the new text and `+draft/reply`: IRC has no word for it
    a signal     TAGMSG for those who know tags; CTCP

Sources: https://modern.ircdocs.horse/#privmsg-message,
https://ircv3.net/specs/extensions/message-ids,
https://ircv3.net/specs/extensions/message-redaction,
https://ircv3.net/specs/extensions/multiline
"""

from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from chatsvc.core.conversations import is_direct
from chatsvc.core.events import (
    Edited,
    Redacted,
    Reworded,
    Said,
    SaidMore,
    Signalled,
    TakenBack,
    Told,
    more_of,
)
from chatsvc.core.manner import NOTHING_MORE, Manner, More, Piece, Tags, pieces_of
from chatsvc.core.names import Nick
from chatsvc.core.roles import ROLES, Role
from chatsvc.core.signals import SignalKind
from chatsvc.irc.channels import SIGN, channel_of
from chatsvc.irc.client_batch import CONCAT, MULTILINE
from chatsvc.irc.encode.encoder import Encoder
from chatsvc.irc.message import LINE_BYTES, Message, format_tags
from chatsvc.irc.msgids import direct_msgid, passing_msgid, room_msgid
from chatsvc.irc.scribe import Scribe, written
from chatsvc.irc.texts import format_action, format_ctcp, split_text

LEAST_TEXT_BYTES = 64
"""Room for text that a line has, whatever stands before it."""

REPLY_TAG = "+draft/reply"
"""What tells which message another is about (https://ircv3.net/specs/client-tags/reply)."""

EDITED = "[edited]"
"""What an edit begins with where it is shown as a NOTICE."""

_SURELY_FITS = (LINE_BYTES - len(": PRIVMSG  :\r\n")) // 4
"""Characters of source, target and text that fit a line whatever they are."""

_BATCH = "said"
"""The reference of a batch: it is ended by the same bytes that begin it."""

_SIGN_OF = {Role.VOICED: "+", Role.MODERATOR: "@", Role.OWNER: "@"}


@attrs.frozen
class Speech:
    """What is said, as it is written for one target; `nick` says it."""

    nick: Nick
    target: str
    text: str
    at: int
    msgid: str
    more: More = NOTHING_MORE


def said(event: Said, scribe: Scribe) -> bytes:
    """Return a message of a room; one that is too long for a line as several lines.

    Only the first of them has the id: "MUST be unique" (message-ids). One of a conversation is
    for one client: see `telling`.
    """
    if type(event) is Said:
        source = scribe.house.mask_of(event.nick)
        line = f":{source} PRIVMSG {SIGN}{event.room} :{event.text}\r\n".encode()
        if len(line) <= LINE_BYTES:
            if not scribe.shape:
                return line
            msgid = room_msgid(event.room, event.number, event.room_id)
            return format_tags(scribe.tags(event.nick, event.at, msgid)).encode() + line
    return _bytes_of(speech_lines(speech_of(event, channel_of(event.room)), scribe))


def speech_of(event: Said, target: str) -> Speech:
    """Return what a kept message is for `target`."""
    return Speech(
        event.nick,
        target,
        event.text,
        event.at,
        msgid_of(event),
        more_of(event) or NOTHING_MORE,
    )


def msgid_of(event: Said | Redacted | Edited) -> str:
    """Return the id of a kept message."""
    if is_direct(event.room):
        return direct_msgid(event.room_id, event.number)
    return room_msgid(event.room, event.number, event.room_id)


def speech_lines(speech: Speech, scribe: Scribe) -> list[Message]:
    """Return the lines of what is said.

    "The server MUST [...] use a multiline batch" for those who know it; others get the lines
    one by one, but no blank ones, with the id on the first. Tags alone are a TAGMSG, which "servers
    MUST NOT deliver" to clients that do not know tags.
    """
    if speech.more.manner is Manner.TAGS:
        source = str(scribe.house.source_of(speech.nick))
        line = Message("TAGMSG", (speech.target,), source, _tags(speech, scribe))
        return [line] if "message-tags" in scribe.shape else []
    tags = _tags(speech, scribe)
    if speech.more is NOTHING_MORE:
        line = _line(speech, speech.text, scribe, tags)
        if len(line.source) + len(line.params[0]) + len(speech.text) < _SURELY_FITS:
            return [line]
    pieces = list(_fitting(speech, scribe))
    if len(pieces) > 1 and "draft/multiline" in scribe.shape:
        return _as_batch(speech, pieces, scribe)
    lines = []
    for piece in pieces:
        if piece.text or len(pieces) == 1:
            lines.append(_line(speech, piece.text, scribe, tags))
            tags = {key: value for key, value in tags.items() if key != "msgid"}
    return lines


def _as_batch(speech: Speech, pieces: Iterable[Piece], scribe: Scribe) -> list[Message]:
    """Return a batch; its lines say when they were said, since others would stamp them now."""
    source = scribe.house.mask_of(speech.nick)
    opening = ("+" + _BATCH, MULTILINE, speech.target)
    tags = _tags(speech, scribe)
    lines = [Message("BATCH", opening, source, tags)]
    inside = {"batch": _BATCH} | {key: tags[key] for key in ("time",) if key in tags}
    for piece in pieces:
        joined = {CONCAT: ""} if piece.is_joined else {}
        lines.append(_line(speech, piece.text, scribe, inside | joined))
    return [*lines, Message("BATCH", ("-" + _BATCH,), scribe.house.name)]


def _fitting(speech: Speech, scribe: Scribe) -> Iterator[Piece]:
    """Return the pieces of a text, cut further where one does not fit a line."""
    frame = format_action("") if speech.more.manner is Manner.ACTION else ""
    source = scribe.house.mask_of(speech.nick)
    head = len(f":{source} PRIVMSG {speech.target} :{frame}\r\n".encode())
    most = max(LEAST_TEXT_BYTES, LINE_BYTES - head)
    for piece in pieces_of(speech.text, speech.more):
        first, *rest = split_text(piece.text, most)
        yield Piece(first, piece.is_joined)
        yield from (Piece(text, is_joined=True) for text in rest)


def _line(speech: Speech, text: str, scribe: Scribe, tags: dict[str, str]) -> Message:
    command = "NOTICE" if speech.more.manner is Manner.NOTICE else "PRIVMSG"
    if speech.more.manner is Manner.ACTION:
        text = format_action(text)
    source = scribe.house.mask_of(speech.nick)
    return Message(command, (speech.target, text), source, tags)


def _tags(speech: Speech, scribe: Scribe) -> dict[str, str]:
    tags = scribe.tags(speech.nick, speech.at, speech.msgid)
    return tags | client_tags(speech.more.tags, scribe)


def client_tags(tags: Tags, scribe: Scribe) -> dict[str, str]:
    """Return the tags of clients for those who know tags."""
    return dict(tags) if "message-tags" in scribe.shape else {}


def _bytes_of(lines: Iterable[Message]) -> bytes:
    return b"".join(map(written, lines))


def told(event: Told, scribe: Scribe, target: str) -> bytes:
    """Return a direct message that is kept nowhere, to `target`."""
    msgid = passing(scribe, event.serial)
    if event.kept:
        msgid = direct_msgid(event.kept, event.number)
    more = event.more or NOTHING_MORE
    return _bytes_of(
        speech_lines(Speech(event.nick, target, event.text, event.at, msgid, more), scribe)
    )


def passing(scribe: Scribe, serial: int) -> str:
    """Return the id of what is kept nowhere; "" where it has none."""
    return passing_msgid(scribe.house.started_at, serial) if serial else ""


# What becomes of messages


def redact_line(event: Redacted, scribe: Scribe, target: str) -> Message:
    """Return a REDACT."""
    reason = (event.reason,) if event.reason else ()
    return scribe.by(event.nick, "REDACT", target, msgid_of(event), *reason, at=event.at)


def redacted(event: Redacted, scribe: Scribe, target: str) -> bytes:
    """Return a REDACT to `target`; "MUST not forward" it to who has not asked for it."""
    if "draft/message-redaction" not in scribe.shape:
        return b""
    return written(redact_line(event, scribe, target))


def edited(event: Edited, scribe: Scribe, target: str) -> bytes:
    """Return a NOTICE with the text that a message has now, as a reply to it."""
    more = More(Manner.NOTICE, ((REPLY_TAG, msgid_of(event)),))
    speech = Speech(event.nick, target, f"{EDITED} {event.text}", event.at, "", more)
    return _bytes_of(speech_lines(speech, scribe))


def _taken_back(_event: Any, _scribe: Scribe) -> bytes:
    """Return nothing: "servers MAY [...] omit" a redacted message from history."""
    return b""


# Signals


def signal_line(event: Signalled, scribe: Scribe) -> Message | None:
    """Return what is passed on; None for those who are not to be sent it.

    "Servers MUST NOT deliver TAGMSG to clients that haven't negotiated" message-tags.
    """
    target = signal_target(event)
    tags = scribe.tags(event.nick, event.at, passing(scribe, event.serial))
    tags |= client_tags(event.tags, scribe)
    source = scribe.house.mask_of(event.nick)
    if event.kind is SignalKind.TAGS:
        if "message-tags" not in scribe.shape:
            return None
        return Message("TAGMSG", (target,), source, tags)
    command = "PRIVMSG"
    if event.kind in {SignalKind.RESPONSE, SignalKind.NOTICE}:
        command = "NOTICE"
    return Message(command, (target, _signal_text(event)), source, tags)


def signal_target(event: Signalled) -> str:
    """Return whom a signal is for: a person, a channel, or a channel's higher ranks."""
    if event.room is None:
        return event.target or ""
    return _SIGN_OF.get(ROLES.get(event.least, Role.MEMBER), "") + channel_of(event.room)


def _signal_text(event: Signalled) -> str:
    if event.kind is SignalKind.ACTION:
        return format_action(event.text)
    if event.kind in {SignalKind.REQUEST, SignalKind.RESPONSE}:
        verb, _, rest = event.text.partition(" ")
        return format_ctcp(verb, rest)
    return event.text


def signalled(event: Signalled, scribe: Scribe) -> bytes:
    """Return what is passed on; empty for those who are not to be sent it."""
    line = signal_line(event, scribe)
    return b"" if line is None else written(line)


def _redacted(event: Redacted, scribe: Scribe) -> bytes:
    return redacted(event, scribe, channel_of(event.room))


def _edited(event: Edited, scribe: Scribe) -> bytes:
    return edited(event, scribe, channel_of(event.room))


EVENTS: dict[type[Any], Encoder] = {
    Said: said,
    SaidMore: said,
    Reworded: said,
    TakenBack: _taken_back,
    Redacted: _redacted,
    Edited: _edited,
    Signalled: signalled,
}

NOT_SHOWN: frozenset[type[Any]] = frozenset({Told})
"""`Told` is for one client: see `telling`, as for messages of conversations."""
