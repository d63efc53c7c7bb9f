"""Answers as lines of text: `render_answer`; the other half of `rendering`."""

from collections.abc import Sequence

from wcwidth import wcswidth

from chatsvc.client.lines import Kind, Line, clock_time, counted
from chatsvc.client.moderating import SIGNS, render_answer_to_moderator
from chatsvc.client.operating import render_operating
from chatsvc.client.rendering import render_said, waiting
from chatsvc.client.requests import Answer
from chatsvc.core import replies as r
from chatsvc.core.conversations import is_direct
from chatsvc.core.events import Said
from chatsvc.core.kinds import PUBLIC
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.text import printable
from chatsvc.wire.reading import HelpText

_AGES = (("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000))


def render_answer(answer: Answer, me: Nick, now: int) -> list[Line]:
    """Return what the reader called `me` is shown of `answer`; `now` is in milliseconds.

    Nothing is returned for `Sent`: the message itself comes back as an event.
    """
    match answer:
        case r.RoomList(rooms):
            return _room_list(rooms, now)
        case r.RoomDetails():
            return _room_details(answer, now)
        case r.UserList(users):
            return _user_list(users, now)
        case r.KeyList(keys):
            return _key_list(keys)
        case r.LoggedInAs(nick, unread):
            return [_line(f"You are {nick}."), *_unread(unread)]
        case r.History(room, messages):
            return _messages(messages, me) or [_line("Nothing was said there.", room)]
        case r.SearchResult(room, messages):
            return _messages(messages, me) or [_line("Nothing was found.", room)]
        case HelpText(rows):
            return [_line(row) for row in rows]
        case _:
            return _short(answer)


def _unread(rooms: Sequence[r.Unread]) -> list[Line]:
    """Return a line for each room in which something is unread."""
    return [_unread_row(row) for row in rooms if row.unread]


def _unread_row(row: r.Unread) -> Line:
    """Return that something is unread in a room, or in a conversation."""
    if is_direct(row.room):
        return waiting(row.room, row.unread)
    return _line(f"Unread: {counted(row.unread, 'message')}.", row.room)


def _line(text: str, room: RoomName | None = None) -> Line:
    return Line(Kind.ANSWER, text, room)


def _short(answer: Answer) -> list[Line]:
    """Return the answers that are one sentence, or none."""
    match answer:
        case r.NickIs(nick):
            return [_line(f"You are {nick} now.")]
        case r.RoomMade(room, port):
            return [_line(f"This room was made{_port(port)}.", room)]
        case r.Entered(room, last, members, port):
            people = "1 person" if members == 1 else f"{members} people"
            return [_line(f"You are in: {people}, {counted(last, 'message')}{_port(port)}.", room)]
        case r.RoomLeft(room):
            return [_line("You left.", room)]
        case r.RoomGone(room):
            return [_line("This room was deleted.", room)]
        case r.RoomNameIs(room, new):
            return [_line(f"{room} is called {new} now.", new)]
        case r.MessageRedacted(room, number):
            return [_line(f"Message {number} was taken back.", room)]
        case r.MessageEdited(room, number):
            return [_line(f"Message {number} was edited.", room)]
        case r.Delivered(nick, None):
            return [_line(f"{nick} got your message.")]
        case r.Delivered(nick, number):
            return [_line(f"Your message to {nick} is kept as number {number}.")]
        case r.IgnoredNow(nick):
            return [_line(f"You do not hear {nick} any more.")]
        case r.UnignoredNow(nick):
            return [_line(f"You hear {nick} again.")]
        case r.IgnoredUsers(nicks):
            return [_line(f"You ignore {', '.join(nicks)}." if nicks else "You ignore nobody.")]
        case r.TopicIs():
            return [_topic(answer)]
        case r.WelcomeIs(room, text):
            return [_line(f"The welcome line is: {text}" if text else "No welcome line.", room)]
        case r.TalkingIn(None):
            return [_line("Lines are commands again.")]
        case r.TalkingIn(room):
            return [_line("What you type is said here now; /talk alone ends that.", room)]
    return _shortest(answer)


def _shortest(answer: Answer) -> list[Line]:
    match answer:
        case r.AwayNoted():
            return [_line("You are away.")]
        case r.BackNoted():
            return [_line("You are back.")]
        case r.AccountMade(nick):
            return [_line(f"{nick} is yours now; next time: login {nick} PASSWORD.")]
        case r.LoggedOff():
            return [_line("You are nobody now; take a nick, or log in.")]
        case r.PasswordChanged():
            return [_line("Your password is changed.")]
        case r.DropCode(code, seconds):
            return [_line(f"To give up your account, say drop PASSWORD {code} within {seconds} s.")]
        case r.AccountGone(nick):
            return [_line(f"Your account is gone; you are {nick} as a guest.")]
        case r.KeyKept() | r.KeyGone() | r.PairingCode():
            return [_line(_way_in(answer))]
        case r.Pong(token):
            return [_line(f"The server is there. {token}".rstrip())]
        case r.Bye():
            return [_line("Goodbye.")]
    return render_answer_to_moderator(answer) or render_operating(answer)


def _way_in(answer: r.KeyKept | r.KeyGone | r.PairingCode) -> str:
    match answer:
        case r.KeyKept(fingerprint):
            return f"The key {fingerprint} is one of yours now."
        case r.KeyGone(fingerprint):
            return f"The key {fingerprint} is not one of yours any more."
        case r.PairingCode(code, seconds):
            return f"At the other place say: pair {code} - within {seconds} s, and to nobody else."


def _port(port: int | None) -> str:
    if port is None:
        return ""
    return ", no port of its own was free" if port == r.NO_PORT else f", on port {port}"


def _topic(topic: r.TopicIs) -> Line:
    if topic.nick is None:
        return _line("No topic.", topic.room)
    when = clock_time(topic.at, with_day=True)
    return _line(f"The topic is: {topic.text} (set by {topic.nick}, {when})", topic.room)


def _messages(messages: Sequence[Said], me: Nick) -> list[Line]:
    return [render_said(said, me, is_old=True) for said in messages]


# Tables


def _room_list(rooms: Sequence[r.RoomSummary], now: int) -> list[Line]:
    if not rooms:
        return [_line("There is no room yet; join one to make it.")]
    heading = ("room", "members", "messages", "age", "last activity", "kind", "topic")
    return _table([heading, *(_room_row(room, now) for room in rooms)])


def _room_row(room: r.RoomSummary, now: int) -> tuple[str, ...]:
    return (
        room.room,
        str(room.members),
        str(room.last),
        age(room.created_at, now),
        f"{age(room.last_at, now)} ago" if room.last_at else "-",
        _kind(room),
        room.topic,
    )


def _user_list(users: Sequence[r.UserSummary], now: int) -> list[Line]:
    if not users:
        return [_line("Nobody is there.")]
    heading = ("user", "status", "connected", "via", "")
    return _table([heading, *(_user_row(user, now) for user in users)])


def _user_row(user: r.UserSummary, now: int) -> tuple[str, ...]:
    status = "online" if user.away is None else "away"
    nick = f"{SIGNS[user.role]}{user.nick}"
    return (nick, status, age(user.since, now), user.via, user.away or "")


def _key_list(keys: Sequence[r.KeySummary]) -> list[Line]:
    if not keys:
        return [_line("You have no keys; add one with: keys add KEY.")]
    rows = [(str(key.place), key.fingerprint, key.kind, key.comment) for key in keys]
    return _table([("", "fingerprint", "type", "comment"), *rows])


def _room_details(details: r.RoomDetails, now: int) -> list[Line]:
    room = details.summary
    rows = [
        ("room", room.room),
        ("members", str(room.members)),
        ("messages", str(room.last)),
        ("made", f"{age(room.created_at, now)} ago{_owner(details.owner)}"),
        ("last activity", f"{age(room.last_at, now)} ago" if room.last_at else "-"),
        ("kind", _kind(room)),
        ("topic", details.topic.text or "-"),
        ("welcome", details.welcome or "-"),
    ]
    if details.port is not None:
        rows.append(("port", "none was free" if details.port == r.NO_PORT else str(details.port)))
    return _table(rows)


def _kind(room: r.RoomSummary) -> str:
    kept = "kept" if room.kept else "temporary"
    return kept if room.kind == PUBLIC.name else f"{kept}, {room.kind}"


def _owner(owner: Nick | None) -> str:
    return "" if owner is None else f" by {owner}"


def _table(rows: Sequence[tuple[str, ...]]) -> list[Line]:
    """Align columns, two blanks between them, as wide as they look in a terminal."""
    cleaned = [tuple(map(printable, row)) for row in rows]
    widths = [max(map(_width, column)) for column in zip(*cleaned, strict=True)]
    return [_line("  ".join(map(_padded, row, widths)).rstrip()) for row in cleaned]


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    return max(0, wcswidth(text))


def age(since: int, now: int) -> str:
    """Return how long ago `since` was, in the largest unit that fits: "3 days"."""
    for unit, milliseconds in _AGES:
        if now - since >= milliseconds:
            return counted((now - since) // milliseconds, unit)
    return counted(max(0, now - since) // 1000, "second")
