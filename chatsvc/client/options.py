"""What the client's command line says.

    chatsvc-client [-h HOST] [-p PORT] [-n NAME] [--room ROOM]...
                   [--tls] [--fingerprint SHA256] [--ca FILE] [--endpoint STRING]
                   [--no-color] [--log FILE] [--help] [--version]

`-h` is the host, as in `psql` and other clients, so help is `--help` alone.
"""

import argparse
import getpass
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import attrs

from chatsvc import __version__
from chatsvc.core.errors import Refusal
from chatsvc.core.fingerprints import Fingerprint, parse_fingerprint
from chatsvc.core.limits import DEFAULT_LIMITS
from chatsvc.core.names import Nick, RoomName, parse_nick, parse_room_name
from chatsvc.core.text import printable

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8123
DEFAULT_TLS_PORT = 8124
NAMELESS = Nick("guest")
"""The nick of somebody whose login name has no letter that a nick may have."""


@attrs.frozen
class Options:
    """The command line, checked. `endpoint`, where given, is used instead of host and port.

    `is_secure`: with TLS. `fingerprint` is the one certificate to trust, `authorities` the
    file with those whose word is to count; at most one of the two is given.
    """

    host: str
    port: int
    nick: Nick
    rooms: tuple[RoomName, ...]
    endpoint: str | None
    has_colour: bool
    log: Path | None
    is_secure: bool = False
    fingerprint: Fingerprint | None = None
    authorities: Path | None = None


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {printable(message)}; see {self.prog} --help.\n")


def parse_options(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Return what `arguments` say; exit with one sentence and status 2 if they are wrong."""
    parser = _parser()
    given = parser.parse_args(arguments)
    is_secure = bool(given.tls or given.fingerprint or given.ca)
    if given.endpoint is not None and (secure := _TLS_ENDPOINT.fullmatch(given.endpoint)):
        given.host, given.port = _unquoted(secure["host"]), _port_of(parser, secure["port"])
        given.endpoint, is_secure = None, True
    if given.endpoint is not None and is_secure:
        parser.error("--tls, --fingerprint and --ca go with -h and -p, not with such an --endpoint")
    return Options(
        host=given.host.removeprefix("[").removesuffix("]"),
        port=given.port or (DEFAULT_TLS_PORT if is_secure else DEFAULT_PORT),
        nick=given.name or login_nick(),
        rooms=tuple(given.room),
        endpoint=given.endpoint,
        has_colour=not (given.no_color or environment.get("NO_COLOR")),
        log=given.log,
        is_secure=is_secure,
        fingerprint=given.fingerprint,
        authorities=given.ca,
    )


_TLS_ENDPOINT = re.compile(r"tls:(?P<host>(?:[^:=\\]|\\.)+):(?P<port>\d+)", re.ASCII)
"""An endpoint with TLS and nothing special, which is ours; others are left to Twisted."""


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _port_of(parser: argparse.ArgumentParser, text: str) -> int:
    try:
        return _port(text)
    except argparse.ArgumentTypeError as error:
        parser.error(f"argument --endpoint: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="chatsvc-client",
        description="Chat with others: in a terminal with a screen of its own, else line by line.",
        add_help=False,
        allow_abbrev=False,
        epilog=(
            "In a pipe each line of input is a command, like: send lobby hello. With --room, "
            "lines are said in that room, and commands begin with a slash. Exit status: 0 if "
            "all was done, 1 if not, 2 for a wrong command line."
        ),
    )
    add = parser.add_argument
    add("-h", "--host", type=_host, default=DEFAULT_HOST, help="where the server is (%(default)s)")
    add(
        "-p",
        "--port",
        type=_port,
        help=f"the server's port ({DEFAULT_PORT}; with TLS {DEFAULT_TLS_PORT})",
    )
    add("-n", "--name", type=_nick, metavar="NAME", help="your nick (your login name)")
    add(
        "--room",
        type=_room,
        action="append",
        default=[],
        metavar="ROOM",
        help="join this room at once; may be given several times",
    )
    add(
        "--tls",
        action="store_true",
        help="encrypt, and trust whom this machine trusts, and a self-signed certificate from "
        "the first time on",
    )
    trust = parser.add_mutually_exclusive_group()
    trust.add_argument(
        "--fingerprint",
        type=_fingerprint,
        metavar="SHA256",
        help="encrypt, and trust the certificate with this fingerprint, now and later",
    )
    trust.add_argument(
        "--ca",
        type=Path,
        metavar="FILE",
        help="encrypt, and trust only whom the certificates in this file (PEM) vouch for",
    )
    add(
        "--endpoint",
        type=_endpoint,
        metavar="STRING",
        help="instead of host and port: tls:HOST:PORT, unix:PATH or another Twisted endpoint",
    )
    add("--no-color", action="store_true", help="no colours; so does NO_COLOR")
    add("--log", type=Path, metavar="FILE", help="write down what goes wrong, for developers")
    add("--help", action="help", help="show this")
    add("--version", action="version", version=f"chatsvc-client {__version__}")
    return parser


def _host(text: str) -> str:
    if not text or text.split() != [text]:
        raise argparse.ArgumentTypeError("a host is a name or an address")
    return text


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536 and len(text) < 6):
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return int(text)


def _nick(text: str) -> Nick:
    try:
        return parse_nick(text)
    except Refusal as refusal:
        raise argparse.ArgumentTypeError(refusal.sentence.rstrip(".")) from None


def _room(text: str) -> RoomName:
    try:
        return parse_room_name(text)
    except Refusal as refusal:
        raise argparse.ArgumentTypeError(refusal.sentence.rstrip(".")) from None


def _fingerprint(text: str) -> Fingerprint:
    try:
        return parse_fingerprint(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error).rstrip(".")) from None


def _endpoint(text: str) -> str:
    # Its parts are understood by Twisted, with a reactor, in `main`.
    if ":" not in text:
        raise argparse.ArgumentTypeError("an endpoint is like tcp:HOST:PORT or unix:PATH")
    return text


def login_nick() -> Nick:
    """Return the login name as a nick."""
    try:
        return nick_like(getpass.getuser())
    except (OSError, KeyError, ImportError):
        return NAMELESS


def nick_like(name: str) -> Nick:
    """Return a nick near `name`: what a nick may not hold becomes "_" or is left out.

    A name that is one as a whole stays as it is; of others only letters stay that may stand
    beside "a".
    """
    characters = [letter if _is_allowed(f"a{letter}") else "_" for letter in name]
    for near in (name, "".join(characters).lstrip("-.")):
        nick = near[: DEFAULT_LIMITS.nick_length]
        if nick.strip("_") and _is_allowed(nick):
            return parse_nick(nick)
    return NAMELESS


def _is_allowed(nick: str) -> bool:
    try:
        parse_nick(nick, DEFAULT_LIMITS.nick_length)
    except Refusal:
        return False
    return True


def has_terminal(streams: Sequence[int]) -> bool:
    """Tell whether all of these descriptors are terminals."""
    return all(os.isatty(each) for each in streams)


def has_screen(environment: Mapping[str, str]) -> bool:
    """Tell whether the terminal, by what is said of it, has a screen that can be drawn on."""
    return environment.get("TERM", "") not in ("", "dumb", "unknown")
