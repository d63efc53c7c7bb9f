"""The options of the IRC door, and what they come to: a `House`, a factory, endpoints."""

import re
import secrets
import socket
from functools import partial
from pathlib import Path
from typing import Any, cast

from twisted.python import usage

from chatsvc import __version__
from chatsvc.core.errors import BadNick
from chatsvc.core.names import NickKey
from chatsvc.core.text import check_text, printable
from chatsvc.hub import Hub
from chatsvc.identity.listed import parse_operators
from chatsvc.identity.passwords import SCRAM_ROUNDS
from chatsvc.irc.house import REGISTRATION, House
from chatsvc.irc.offers import Sts
from chatsvc.irc.scram import NONCE_BYTES
from chatsvc.option_rows import file, number, option
from chatsvc.protocols.doorkeeper import Doorkeeper
from chatsvc.protocols.irc import IrcFactory
from chatsvc.protocols.listening import ServerEndpoint, endpoint_for, secure_endpoint_for
from chatsvc.protocols.websocket import Origins

LONGEST_NAME = 63
"""Longest server name, in characters, as of host names (RFC 1123)."""

LONGEST_NETWORK = 32
LONGEST_INFO = 100
LONGEST_PASSWORD = 200
MOST_REPLAYED = 1000

MOTD_LINES = 200
MOTD_LINE_LENGTH = 80
"""Longest message of the day: everybody is sent it at each connection. Longer lines are cut."""

LONGEST_ORIGIN = 300

LAST_PORT = 65535

_TCP_PORT = re.compile(r"(?:haproxy:)?(?:tcp6?:)?(\d{1,5})(?::.*)?")
_ORIGIN = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
)
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*\.)+[A-Za-z0-9-]*[A-Za-z0-9]")


def _server_name(word: str) -> str:
    if len(word) > LONGEST_NAME or not _NAME.fullmatch(word):
        raise ValueError(
            f"a name such as irc.example.org is needed, with a dot, of at most {LONGEST_NAME} "
            "letters, digits, dots and hyphens."
        )
    return word


def _network(word: str) -> str:
    if not (word.isascii() and word.isprintable()) or " " in word or len(word) > LONGEST_NETWORK:
        raise ValueError(
            f"one word of at most {LONGEST_NETWORK} letters, digits and signs is needed."
        )
    return word


def _info(word: str) -> str:
    if len(word) > LONGEST_INFO:
        raise ValueError(f"a description has at most {LONGEST_INFO} characters.")
    return check_text(word) if word else ""


def _password(word: str) -> str:
    """Return a password; `@FILE` is the first line of a file."""
    if word.startswith("@"):
        word = _lines_of(Path(word[1:]))[0]
    if not word or len(word) > LONGEST_PASSWORD or not word.isprintable():
        raise ValueError(f"a password has 1 to {LONGEST_PASSWORD} characters that can be shown.")
    return word


def _replay(word: str) -> int:
    count = number(word)
    if count > MOST_REPLAYED:
        raise ValueError(f"a number from 0 to {MOST_REPLAYED} is needed, not {count}.")
    return count


def _sts_port(word: str) -> int:
    port = number(word)
    if not 1 <= port <= LAST_PORT:
        raise ValueError(f"a port is a number from 1 to {LAST_PORT}, not {port}.")
    return port


def _motd(word: str) -> tuple[str, ...]:
    """Return the lines of a message of the day, which may be shown as they are."""
    lines = _lines_of(file(word))[:MOTD_LINES]
    return tuple(printable(line.expandtabs())[:MOTD_LINE_LENGTH] or " " for line in lines)


def _opers(word: str) -> dict[NickKey, str]:
    """Return what a file of operators says."""
    try:
        return parse_operators(_lines_of(file(word)))
    except BadNick as error:
        raise ValueError(error.sentence) from None


def _lines_of(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines() or [""]
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8.") from None


PARAMETERS = [
    option("irc-name", None, "The server's name on IRC; without it the machine's.", _server_name),
    option("irc-info", "", "What describes the server on IRC; empty: as --name.", _info),
    option("irc-network", "", "The network's name on IRC, a word; empty: as --name.", _network),
    option("irc-password", None, "What IRC's PASS has to give; @FILE: a file has it.", _password),
    option(
        "irc-replay",
        20,
        "Messages that an IRC client without chathistory is shown when it joins.",
        _replay,
    ),
    option(
        "irc-sts", None, "Seconds that IRC clients are to come by TLS only; 0: no more.", number
    ),
    option("irc-sts-port", None, "With --irc-sts: the port; else that of --irc-tls.", _sts_port),
    option("opers", None, "A file with NAME PASSWORD of operators that are no accounts.", _opers),
    option("irc-motd", None, "A file with IRC's message of the day; else --welcome.", _motd),
]
"""Rows of `optParameters`."""

FLAGS = [
    ["irc-any-origin", None, "Let any web page speak IRC over WebSockets; see --irc-origin."],
]
"""Rows of `optFlags`."""


class IrcOptions(usage.Options):
    """The options that may be repeated; mixed into those of the server."""

    def __init__(self) -> None:
        super().__init__()
        self["irc"] = []
        self["irc-tls"] = []
        self["irc-websocket"] = []
        self["irc-origin"] = []
        self["irc-register-after-connect"] = False
        self["scram"] = False

    def opt_irc(self, where: str) -> None:
        """Speak IRC on a port number (all interfaces; where TLS is on: loopback) or a Twisted endpoint string. May be repeated."""  # noqa: E501 - shown by --help
        self["irc"].append(where)

    def opt_irc_tls(self, where: str) -> None:
        """Speak IRC with TLS on a port number (all interfaces) or a Twisted endpoint string. May be repeated. The certificate is that of --tls."""  # noqa: E501 - shown by --help
        self["irc-tls"].append(where)

    def opt_irc_websocket(self, where: str) -> None:
        """Speak IRC over WebSockets, for web pages, on a port number (all interfaces; where TLS is on: loopback) or a Twisted endpoint string. May be repeated."""  # noqa: E501 - shown by --help
        self["irc-websocket"].append(where)

    def opt_irc_origin(self, where: str) -> None:
        """Let pages of a web site speak IRC over WebSockets: https://HOST or https://HOST:PORT. May be repeated. Without it no page may, but programs may."""  # noqa: E501 - shown by --help
        if len(where) > LONGEST_ORIGIN or not _ORIGIN.fullmatch(where):
            raise usage.UsageError(
                "--irc-origin: a scheme and a host are needed, such as https://chat.example.org, "
                "as a browser says it."
            )
        self["irc-origin"].append(where.lower())

    def opt_irc_register_after_connect(self) -> None:
        """Let IRC clients register accounts only when they are connected under their nick."""
        self["irc-register-after-connect"] = True

    def opt_scram(self) -> None:
        """Let IRC clients log in by SCRAM-SHA-256 as well. What is kept of passwords for that is easier to guess from than what is kept otherwise."""  # noqa: E501 - shown by --help
        self["scram"] = True

    def irc_endpoints(
        self, reactor: Any, is_local: bool = False
    ) -> list[tuple[ServerEndpoint, str]]:
        """Return what to listen on without TLS; raise `ValueError`."""
        return [(endpoint_for(reactor, where, is_local), where) for where in self["irc"]]

    def irc_websockets(
        self, reactor: Any, is_local: bool = False
    ) -> list[tuple[ServerEndpoint, str]]:
        """Return what to listen on for WebSockets; raise `ValueError`."""
        return [(endpoint_for(reactor, where, is_local), where) for where in self["irc-websocket"]]

    def irc_endpoints_for_tls(self, reactor: Any) -> list[tuple[ServerEndpoint, str]]:
        """Return what to listen on below TLS; raise `ValueError`."""
        return [(secure_endpoint_for(reactor, where), where) for where in self["irc-tls"]]

    @property
    def sts(self) -> Sts | None:
        """What is said of TLS; None for nothing. Raises `ValueError` with a sentence."""
        duration = self["irc-sts"]
        if duration is None:
            if self["irc-sts-port"] is not None:
                raise ValueError("--irc-sts-port belongs to --irc-sts; say for how many seconds.")
            return None
        if not self["irc-tls"]:
            raise ValueError("--irc-sts sends clients to TLS; say on which port with --irc-tls.")
        if duration and self["cert"] is None:
            raise ValueError(
                "--irc-sts locks out who does not believe the certificate, and nobody believes a "
                "self-signed one; name one with --cert and --key."
            )
        port = self["irc-sts-port"] or _port_of(self["irc-tls"][0])
        if duration and not port:
            raise ValueError("--irc-sts: say with --irc-sts-port which port clients reach.")
        return Sts(port, duration)

    @property
    def has_irc(self) -> bool:
        """Whether IRC is spoken at all."""
        return bool(self["irc"] or self["irc-tls"] or self["irc-websocket"])

    @property
    def origins(self) -> Origins:
        """The web pages that may connect."""
        return Origins(frozenset(self["irc-origin"]), bool(self["irc-any-origin"]))

    def irc_factory(self, hub: Hub, reactor: Any, doorkeeper: Doorkeeper) -> IrcFactory:
        """Return what makes a protocol for each IRC connection."""
        name = self["name"]
        house = House(
            self["irc-name"] or name_of_machine(),
            self["irc-info"] or name,
            self["irc-network"] or word_of(name),
            f"chatsvc-{__version__}",
            hub.manager.state,
            hub.now,
            started_at=hub.now(),
            motd=self["irc-motd"] or ((self["welcome"],) if self["welcome"] else ()),
            password=self["irc-password"] or "",
            replayed=self["irc-replay"],
            seconds=reactor.seconds,
            sts=self.sts,
        )
        house.nonce = partial(secrets.token_urlsafe, NONCE_BYTES)
        if self["scram"]:
            house.offered = {**house.offered, "sasl": "PLAIN,SCRAM-SHA-256"}
            house.scram_rounds = SCRAM_ROUNDS[self["password-cost"]]
        if self["irc-register-after-connect"]:
            house.offered = {**house.offered, REGISTRATION: ""}
        return IrcFactory(hub, house, cast(Any, reactor), doorkeeper)


def _port_of(where: str) -> int:
    """Return the TCP port that an option names; 0 if it names none."""
    named = _TCP_PORT.fullmatch(where)
    return int(named[1]) if named else 0


def name_of_machine() -> str:
    """Return the name of this machine as a server name, with a dot; asks no name server."""
    host = re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname()).strip(".-")
    name = host if "." in host else f"irc.{host}"
    return name if _NAME.fullmatch(name) and len(name) <= LONGEST_NAME else "irc.chatsvc"


def word_of(name: str) -> str:
    """Return a name as one word in ASCII."""
    word = re.sub(r"[^!-~]", "", name)[:LONGEST_NETWORK]
    return word or "chatsvc"
