"""Rooms: who comes in and goes, and what is set there.

Sources: https://modern.ircdocs.horse/#channel-operations,
https://ircv3.net/specs/extensions/extended-join, https://ircv3.net/specs/extensions/away-notify
"""

from typing import Any

from chatsvc.core.events import (
    Called,
    InvitationTakenBack,
    Invited,
    Joined,
    Kicked,
    Left,
    MembersCounted,
    RoleSet,
    RoomCreated,
    RoomDeleted,
    RoomSet,
    SanctionLaid,
    SanctionLifted,
    TopicSet,
    Trimmed,
    Welcomed,
    WelcomeSet,
)
from chatsvc.core.names import nick_key
from chatsvc.irc.channels import channel_of
from chatsvc.irc.encode.encoder import Encoder
from chatsvc.irc.encode.people import away_line
from chatsvc.irc.message import Message
from chatsvc.irc.scribe import Scribe, written

NOBODY = "*"
"""The account of a guest, in an extended JOIN."""


def join_line(event: Joined, scribe: Scribe) -> Message:
    """Return a JOIN; "JOIN #channel account :realname" where `extended-join` asks for it."""
    channel = channel_of(event.room)
    if "extended-join" not in scribe.shape:
        return scribe.by(event.nick, "JOIN", channel)
    account = scribe.house.account_of(event.nick) or NOBODY
    return scribe.by(event.nick, "JOIN", channel, account, scribe.house.realname_of(event.nick))


def _joined(event: Joined, scribe: Scribe) -> bytes:
    """Return a JOIN, and AWAY where that is to be known of who comes in (away-notify)."""
    line = written(join_line(event, scribe))
    person = scribe.house.state.people.get(nick_key(event.nick))
    if "away-notify" in scribe.shape and person is not None and person.away is not None:
        line += written(away_line(event.nick, person.away, scribe))
    return line


def _left(event: Left, scribe: Scribe) -> bytes:
    """Return a PART; of who is gone from everywhere a QUIT tells (`Departed`)."""
    if event.is_departing:
        return b""
    reason = (event.reason,) if event.reason else ()
    return written(scribe.by(event.nick, "PART", channel_of(event.room), *reason))


def _kicked(event: Kicked, scribe: Scribe) -> bytes:
    room = channel_of(event.room)
    return written(scribe.by(event.by, "KICK", room, event.nick, event.reason or event.by))


def _topic_set(event: TopicSet, scribe: Scribe) -> bytes:
    room = channel_of(event.room)
    return written(scribe.by(event.nick, "TOPIC", room, event.text, at=event.at))


EVENTS: dict[type[Any], Encoder] = {
    Joined: _joined,
    Left: _left,
    Kicked: _kicked,
    TopicSet: _topic_set,
}

NOT_SHOWN: frozenset[type[Any]] = frozenset(
    {
        RoomCreated,  # nobody is in it
        RoomDeleted,  # a KICK to each: see `telling`
        WelcomeSet,
        Welcomed,
        Trimmed,
        MembersCounted,  # IRC has no word for it
        RoomSet,
        RoleSet,
        SanctionLaid,
        SanctionLifted,
        Invited,
        InvitationTakenBack,
        Called,
    }
)
