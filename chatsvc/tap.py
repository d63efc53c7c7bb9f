"""`twistd chatsvc`: the options, and the one place that knows all parts and joins them.

Options       the command line
makeService   options -> ChatService, with everything in it
ChatService   start and stop as a daemon should
"""

import os
import shlex
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from shutil import which
from typing import Any, NoReturn, cast

import attrs
from twisted.application.service import MultiService, Service
from twisted.cred.credentials import IUsernamePassword
from twisted.cred.strcred import AuthOptionMixin
from twisted.internet.defer import Deferred, gatherResults
from twisted.logger import Logger
from twisted.python import usage

from chatsvc import __version__
from chatsvc.core.addresses import LOOPBACK, Network, parse_network
from chatsvc.core.admission import Admission
from chatsvc.core.errors import Refusal
from chatsvc.core.limits import Limits
from chatsvc.core.names import RoomName, nick_key, parse_room_name
from chatsvc.core.text import check_text
from chatsvc.hub import Hub, HubOptions
from chatsvc.hub.options import RESTART_GRACE_SECONDS
from chatsvc.identity.making import IdentityOptions, make_identity
from chatsvc.identity.passwords import COSTS
from chatsvc.identity.threads import PasswordThreads
from chatsvc.ports import Log, LogError
from chatsvc.protocols.accepting import Acceptor
from chatsvc.protocols.doorkeeper import Doorkeeper
from chatsvc.protocols.line import LineFactory
from chatsvc.protocols.listening import (
    DualStackEndpoint,
    ServerEndpoint,
    endpoint_for,
    how_to_reach,
    same_interfaces,
)
from chatsvc.protocols.room_ports import RoomPortRange
from chatsvc.protocols.transport import ListeningPort
from chatsvc.storage.memory import MemoryLog
from chatsvc.storage.sqlite import SqliteLog

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
        number = _number(word)
        if not least <= number <= most:
            raise ValueError(f"a number from {least} to {most} is needed, not {word!r}.")
        return _Given(number)

    help_text = f"{field.metadata['unit']}: {field.metadata['reason']}"
    return _option(field.name.replace("_", "-"), field.default, help_text, check)


def _number(word: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) <= 10):
        raise ValueError(f"a whole number is needed, not {word!r}.")
    return int(word)


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


def _option(
    name: str, default: object, help_text: str, check: Callable[[str], Any] = str
) -> list[Any]:
    """Return a row of `optParameters` whose errors name the option and say what is wrong."""

    def checked(word: str) -> Any:
        try:
            return check(word)
        except Refusal as refusal:
            raise usage.UsageError(f"--{name}: {refusal.sentence}") from None
        except ValueError as error:
            raise usage.UsageError(f"--{name}: {error}") from None

    return [name, None, default, help_text, checked]


class Options(AuthOptionMixin, usage.Options):
    """Read the command line of `twistd chatsvc`."""

    supportedInterfaces = (IUsernamePassword,)

    synopsis = "[options]"
    longdesc = (
        "A chat-room service: rooms with a kept history, reached with nc, telnet, "
        "chatsvc-client and more."
    )

    optParameters = [
        _option("name", "chatsvc", "The server's name, shown in its greeting.", _server_name),
        _option(
            "data", "chatsvc-data", "The folder with everything kept; :memory: for none.", _folder
        ),
        _option("lobby", "lobby", "The room newcomers are put in; empty for none.", _room),
        _option("welcome", "", "A line shown to everybody who connects.", _shown_text),
        _option("room-ports", None, "Give each room a port of its own: LOW-HIGH.", _port_range),
        _option(
            "grace",
            RESTART_GRACE_SECONDS,
            "Seconds that temporary rooms wait for their members after a restart.",
            _number,
        ),
        _option(
            "password-cost",
            "normal",
            "What it costs to hash a password: normal, or test, which is unsafe.",
            _password_cost,
        ),
        _option("checker", None, "A command that is asked whether a password is right.", _command),
        *_limit_options(),
    ]

    optFlags = [
        [
            "no-limits",
            None,
            "Lift all rates and counts, for a bench; a limit that is given as well holds.",
        ],
    ]

    def __init__(self) -> None:
        super().__init__()
        self["ports"] = []
        self["exempt"] = []
        self["credCheckers"] = []

    def opt_port(self, where: str) -> None:
        """Listen on a port number (all interfaces) or a Twisted endpoint string. May be repeated. Without it: loopback, port 8123."""  # noqa: E501 - shown by --help
        self["ports"].append(where)

    opt_p = opt_port

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
        for where in self["ports"]:
            try:
                endpoint_for(reactor, where)
            except ValueError as error:
                raise usage.UsageError(str(error)) from None

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
        exempt = self.exempt() if self["exempt"] else ()
        checker = next(iter(self["credCheckers"]), None)
        return IdentityOptions(
            self.limits(), exempt, self["password-cost"], self["checker"], checker
        )

    def hub_options(self) -> HubOptions:
        """Return what the hub needs to know."""
        return HubOptions(self.limits(), self["lobby"], self["welcome"], self["grace"])


class CannotStart(Exception):
    """Say in one sentence why the server cannot start."""


class Listener(Service):
    """Listen at one endpoint for as long as the service runs."""

    _log = Logger()

    def __init__(
        self, endpoint: ServerEndpoint, where: str, factory: LineFactory, acceptor: Acceptor
    ) -> None:
        self._endpoint = endpoint
        self._where = where
        self._factory = factory
        self._acceptor = acceptor
        self._port: ListeningPort | None = None

    def privilegedStartService(self) -> None:
        """Open the socket; raise `CannotStart`."""
        failures: list[Any] = []
        listening = self._endpoint.listen(self._factory)
        listening.addCallbacks(self._opened, failures.append)
        if failures:
            cause = getattr(failures[0].value, "socketError", failures[0].value)
            reason = getattr(cause, "strerror", None) or cause
            raise CannotStart(f"Cannot listen on {self._where}: {reason}.")

    def startService(self) -> None:
        """Open the socket if nobody did before."""
        if self._port is None:
            self.privilegedStartService()
        super().startService()

    def announce(self) -> None:
        """Say where we listen, with a line to paste."""
        if self._port is not None:
            self._log.info("Listening on {how}", how=how_to_reach(self._port, self._where))

    def stopService(self) -> Any:
        """Accept no more connections."""
        super().stopService()
        return None if self._port is None else self._port.stopListening()

    def _opened(self, port: ListeningPort) -> None:
        self._port = port
        self._acceptor.watch(port)


@attrs.define
class Runner:
    """What runs us: `daemon` if it detached from the terminal, and its pid file.

    `terminal` is, for a daemon, its parent's stderr, kept until it has started.
    """

    daemon: bool
    pid_file: str | None
    terminal: int | None = None

    @classmethod
    def from_options(cls, options: Options) -> "Runner":
        """Read twistd's own options; twist has none of these."""
        above: Any = getattr(options, "parent", None) or {}
        daemon = not above.get("nodaemon", True)
        return cls(daemon, above.get("pidfile"), os.dup(2) if daemon else None)

    def let_go(self) -> None:
        """Let go of the terminal: the start has succeeded."""
        if self.terminal is not None:
            os.close(self.terminal)
            self.terminal = None

    def give_up(self, sentence: str) -> NoReturn:
        """End the process with `sentence` on stderr and status 1, without a traceback.

        `sys.stderr` is the log by now, so the sentence goes to the real one. For a
        daemon twistd tells the exception to the waiting parent, but cuts it short.
        """
        if self.terminal is not None:
            os.write(self.terminal, f"chatsvc: {sentence}\n".encode())
            raise CannotStart(sentence)
        if self.pid_file:
            with suppress(OSError):
                os.unlink(self.pid_file)
        print(f"chatsvc: {sentence}", file=sys.__stderr__)
        raise SystemExit(1)


class ChatService(MultiService):
    """The whole server: listeners in front, the hub behind them.

    What keeps it from starting is said in one sentence; the process then exits with
    status 1. SIGINT and SIGTERM stop it gracefully with exit status 0, a second one at
    once with 1.
    """

    _log = Logger()

    def __init__(self, hub: Hub, server_name: str, reactor: Any, runner: "Runner") -> None:
        super().__init__()
        self._hub = hub
        self._server_name = server_name
        self._reactor = reactor
        self._runner = runner
        self._stopping = False
        self._room_ports: RoomPortRange | None = None

    def use_room_ports(self, room_ports: RoomPortRange) -> None:
        """Give every room a port of its own."""
        self._room_ports = room_ports
        self._hub.use_room_ports(room_ports)

    def privilegedStartService(self) -> None:
        """Open the sockets, while the process may still be root."""
        self._or_exit(super().privilegedStartService)

    def startService(self) -> None:
        """Open the log and go to work."""
        self._take_signals()
        self._or_exit(self._hub.startService)
        self._or_exit(super().startService)
        self._runner.let_go()
        self._take_signals()
        self._reactor.callWhenRunning(self._begin)

    def stopService(self) -> Deferred[Any]:
        """Stop listening, then let the hub say goodbye."""
        listeners = super().stopService()
        if self._room_ports is not None:
            self._room_ports.close_all()
        return gatherResults([listeners, self._hub.stopService()])

    def _or_exit(self, start: Callable[[], object]) -> None:
        try:
            start()
        except (CannotStart, LogError) as error:
            self._runner.give_up(str(error))

    def _begin(self) -> None:
        """Say that we are ready, but not before a signal stops us gracefully.

        The reactor has put its own handlers in place of ours when it began to run.
        """
        self._take_signals()
        for service in self:
            if isinstance(service, Listener):
                service.announce()
        self._log.info(
            'chatsvc {version} "{name}" is ready', version=__version__, name=self._server_name
        )

    def _take_signals(self) -> None:
        """Handle signals ourselves: Twisted's own way out does not exit with 0.

        Done once before we say that we are ready, and again right after the reactor,
        which begins to run later, has set its own handlers.
        """
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._signalled)

    def _signalled(self, _number: int, _frame: object) -> None:
        if self._stopping:
            os._exit(1)
        self._stopping = True
        self._reactor.callFromThread(self._reactor.stop)


def _make_log(folder: str, reactor: Any) -> Log:
    return MemoryLog() if folder == IN_MEMORY else SqliteLog(folder, reactor)


def _endpoints(options: Options, reactor: Any) -> list[tuple[ServerEndpoint, str]]:
    """Return what to listen on, each with the words that asked for it."""
    if not options["ports"]:
        return [(DualStackEndpoint.loopback(reactor, DEFAULT_PORT), f"port {DEFAULT_PORT}")]
    return [(endpoint_for(reactor, where), where) for where in options["ports"]]


def _room_ports(
    options: Options, factory: LineFactory, reactor: Any, acceptor: Acceptor
) -> RoomPortRange:
    """Return the range of room ports, on the interfaces of the first port."""
    low, high = options["room-ports"]
    first = (*options["ports"], "")[0]
    return RoomPortRange(factory, same_interfaces(reactor, first), low, high, acceptor)


def _use_identity(options: Options, hub: Hub, service: ChatService, reactor: Any) -> None:
    """Let people have accounts."""
    threads = PasswordThreads(reactor, hub.limits.waiting_logins)
    threads.setServiceParent(service)
    state = hub.manager.state
    identity = make_identity(
        options.identity_options(),
        lambda name: state.accounts.get(nick_key(name)),
        hub.renew_secret,
        reactor,
        threads,
    )
    hub.use_identity(identity)


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
    if options["room-ports"] is not None:
        service.use_room_ports(_room_ports(options, factory, reactor, acceptor))
    for endpoint, where in _endpoints(options, reactor):
        Listener(endpoint, where, factory, acceptor).setServiceParent(service)
    return service
