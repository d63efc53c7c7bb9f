"""Rooms: who comes in and goes, and what is set there.

Sources: https://modern.ircdocs.horse/#channel-operations,
https://ircv3.net/specs/extensions/invite-notify,
https://ircv3.net/specs/extensions/extended-join, https://ircv3.net/specs/extensions/away-notify
"""

from collections.abc import Iterable
from typing import Any

from chatsvc.core.events import (
    Called,
    CalledIn,
    Happened,
    InvitationTakenBack,
    Invited,
    Joined,
    Kicked,
    Left,
    MembersCounted,
    Ranked,
    RoleSet,
    RoomCreated,
    RoomDeleted,
    RoomMetadataSet,
    RoomRenamed,
    RoomSet,
    SanctionLaid,
    SanctionLifted,
    TopicSet,
    Trimmed,
    Welcomed,
    WelcomeSet,
)
from chatsvc.core.happenings import Sort, Spot
from chatsvc.core.names import Nick, RoomName, nick_key, room_key
from chatsvc.irc.channels import channel_of
from chatsvc.irc.encode.encoder import Encoder
from chatsvc.irc.encode.people import away_line
from chatsvc.irc.message import Message
from chatsvc.irc.modes import Change, format_modes
from chatsvc.irc.msgids import happening_msgid
from chatsvc.irc.room_modes import list_change, rank_changes, ranks, setting_changes
from chatsvc.irc.scribe import Scribe, written

NOBODY = "*"
"""The account of a guest, in an extended JOIN."""

BANNED = "Banned"
"""Why somebody is put out whom a ban hits, if nothing else was said."""


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
    reason = event.reason or (BANNED if event.is_banned else event.by)
    return written(scribe.by(event.by, "KICK", room, event.nick, reason))


def _topic_set(event: TopicSet, scribe: Scribe) -> bytes:
    spot = Spot(event.after, event.place) if event.place else None
    return written(
        topic_line(scribe, event.nick, event.room, event.text, event.at, event.room_id, spot)
    )


def topic_line(
    scribe: Scribe,
    nick: Nick,
    room: RoomName,
    text: str,
    at: int,
    room_id: int,
    spot: Spot | None,
) -> Message:
    """Return a TOPIC, with the id of what happened at this spot of the room."""
    msgid = "" if spot is None else happening_msgid(room, spot.number, spot.place, room_id)
    return scribe.by(nick, "TOPIC", channel_of(room), text, at=at, msgid=msgid)


def _happened(event: Happened, scribe: Scribe) -> bytes:
    """Return what happened at some time, as it was told then."""
    spot = Spot(event.after, event.place)
    if event.sort is Sort.TOPIC:
        return written(
            topic_line(scribe, event.nick, event.room, event.text, event.at, event.room_id, spot)
        )
    msgid = happening_msgid(event.room, spot.number, spot.place, event.room_id)
    params = (channel_of(event.room), event.target, event.text or event.nick)
    return written(scribe.by(event.nick, "KICK", *params, at=event.at, msgid=msgid))


def _mode_lines(
    nick: Nick, room: RoomName, changes: Iterable[Change], scribe: Scribe, at: int
) -> bytes:
    """Return what tells members that modes have changed."""
    channel = channel_of(room)
    lines = (scribe.by(nick, "MODE", channel, *words, at=at) for words in format_modes(changes))
    return b"".join(map(written, lines))


def _room_set(event: RoomSet, scribe: Scribe) -> bytes:
    changes = () if event.old is None else setting_changes(event.old, event.kind)
    return _mode_lines(event.nick, event.room, changes, scribe, event.at)


def _role_set(event: RoleSet, scribe: Scribe) -> bytes:
    if event.nick is None:
        return b""
    state = scribe.house.state
    room, person = state.rooms.get(room_key(event.room)), state.owners.get(nick_key(event.name))
    member = None if room is None or person is None else room.members.get(person.person_id)
    if member is None:
        return b""  # Nobody sees a rank of who is not there.
    old, new = ranks(event.old, member.is_voiced), ranks(event.role, member.is_voiced)
    changes = rank_changes(old, new, member.person.nick)
    return _mode_lines(event.nick, event.room, changes, scribe, event.at)


def _ranked(event: Ranked, scribe: Scribe) -> bytes:
    old, new = ranks(event.old, event.was_voiced), ranks(event.role, event.is_voiced)
    return _mode_lines(event.nick, event.room, rank_changes(old, new, event.name), scribe, event.at)


def _laid(event: SanctionLaid, scribe: Scribe) -> bytes:
    laid = event.sanction
    change = list_change(event.means, laid.mask)
    return _mode_lines(laid.by, event.room, (change,), scribe, laid.at)


def _lifted(event: SanctionLifted, scribe: Scribe) -> bytes:
    """Return a MODE; from the server where the time had come."""
    change = list_change(event.means, event.mask, is_set=False)
    if event.nick is not None:
        return _mode_lines(event.nick, event.room, (change,), scribe, event.at)
    (words,) = format_modes((change,))
    return written(scribe.from_server("MODE", channel_of(event.room), *words))


def _called(event: Called, scribe: Scribe) -> bytes:
    """Return an INVITE, which only who is invited gets."""
    channel = channel_of(event.room)
    return written(scribe.by(event.by, "INVITE", event.nick, channel, at=event.at))


def _called_in(event: CalledIn, scribe: Scribe) -> bytes:
    """Return an INVITE as moderators are told it who asked for that (invite-notify).

    "a server may choose to only send the message to clients having channel op"
    (https://ircv3.net/specs/extensions/invite-notify).
    """
    if "invite-notify" not in scribe.shape:
        return b""
    channel = channel_of(event.room)
    return written(scribe.by(event.by, "INVITE", event.nick, channel, at=event.at))


EVENTS: dict[type[Any], Encoder] = {
    Joined: _joined,
    Left: _left,
    Kicked: _kicked,
    TopicSet: _topic_set,
    Happened: _happened,
    RoomSet: _room_set,
    RoleSet: _role_set,
    Ranked: _ranked,
    SanctionLaid: _laid,
    SanctionLifted: _lifted,
    Called: _called,
    CalledIn: _called_in,
}

NOT_SHOWN: frozenset[type[Any]] = frozenset(
    {
        RoomCreated,  # nobody is in it
        RoomDeleted,  # a KICK to each: see `telling`
        WelcomeSet,
        Welcomed,
        Trimmed,
        MembersCounted,  # IRC has no word for it
        Invited,  # who is invited is told by `Called`
        InvitationTakenBack,
        RoomRenamed,  # to each in its way: see `telling`
        RoomMetadataSet,  # to each what it asked for
    }
)
