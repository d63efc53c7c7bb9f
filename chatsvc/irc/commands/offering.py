"""CAP: what the server can do beyond RFC 1459, and what a client wants of it.

Source: https://ircv3.net/specs/extensions/capability-negotiation
"""

from collections.abc import Callable, Iterator

from chatsvc.irc.asking import Step, Steps
from chatsvc.irc.capabilities import (
    VERSION_WITH_VALUES,
    in_lines,
    listed,
    parse_request,
    shown_request,
)
from chatsvc.irc.client import Client
from chatsvc.irc.commands.connecting import try_registering
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.message import Message
from chatsvc.irc.numerics import ERR_INVALIDCAPCMD
from chatsvc.irc.replies import LONGEST_SHOWN, Reply, numeric

_MORE = "*"
_HIGHEST_VERSION = 9999


def _cap(client: Client, message: Message) -> Steps:
    command = message.param(0)
    function = _SUBCOMMANDS.get(command.upper())
    if function is None:
        return (numeric(ERR_INVALIDCAPCMD, command[:LONGEST_SHOWN]),)
    return function(client, message.param(1))


def _list_offered(client: Client, version: str) -> Iterator[Step]:
    """Answer CAP LS; registration waits for CAP END from then on.

    "Clients that send CAP LS 302 [...] cap-notify is implicitly enabled".
    """
    if not client.is_registered:
        client.registration.is_negotiating = True
    if version.isascii() and version.isdigit():
        client.version = max(client.version, min(int(version[:4]), _HIGHEST_VERSION))
    if client.version >= VERSION_WITH_VALUES:
        client.enabled |= {"cap-notify"}
    return _lines(client, "LS", listed(client.offered, client.version, _overhead(client)))


def _list_enabled(client: Client, _rest: str) -> Iterator[Step]:
    return _lines(client, "LIST", in_lines(sorted(client.enabled), _overhead(client)))


def _request(client: Client, text: str) -> Iterator[Step]:
    """Answer CAP REQ: "either ACK all of them or NAK"; nothing is changed by a NAK."""
    if not client.is_registered:
        client.registration.is_negotiating = True
    asked = parse_request(text, client.offered)
    if asked is not None and _may_have(client, asked.removed):
        client.enabled = asked.applied(client.enabled)
        yield _reply(client, "ACK", shown_request(text))
    else:
        yield _reply(client, "NAK", shown_request(text))


def _may_have(client: Client, removed: frozenset[str]) -> bool:
    """Tell whether these may be taken away: `cap-notify` belongs to version 302."""
    return client.version < VERSION_WITH_VALUES or "cap-notify" not in removed


def _end(client: Client, _rest: str) -> Steps:
    client.registration.is_negotiating = False
    return try_registering(client)


def _lines(client: Client, command: str, lines: list[str]) -> Iterator[Step]:
    """Return a list; all lines but the last one have `*` in front, for who knows that."""
    if client.version < VERSION_WITH_VALUES:
        lines = lines[:1]
    for line in lines[:-1]:
        yield _reply(client, command, _MORE, line)
    yield _reply(client, command, lines[-1])


def _reply(client: Client, command: str, *rest: str) -> Reply:
    return Reply("CAP", (client.shown_nick, command, *rest))


def _overhead(client: Client) -> int:
    return len(f":{client.house.name} CAP {client.shown_nick} LIST * :".encode())


_SUBCOMMANDS: dict[str, Callable[[Client, str], Steps]] = {
    "LS": _list_offered,
    "LIST": _list_enabled,
    "REQ": _request,
    "END": _end,
}

COMMANDS = {
    "CAP": Verb(_cap, 1, is_open=True, help="CAP LS 302 / LIST / REQ :names / END"),
}
