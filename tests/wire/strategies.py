"""What hypothesis draws for the wire: commands, replies and events with any names and texts."""

from typing import Any

from hypothesis import strategies as st

from chatsvc.core import commands as c
from chatsvc.core import errors
from chatsvc.core import events as e
from chatsvc.core import replies as r
from chatsvc.core.conversations import with_peer
from chatsvc.core.keys import parse_key
from chatsvc.core.limits import CLIENT_ID_LENGTH, KEY_COMMENT_LENGTH
from chatsvc.core.roles import Role
from chatsvc.core.text import check_text
from chatsvc.wire.table import VERBS
from tests.core.strategies import counts, nicks, optional_texts, room_names, texts, times
from tests.wire import moderation_examples, operating_examples


def _is_comment(text: str) -> bool:
    try:
        return bool(check_text(text))
    except errors.BadText:
        return False


client_ids = st.text(
    st.characters(categories=["L", "N", "P", "S"]), max_size=CLIENT_ID_LENGTH
) | st.uuids().map(str)
passwords = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=80)
codes = st.from_regex(r"[0-9]{6}", fullmatch=True)
ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + 43 * "B"
comments = optional_texts.map(lambda text: text.strip()[:KEY_COMMENT_LENGTH].strip()).filter(
    lambda text: not text or _is_comment(text)
)
keys = comments.map(lambda comment: parse_key(f"{ED25519} {comment}").line)
fingerprints = st.just(parse_key(ED25519).fingerprint)
topics = optional_texts.filter(lambda text: text != "-")
"""Texts for a topic or welcome line: the lone "-" is how one is cleared."""
kinds = st.sampled_from(["public", "unlisted", "invite-only", "password"])
places = room_names | nicks.map(with_peer)
"""Rooms, and conversations as `@NICK`."""
ports = st.none() | st.just(r.NO_PORT) | st.integers(1, 65535)

COMMANDS: dict[type[Any], st.SearchStrategy[Any]] = {
    c.SetNick: st.builds(c.SetNick, nicks),
    c.CreateRoom: st.builds(c.CreateRoom, room_names),
    c.JoinWithPassword: st.builds(c.JoinWithPassword, room_names, passwords, st.none() | counts),
    c.JoinRoom: st.builds(c.JoinRoom, st.none() | room_names, st.none() | counts),
    c.LeaveRoom: st.builds(c.LeaveRoom, room_names),
    c.DeleteRoom: st.builds(c.DeleteRoom, room_names),
    c.RenameRoom: st.builds(c.RenameRoom, room_names, room_names, operating_examples.reasons),
    c.Say: st.builds(c.Say, room_names, texts, client_ids),
    c.Tell: st.builds(c.Tell, nicks, texts, client_ids),
    c.Ignore: st.builds(c.Ignore, nicks),
    c.Unignore: st.builds(c.Unignore, nicks),
    c.ListIgnored: st.just(c.ListIgnored()),
    c.SetAway: st.builds(c.SetAway, optional_texts),
    c.SetBack: st.just(c.SetBack()),
    c.SetTopic: st.builds(c.SetTopic, room_names, topics),
    c.ShowTopic: st.builds(c.ShowTopic, room_names),
    c.SetWelcome: st.builds(c.SetWelcome, room_names, topics),
    c.ShowWelcome: st.builds(c.ShowWelcome, room_names),
    c.ListRooms: st.just(c.ListRooms()),
    c.DescribeRoom: st.builds(c.DescribeRoom, room_names),
    c.ListUsers: st.builds(c.ListUsers, st.none() | room_names),
    c.ReadHistory: st.one_of(
        st.builds(c.ReadHistory, places, st.integers(1, 5000)),
        st.builds(c.ReadHistory, room_names, st.integers(1, 5000), before=counts),
        st.builds(c.ReadHistory, room_names, st.integers(1, 5000), after=counts),
    ),
    c.SearchRoom: st.builds(c.SearchRoom, places, texts),
    c.Redact: st.builds(c.Redact, places, counts),
    c.Edit: st.builds(c.Edit, places, counts, texts),
    c.TalkIn: st.builds(c.TalkIn, st.none() | room_names),
    c.Ping: st.builds(c.Ping, optional_texts),
    c.Help: st.builds(c.Help, st.just("") | st.sampled_from([verb.name for verb in VERBS])),
    c.Register: st.builds(c.Register, passwords),
    c.LogIn: st.builds(c.LogIn, nicks, passwords),
    c.LogOut: st.just(c.LogOut()),
    c.ChangePassword: st.builds(c.ChangePassword, passwords, passwords),
    c.DropAccount: st.builds(c.DropAccount, passwords, st.just("") | codes),
    c.AddKey: st.builds(c.AddKey, keys),
    c.ListKeys: st.just(c.ListKeys()),
    c.RemoveKey: st.builds(c.RemoveKey, counts | fingerprints),
    c.GrantCode: st.just(c.GrantCode()),
    c.Pair: st.builds(c.Pair, codes),
    c.Quit: st.just(c.Quit()),
    **moderation_examples.COMMANDS,
    **operating_examples.COMMANDS,
}
"""Every command that a client can send."""

said = st.builds(e.Said, room_names, counts, times, nicks, texts)
reworded = st.builds(
    e.Reworded,
    room_names,
    counts,
    times,
    nicks,
    texts,
    st.just(""),
    st.just(0),
    times,
    nicks,
)
taken_back = st.builds(
    e.TakenBack,
    room_names,
    counts,
    times,
    nicks,
    st.just(""),
    st.just(""),
    st.just(0),
    times,
    nicks,
)
messages = said | reworded | taken_back

EVENTS: dict[type[Any], st.SearchStrategy[Any]] = {
    e.Said: said,
    e.Reworded: reworded,
    e.TakenBack: taken_back,
    e.Redacted: st.builds(e.Redacted, room_names, counts, st.just(0), nicks, st.just(0)),
    e.Edited: st.builds(e.Edited, room_names, counts, times, nicks, texts, st.just(0)),
    e.Told: st.builds(e.Told, times, nicks, texts, st.just(0)),
    e.Joined: st.builds(e.Joined, room_names, nicks, st.just(0), st.just(False)),
    e.Left: st.builds(e.Left, room_names, nicks, st.just(0)),
    e.Renamed: st.builds(e.Renamed, st.just(0), nicks, nicks),
    e.WentAway: st.builds(e.WentAway, nicks, optional_texts, st.just(0)),
    e.CameBack: st.builds(e.CameBack, nicks, st.just(0)),
    e.TopicSet: st.builds(e.TopicSet, room_names, times, nicks, optional_texts, st.just(0)),
    e.RoomDeleted: st.builds(e.RoomDeleted, room_names, st.just(0), st.none() | nicks, st.just(0)),
    e.RoomRenamed: st.builds(
        e.RoomRenamed, room_names, st.just(0), nicks, room_names, st.just(0), optional_texts
    ),
    e.Greeted: st.builds(e.Greeted, texts),
    e.Welcomed: st.builds(e.Welcomed, room_names, texts),
    e.Resumed: st.builds(e.Resumed, room_names, counts, counts),
    e.MembersCounted: st.builds(e.MembersCounted, room_names, counts),
    e.ServerClosing: st.builds(e.ServerClosing, texts),
    **moderation_examples.EVENTS,
    **operating_examples.EVENTS,
}
"""Every event that the wire shows, with what the wire leaves out at its default."""

summaries = st.builds(
    r.RoomSummary, room_names, counts, counts, times, times, st.booleans(), optional_texts, kinds
)
users = st.builds(
    r.UserSummary,
    nicks,
    times,
    st.sampled_from(["line", "irc"]),
    st.none() | optional_texts,
    st.sampled_from(Role),
)


@st.composite
def _topics(draw: st.DrawFn) -> r.TopicIs:
    room, text = draw(room_names), draw(optional_texts)
    return r.TopicIs(room, draw(times), draw(nicks), text) if text else r.TopicIs(room, 0, None, "")


@st.composite
def _details(draw: st.DrawFn) -> r.RoomDetails:
    summary = draw(summaries)
    at, nick = (draw(times), draw(nicks)) if summary.topic else (0, None)
    topic = r.TopicIs(summary.room, at, nick, summary.topic)
    return r.RoomDetails(summary, draw(st.none() | nicks), topic, draw(optional_texts), draw(ports))


def _few(rows: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(rows, max_size=4).map(tuple)


REPLIES: dict[type[Any], st.SearchStrategy[Any]] = {
    r.Sent: st.builds(r.Sent, room_names, counts),
    r.MessageRedacted: st.builds(r.MessageRedacted, room_names, counts),
    r.MessageEdited: st.builds(r.MessageEdited, room_names, counts),
    r.NickIs: st.builds(r.NickIs, nicks),
    r.RoomMade: st.builds(r.RoomMade, room_names, ports),
    r.Entered: st.builds(r.Entered, room_names, counts, counts, ports),
    r.RoomLeft: st.builds(r.RoomLeft, room_names),
    r.RoomGone: st.builds(r.RoomGone, room_names),
    r.RoomNameIs: st.builds(r.RoomNameIs, room_names, room_names),
    r.Delivered: st.builds(r.Delivered, nicks, st.none() | st.integers(1, 10**12)),
    r.IgnoredNow: st.builds(r.IgnoredNow, nicks),
    r.UnignoredNow: st.builds(r.UnignoredNow, nicks),
    r.IgnoredUsers: st.builds(r.IgnoredUsers, _few(nicks)),
    r.AwayNoted: st.just(r.AwayNoted()),
    r.BackNoted: st.just(r.BackNoted()),
    r.TopicIs: _topics(),
    r.WelcomeIs: st.builds(r.WelcomeIs, room_names, optional_texts),
    r.RoomList: st.builds(r.RoomList, _few(summaries)),
    r.RoomDetails: _details(),
    r.UserList: st.builds(r.UserList, _few(users)),
    r.History: st.builds(r.History, room_names, _few(messages)),
    r.SearchResult: st.builds(r.SearchResult, room_names, _few(messages)),
    r.TalkingIn: st.builds(r.TalkingIn, st.none() | room_names),
    r.Pong: st.builds(r.Pong, optional_texts),
    r.HelpOn: st.builds(r.HelpOn, st.just("") | st.sampled_from([verb.name for verb in VERBS])),
    r.AccountMade: st.builds(r.AccountMade, nicks),
    r.LoggedInAs: st.builds(r.LoggedInAs, nicks, _few(st.builds(r.Unread, places, counts, counts))),
    r.LoggedOff: st.just(r.LoggedOff()),
    r.PasswordChanged: st.just(r.PasswordChanged()),
    r.DropCode: st.builds(r.DropCode, codes, counts),
    r.AccountGone: st.builds(r.AccountGone, nicks),
    r.KeyKept: st.builds(r.KeyKept, fingerprints),
    r.KeyList: st.builds(
        r.KeyList,
        _few(st.builds(r.KeySummary, counts, fingerprints, st.just("ssh-ed25519"), comments)),
    ),
    r.KeyGone: st.builds(r.KeyGone, fingerprints),
    r.PairingCode: st.builds(r.PairingCode, codes, counts),
    r.Bye: st.just(r.Bye()),
    **moderation_examples.REPLIES,
    **operating_examples.REPLIES,
}
"""Every reply."""

refusals = st.one_of(
    st.builds(errors.NickTaken, nicks, nicks),
    st.builds(errors.NoSuchRoom, room_names),
    st.builds(errors.NoSuchUser, nicks),
    st.builds(errors.Usage, texts),
    st.just(errors.NoNick()),
)
