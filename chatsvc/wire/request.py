"""Turn a line into a Command, and a Command into a line."""

from collections.abc import Callable
from typing import Any

from chatsvc.core import commands as c
from chatsvc.core.errors import BadText, Usage
from chatsvc.core.names import RoomName, parse_nick
from chatsvc.core.text import check_text
from chatsvc.wire import moderation, operating
from chatsvc.wire.arguments import Arguments, Misused, Verb
from chatsvc.wire.table import BY_NAME, verb_called


def decode_line(line: bytes) -> str:
    """Return a line as text, a tab being a space; raise `BadText` if it is not UTF-8."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise BadText("This line is not valid UTF-8; it was skipped.") from None
    return text.replace("\t", " ") if "\t" in text else text


def parse_request(line: str) -> c.Command:
    """Return the command that `line` is; raise a `Refusal` that says what is wrong.

    A leading "/" is allowed before the verb; `@USER TEXT` is a direct message.
    """
    name, _, rest = line.partition(" ")
    verb = BY_NAME.get(name)
    if verb is not None:
        return _parse_arguments(verb, rest)
    line = line.lstrip(" ")
    if line.startswith("@"):
        return _parse_direct(line)
    name, _, rest = line.removeprefix("/").partition(" ")
    return _parse_arguments(verb_called(name), rest)


def parse_talk_line(line: str, room: RoomName) -> c.Command:
    """Return what `line` means in talk mode: said in `room`, unless it is marked otherwise.

    "/verb ..." is a command, "//..." says a line that begins with a slash, and
    "@user text" is a direct message.
    """
    if line.startswith("//"):
        return c.Say(room, check_text(line[1:]))
    if line.startswith(("/", "@")):
        return parse_request(line)
    return c.Say(room, check_text(line))


def _parse_direct(line: str) -> c.Command:
    nick, _, text = line[1:].partition(" ")
    if not nick or not text:
        raise Usage("Usage: @USER TEXT")
    return c.Tell(parse_nick(nick), check_text(text))


def _parse_arguments(verb: Verb, rest: str) -> c.Command:
    arguments = Arguments(rest)
    try:
        command = verb.parse(arguments)
        arguments.end()
    except Misused:
        raise Usage(f"Usage: {verb.syntax}") from None
    return command


def format_request(command: c.Command) -> bytes:
    """Return the line, with its end, that says `command`; `parse_request` undoes it."""
    return f"{FORMATTERS[type(command)](command)}\n".encode()


def _with_rest(verb: str, rest: str | None) -> str:
    return f"{verb} {rest}" if rest else verb


def _join(command: c.JoinRoom) -> str:
    line = _with_rest("join", command.room)
    return line if command.since is None else f"{line} since {command.since}"


def _join_with_password(command: c.JoinWithPassword) -> str:
    return f"{_join(c.JoinRoom(command.room, command.since))} password {command.password}"


def _send(command: c.Say) -> str:
    return f"send {command.room} {_with_id(command)}"


def _tell(command: c.Tell) -> str:
    return f"tell {command.nick} {_with_id(command)}"


def _with_id(command: c.Say | c.Tell) -> str:
    needs_id = command.client_id or command.text.startswith("#")
    return f"{f'#{command.client_id} ' if needs_id else ''}{command.text}"


def _history(command: c.ReadHistory) -> str:
    line = f"history {command.room} {command.count}"
    if command.before is not None:
        return f"{line} before {command.before}"
    return line if command.after is None else f"{line} after {command.after}"


FORMATTERS: dict[type[Any], Callable[[Any], str]] = {
    c.SetNick: lambda command: f"nick {command.nick}",
    c.CreateRoom: lambda command: f"create {command.room}",
    c.JoinRoom: _join,
    c.JoinWithPassword: _join_with_password,
    c.LeaveRoom: lambda command: f"leave {command.room}",
    c.DeleteRoom: lambda command: f"delete {command.room}",
    c.RenameRoom: lambda command: _with_rest(
        f"rename {command.room} {command.new}", command.reason
    ),
    c.Say: _send,
    c.Tell: _tell,
    c.Ignore: lambda command: f"ignore {command.nick}",
    c.Unignore: lambda command: f"unignore {command.nick}",
    c.ListIgnored: lambda _command: "ignored",
    c.SetAway: lambda command: _with_rest("away", command.text),
    c.SetBack: lambda _command: "back",
    c.SetTopic: lambda command: f"topic {command.room} {command.text or '-'}",
    c.ShowTopic: lambda command: f"topic {command.room}",
    c.SetWelcome: lambda command: f"welcome {command.room} {command.text or '-'}",
    c.ShowWelcome: lambda command: f"welcome {command.room}",
    c.ListRooms: lambda _command: "list",
    c.DescribeRoom: lambda command: f"info {command.room}",
    c.ListUsers: lambda command: _with_rest("who", command.room),
    c.ReadHistory: _history,
    c.SearchRoom: lambda command: f"search {command.room} {command.words}",
    c.Redact: lambda command: f"redact {command.room} {command.number}",
    c.Edit: lambda command: f"edit {command.room} {command.number} {command.text}",
    c.TalkIn: lambda command: _with_rest("talk", command.room),
    c.Ping: lambda command: _with_rest("ping", command.token),
    c.Help: lambda command: _with_rest("help", command.verb),
    c.Register: lambda command: f"register {command.password}",
    c.LogIn: lambda command: f"login {command.name} {command.password}",
    c.LogOut: lambda _command: "logout",
    c.ChangePassword: lambda command: f"passwd {command.old} {command.new}",
    c.DropAccount: lambda command: _with_rest(f"drop {command.password}", command.code),
    c.AddKey: lambda command: f"keys add {command.key}",
    c.ListKeys: lambda _command: "keys list",
    c.RemoveKey: lambda command: f"keys remove {command.key}",
    c.GrantCode: lambda _command: "grant-code",
    c.Pair: lambda command: f"pair {command.code}",
    c.Quit: lambda _command: "quit",
    **moderation.FORMATTERS,
    **operating.FORMATTERS,
}
"""How each command that a client may send is written."""
