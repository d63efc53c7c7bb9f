"""`twistd chatsvc`: the options, and the one place that knows all parts and joins them.

Options       the command line
makeService   options -> ChatService, with everything in it
"""

import shlex
from pathlib import Path
from shutil import which
from typing import Any, NoReturn, cast

import attrs
from twisted.cred.credentials import IUsernamePassword
from twisted.cred.strcred import AuthOptionMixin
from twisted.python import usage

from chatsvc import __version__, irc_options
from chatsvc.core.addresses import LOOPBACK, Network, parse_network
from chatsvc.core.admission import Admission
from chatsvc.core.limits import Limits
from chatsvc.core.names import RoomName, nick_key, parse_room_name
from chatsvc.core.text import check_text
from chatsvc.daemon import Listener, Runner
from chatsvc.hub import Hub, HubOptions
from chatsvc.hub.options import RESTART_GRACE_SECONDS
from chatsvc.identity.making import (
    IdentityOptions,
    make_claims,
    make_identity,
    make_listed_operators,
)
from chatsvc.identity.passwords import COSTS
from chatsvc.identity.threads import PasswordThreads
from chatsvc.irc.manners import FOR_PLAIN_TEXT
from chatsvc.irc_options import IrcOptions
from chatsvc.option_rows import file, number, option
from chatsvc.ports import Log
from chatsvc.protocols.accepting import Acceptor
from chatsvc.protocols.doorkeeper import Doorkeeper
from chatsvc.protocols.line import LineFactory
from chatsvc.protocols.listening import (
    DualStackEndpoint,
    ServerEndpoint,
    endpoint_for,
    same_interfaces,
    secure_endpoint_for,
)
from chatsvc.protocols.room_ports import RoomPortRange
from chatsvc.protocols.secure import AskingCredentials, Credentials, SecureEndpoint
from chatsvc.protocols.websocket import WebSocketFactory
from chatsvc.serving import ChatService
from chatsvc.storage.memory import MemoryLog
from chatsvc.storage.sqlite import SqliteLog
from chatsvc.tls import ServerCertificate

DEFAULT_PORT = 8123
NONE = "none"
IN_MEMORY = ":memory:"
LONGEST_SERVER_NAME = 60


class _Given(int):
    """A number that the command line gave; one that is not is a default."""


def _limit_options() -> list[list[Any]]:
    """Return an option for each field of `Limits`."""
    return [_limit_option(field) for field in attrs.fields(Limits)]


def _limit_option(field: "attrs.Attribute[int]") -> list[Any]:
    least, most = field.metadata["least"], field.metadata["most"]

    def check(word: str) -> _Given:
        count = number(word)
        if not least <= count <= most:
            raise ValueError(f"a number from {least} to {most} is needed, not {word!r}.")
        return _Given(count)

    help_text = f"{field.metadata['unit']}: {field.metadata['reason']}"
    return option(field.name.replace("_", "-"), field.default, help_text, check)


def _port_range(word: str) -> tuple[int, int]:
    low, dash, high = word.partition("-")
    if not (dash and word.isascii() and low.isdigit() and high.isdigit()):
        raise ValueError(f"a range such as 9000-9099 is needed, not {word!r}.")
    if not 1 <= int(low) <= int(high) <= 65535:
        raise ValueError(f"a range goes up, from 1 to 65535 at most; {word!r} does not.")
    return int(low), int(high)


def _room(word: str) -> RoomName | None:
    return parse_room_name(word) if word else None


def _folder(word: str) -> str:
    if not word:
        raise ValueError("the name of a folder is needed.")
    return word


def _shown_text(word: str) -> str:
    return check_text(word) if word else ""


def _server_name(word: str) -> str:
    if '"' in word or len(word) > LONGEST_SERVER_NAME:
        raise ValueError(f'a name has at most {LONGEST_SERVER_NAME} characters and no ".')
    return check_text(word)


def _password_cost(word: str) -> str:
    if word not in COSTS:
        raise ValueError(f"{' or '.join(COSTS)} is needed, not {word!r}.")
    return word


def _command(word: str) -> list[str]:
    try:
        words = shlex.split(word)
    except ValueError:
        raise ValueError("a quotation mark or backslash has no second half.") from None
    if not words:
        raise ValueError("a command is needed.")
    if which(words[0]) is None:
        raise ValueError(f"there is no program {words[0]!r}.")
    return words


class Options(AuthOptionMixin, IrcOptions):
    """Read the command line of `twistd chatsvc`."""

    supportedInterfaces = (IUsernamePassword,)

    synopsis = "[options]"
    longdesc = (
        "A chat-room service: rooms with a kept history, reached with nc, telnet, "
        "chatsvc-client and more."
    )

    optParameters = [
        option("name", "chatsvc", "The server's name, shown in its greeting.", _server_name),
        option(
            "data", "chatsvc-data", "The folder with everything kept; :memory: for none.", _folder
        ),
        option("lobby", "lobby", "The room newcomers are put in; empty for none.", _room),
        option("welcome", "", "A line shown to everybody who connects.", _shown_text),
        option("cert", None, "With --tls: the certificate and its chain, a PEM file.", file),
        option("key", None, "With --cert: its private key, a PEM file.", file),
        option("room-ports", None, "Give each room a port of its own: LOW-HIGH.", _port_range),
        option(
            "grace",
            RESTART_GRACE_SECONDS,
            "Seconds that temporary rooms wait for their members after a restart.",
            number,
        ),
        option(
            "password-cost",
            "normal",
            "What it costs to hash a password: normal, or test, which is unsafe.",
            _password_cost,
        ),
        option("checker", None, "A command that is asked whether a password is right.", _command),
        *irc_options.PARAMETERS,
        *_limit_options(),
    ]

    optFlags = [
        [
            "no-limits",
            None,
            "Lift all rates and counts, for a bench; a limit that is given as well holds.",
        ],
        ["claim", None, "Show a code to become an operator by, though there is one already."],
        *irc_options.FLAGS,
    ]

    def __init__(self) -> None:
        super().__init__()
        self["ports"] = []
        self["tls"] = []
        self["exempt"] = []
        self["credCheckers"] = []

    def opt_port(self, where: str) -> None:
        """Listen on a port number (all interfaces; with --tls loopback) or a Twisted endpoint string. May be repeated. Without it: loopback, port 8123."""  # noqa: E501 - shown by --help
        self["ports"].append(where)

    opt_p = opt_port

    def opt_tls(self, where: str) -> None:
        """Listen with TLS on a port number (all interfaces) or a Twisted endpoint string. May be repeated. Without --cert: with a self-signed certificate in the data folder."""  # noqa: E501 - shown by --help
        self["tls"].append(where)

    def opt_exempt(self, word: str) -> None:
        """Do not count the connections of an ADDRESS or NETWORK/PREFIX. May be repeated. Without it: those of this machine; none: count all."""  # noqa: E501 - shown by --help
        if word != NONE:
            try:
                parse_network(word)
            except ValueError as error:
                raise usage.UsageError(f"--exempt: {error}") from None
        self["exempt"].append(word)

    def opt_version(self) -> NoReturn:
        """Show the version and exit."""
        print(f"chatsvc {__version__}")  # noqa: T201
        raise SystemExit(0)

    def parseArgs(self, *rest: str) -> None:
        """Refuse words that are not options."""
        if rest:
            raise usage.UsageError(f'"{rest[0]}" is not an option; --help lists them.')

    def postOptions(self) -> None:
        """Check what can be checked before anything is opened."""
        from twisted.internet import reactor

        if len(self["credCheckers"]) + (self["checker"] is not None) > 1:
            raise usage.UsageError("--checker, --auth: only one can say who somebody is.")
        wheres = {"ports": endpoint_for, "tls": secure_endpoint_for}
        wheres |= {"irc": endpoint_for, "irc-tls": secure_endpoint_for}
        wheres["irc-websocket"] = endpoint_for
        for name, make in wheres.items():
            for where in self[name]:
                try:
                    make(reactor, where)
                except ValueError as error:
                    raise usage.UsageError(str(error)) from None
        self._check_certificate()
        try:
            _ = self.sts
        except ValueError as error:
            raise usage.UsageError(str(error)) from None

    def _check_certificate(self) -> None:
        if self["cert"] is not None and not self.has_tls:
            raise usage.UsageError("--cert: a certificate is for --tls; say on which port.")
        if self["key"] is not None and self["cert"] is None:
            raise usage.UsageError("--key: a key belongs to a certificate; name it with --cert.")

    @property
    def has_tls(self) -> bool:
        """Whether TLS is spoken anywhere."""
        return bool(self["tls"] or self["irc-tls"])

    def limits(self) -> Limits:
        """Return the limits that were asked for."""
        asked = {field.name: self[field.name.replace("_", "-")] for field in attrs.fields(Limits)}
        limits = Limits(**{name: int(number) for name, number in asked.items()})
        if not self["no-limits"]:
            return limits
        given = {name: int(number) for name, number in asked.items() if isinstance(number, _Given)}
        return attrs.evolve(limits.lifted(), **given)

    def exempt(self) -> tuple[Network, ...]:
        """Return the networks whose connections are not counted."""
        if not self["exempt"]:
            return LOOPBACK
        return tuple(parse_network(word) for word in self["exempt"] if word != NONE)

    def identity_options(self) -> IdentityOptions:
        """Return what says who somebody is; only networks that were named are exempt here."""
        checker = next(iter(self["credCheckers"]), None)
        return IdentityOptions(
            self.limits(),
            self._named_exempt(),
            self["password-cost"],
            self["checker"],
            checker,
            self["scram"],
        )

    def hub_options(self) -> HubOptions:
        """Return what the hub needs to know."""
        return HubOptions(
            self.limits(), self["lobby"], self["welcome"], self["grace"], self._named_exempt()
        )

    def _named_exempt(self) -> tuple[Network, ...]:
        return self.exempt() if self["exempt"] else ()


def _make_log(folder: str, reactor: Any) -> Log:
    return MemoryLog() if folder == IN_MEMORY else SqliteLog(folder, reactor)


def _server_certificate(options: Options, reactor: Any) -> ServerCertificate:
    """Return where the certificate is to come from; nothing is read yet."""
    if options["cert"] is not None:
        return ServerCertificate.given(reactor, options["cert"], options["key"] or options["cert"])
    if options["data"] == IN_MEMORY:
        return ServerCertificate.in_memory(reactor)
    return ServerCertificate.in_folder(reactor, Path(options["data"]))


def _plain_endpoints(options: Options, reactor: Any) -> list[tuple[ServerEndpoint, str]]:
    """Return what to listen on without TLS, each with the words that asked for it.

    A bare number leaves the interfaces open: with TLS it means this machine alone.
    """
    if not options["ports"]:
        return [(DualStackEndpoint.loopback(reactor, DEFAULT_PORT), f"port {DEFAULT_PORT}")]
    is_local = bool(options["tls"])
    return [(endpoint_for(reactor, where, is_local), where) for where in options["ports"]]


def _secure_endpoints(
    options: Options, reactor: Any, credentials: Credentials
) -> list[tuple[ServerEndpoint, str]]:
    """Return what to listen on with TLS."""
    return [
        (SecureEndpoint(secure_endpoint_for(reactor, where), credentials, reactor), where)
        for where in options["tls"]
    ]


def _irc_endpoints(
    options: Options, reactor: Any, credentials: Credentials | None
) -> list[tuple[ServerEndpoint, str]]:
    """Return what to listen on for IRC, with and without TLS."""
    endpoints = options.irc_endpoints(reactor, options.has_tls)
    if credentials is None:
        return endpoints
    below, asking = options.irc_endpoints_for_tls(reactor), AskingCredentials(credentials)
    return endpoints + [
        (SecureEndpoint(each, asking, reactor, FOR_PLAIN_TEXT), where) for each, where in below
    ]


def _room_ports(
    options: Options, factory: LineFactory, reactor: Any, acceptor: Acceptor
) -> RoomPortRange:
    """Return the range of room ports, on the interfaces of the first port."""
    low, high = options["room-ports"]
    first = (*options["tls"], *options["ports"], "")[0]
    return RoomPortRange(factory, same_interfaces(reactor, first), low, high, acceptor)


def _use_identity(options: Options, hub: Hub, service: ChatService, reactor: Any) -> None:
    """Let people have accounts."""
    threads = PasswordThreads(reactor, hub.limits.waiting_logins)
    threads.setServiceParent(service)
    state = hub.manager.state
    identity, room_passwords = make_identity(
        options.identity_options(),
        lambda name: state.accounts.get(nick_key(name)),
        hub.renew_secret,
        reactor,
        threads,
    )
    hub.use_identity(identity, room_passwords)
    claims = make_claims(options.identity_options(), reactor)
    service.use_claims(claims, always=bool(options["claim"]))
    if options["opers"]:
        listed = make_listed_operators(options.identity_options(), options["opers"], reactor)
        hub.use_listed_operators(listed)


def makeService(options: Options) -> ChatService:
    """Return the service that `options` ask for; nothing is opened yet."""
    from twisted.internet import reactor

    log = _make_log(options["data"], reactor)
    hub = Hub(log, cast(Any, reactor), options.hub_options())
    doorkeeper = Doorkeeper(Admission(hub.limits, options.exempt()), cast(Any, reactor))
    factory = LineFactory(hub, options["name"], cast(Any, reactor), doorkeeper=doorkeeper)
    acceptor = Acceptor(cast(Any, reactor))
    service = ChatService(hub, options["name"], reactor, Runner.from_options(options))
    _use_identity(options, hub, service, reactor)
    endpoints = _plain_endpoints(options, reactor)
    room_ports = None
    if options["room-ports"] is not None:
        room_ports = _room_ports(options, factory, reactor, acceptor)
        service.use_room_ports(room_ports)
    certificate = _server_certificate(options, reactor) if options.has_tls else None
    if certificate is not None:
        endpoints += _secure_endpoints(options, reactor, certificate.credentials)
        if room_ports is not None:
            room_ports.secured = certificate.secured
    for endpoint, where in endpoints:
        Listener(endpoint, where, factory, acceptor).setServiceParent(service)
    if options.has_irc:
        credentials = None if certificate is None else certificate.credentials
        irc_factory = options.irc_factory(hub, reactor, doorkeeper)
        service.use_cloak_key(options["data"], irc_factory.house)
        for endpoint, where in _irc_endpoints(options, reactor, credentials):
            Listener(endpoint, where, irc_factory, acceptor).setServiceParent(service)
        websockets = cast(Any, WebSocketFactory(irc_factory, cast(Any, reactor), options.origins))
        for endpoint, where in options.irc_websockets(reactor, options.has_tls):
            Listener(endpoint, where, websockets, acceptor, True).setServiceParent(service)
    if certificate is not None:
        service.use_certificate(certificate)
    return service
