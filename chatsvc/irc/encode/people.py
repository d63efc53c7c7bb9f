"""People: nicks and who is away.

Sources: https://modern.ircdocs.horse/#nick-message,
https://ircv3.net/specs/extensions/away-notify, https://ircv3.net/specs/extensions/setname,
https://ircv3.net/specs/extensions/account-notify
"""

from typing import Any

import attrs

from chatsvc.core.events import (
    AccountDropped,
    Authenticated,
    CameBack,
    Departed,
    Disconnected,
    GuestMetadataSet,
    IgnoresSet,
    LoggedIn,
    LoggedOut,
    MarkerSet,
    MarksSet,
    MetadataSet,
    Named,
    RealnameSet,
    Renamed,
    SourceChanged,
    WatchSet,
    WentAway,
)
from chatsvc.core.names import Nick
from chatsvc.irc.encode.encoder import Encoder
from chatsvc.irc.message import Message
from chatsvc.irc.scribe import Scribe, written
from chatsvc.irc.sources import UNKNOWN, Source

AWAY = "Away"
"""The reason of who gave none; an AWAY without one means that somebody is back."""

NO_ACCOUNT = "*"
"""What stands for the account of a guest."""

GONE = "Connection closed"
"""Why somebody is gone who has not said so."""


def nick_line(event: Renamed, scribe: Scribe) -> Message:
    """Return a NICK from who somebody was."""
    source = _old_source(event, scribe)
    return Message("NICK", (event.new,), source, scribe.tags(event.new, event.at))


def _old_source(event: Renamed, scribe: Scribe) -> str:
    """Return the source with the old nick; it is the new one that is known by now."""
    now = scribe.house.source_of(event.new)
    return f"{event.old}!{now.user}@{now.host}"


def away_line(nick: Nick, reason: str, scribe: Scribe) -> Message:
    """Return an AWAY for those who asked to be told (away-notify)."""
    return scribe.by(nick, "AWAY", reason or AWAY)


def _renamed(event: Renamed, scribe: Scribe) -> bytes:
    return written(nick_line(event, scribe))


def _went_away(event: WentAway, scribe: Scribe) -> bytes:
    if "away-notify" not in scribe.shape:
        return b""
    return written(away_line(event.nick, event.text, scribe))


def _came_back(event: CameBack, scribe: Scribe) -> bytes:
    if "away-notify" not in scribe.shape:
        return b""
    return written(scribe.by(event.nick, "AWAY"))


def _realname_set(event: RealnameSet, scribe: Scribe) -> bytes:
    """Return a SETNAME, which "MUST NOT be sent to clients which do not have" `setname`."""
    if "setname" not in scribe.shape:
        return b""
    return written(scribe.by(event.nick, "SETNAME", event.realname))


def _source_changed(event: SourceChanged, scribe: Scribe) -> bytes:
    """Return a CHGHOST: "when clients change their username or host" (chghost).

    Who has not asked for it sees the new source with the next line: to show them a QUIT and a
    JOIN would tell of somebody going who is here.
    """
    if "chghost" not in scribe.shape:
        return b""
    line = scribe.by(event.nick, "CHGHOST", *(word or UNKNOWN for word in event.new))
    old = Source(event.nick, event.old[0] or UNKNOWN, event.old[1] or UNKNOWN)
    return written(attrs.evolve(line, source=str(old)))


def _account_dropped(event: AccountDropped, scribe: Scribe) -> bytes:
    """Return an ACCOUNT for who has no account any more: its name is `*` then."""
    if "account-notify" not in scribe.shape or event.nick is None:
        return b""
    return written(scribe.by(event.nick, "ACCOUNT", NO_ACCOUNT))


def _logged_in(event: LoggedIn, scribe: Scribe) -> bytes:
    """Return an ACCOUNT: "sent when a client's account name changes" (account-notify)."""
    session = scribe.house.state.sessions.get(event.session)
    if "account-notify" not in scribe.shape or session is None or session.nick is None:
        return b""
    return written(scribe.by(session.nick, "ACCOUNT", event.name))


def _departed(event: Departed, scribe: Scribe) -> bytes:
    return written(scribe.by(event.nick, "QUIT", event.reason or GONE))


EVENTS: dict[type[Any], Encoder] = {
    Renamed: _renamed,
    WentAway: _went_away,
    CameBack: _came_back,
    RealnameSet: _realname_set,
    LoggedIn: _logged_in,
    AccountDropped: _account_dropped,
    SourceChanged: _source_changed,
    Departed: _departed,
}

NOT_SHOWN: frozenset[type[Any]] = frozenset(
    {
        *(Authenticated, Named, LoggedOut, Disconnected),
        *(IgnoresSet, MarksSet, WatchSet, MarkerSet),
        *(MetadataSet, GuestMetadataSet),  # to each what it asked for: see `telling`
    }
)
