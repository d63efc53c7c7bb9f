"""The servers that are measured: how each is configured, started and stopped."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from bench import machine

ROOT = Path(__file__).resolve().parents[1]
TWISTD = "from twisted.scripts.twistd import run; run()"
START_SECONDS = 30.0

NGIRCD = """\
[Global]
Name = irc.bench.example
Info = bench
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = hello
AdminInfo1 = bench
[Limits]
IdleTimeout = 0
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 30
MaxPenaltyTime = 0
PingTimeout = 3600
PongTimeout = 3600
[Options]
DNS = no
Ident = no
PAM = no
"""

INSPIRCD = """\
<server name="irc.bench.example" description="bench" network="bench">
<admin name="bench" nick="bench" email="bench@bench.example">
<bind address="127.0.0.1" port="{port}" type="clients">
<connect name="bench" allow="*" timeout="60" pingfreq="3600" localmax="1000000"
 globalmax="1000000" limit="1000000" maxchans="100000" threshold="1000000"
 commandrate="100000000" fakelag="no" maxconnwarn="no" resolvehostnames="no" useident="no"
 usednsbl="no" recvq="1048576" softsendq="104857600" hardsendq="104857600">
<performance softlimit="1000000" somaxconn="4096" netbuffersize="65534" quietbursts="yes"
 clonesonconnect="no">
<security hidewhois="" maxtargets="20">
<options prefixquit="" syntaxhints="no">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="{folder}/log">
<pid file="{folder}/pid">
<path configdir="{folder}" datadir="{folder}" logdir="{folder}" moduledir="{modules}">
<files motd="{folder}/motd">
"""

ERGO = """\
network: {{name: bench}}
server:
    name: irc.bench.example
    listeners: {{"127.0.0.1:{port}": {{}}}}
    casemapping: ascii
    enforce-utf8: true
    lookup-hostnames: false
    check-ident: false
    max-sendq: 100M
    ip-limits: {{count: false, throttle: false}}
    ip-cloaking: {{enabled: false}}
accounts:
    authentication-enabled: true
    registration: {{enabled: true, bcrypt-cost: 4}}
channels: {{default-modes: +nt, max-channels-per-client: 100000}}
logging: [{{method: stderr, type: "* -userinput -useroutput", level: warning}}]
lock-file: "{folder}/lock"
datastore: {{path: "{folder}/data.db", autoupgrade: true}}
languages: {{enabled: false}}
limits:
    nicklen: 32
    identlen: 20
    channellen: 64
    awaylen: 390
    kicklen: 390
    topiclen: 390
    monitor-entries: 100
    whowas-entries: 100
    chan-list-modes: 60
    registration-messages: 1024
fakelag: {{enabled: false}}
history: {{enabled: true, channel-length: 2048, client-length: 256, chathistory-maxmessages: 1000}}
"""


def free_port() -> int:
    """Return a TCP port on which nobody listens now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@dataclass
class Running:
    """A server that runs, on a core of its own, with its files in `folder`.

    `line_port` is where it speaks the line protocol, 0 where it does not.
    """

    name: str
    dialect: str
    port: int
    line_port: int
    at_once: int
    folder: Path
    process: "subprocess.Popen[bytes]"

    def pids(self) -> list[int]:
        """Return the ids of its process and of all that this one has started."""
        found = [self.process.pid]
        for pid in found:
            for path in Path(f"/proc/{pid}/task").glob("*/children"):
                found += map(int, path.read_text().split())
        return found

    def wait_until_ready(self) -> None:
        """Wait until it accepts connections; raise RuntimeError with its output if it does not."""
        limit = time.monotonic() + START_SECONDS
        while time.monotonic() < limit and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                time.sleep(0.2)  # its work at the start, and on our connection, ends
                return
        self.stop()
        said = (self.folder / "output").read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{self.name} did not start:\n{said}")

    def stop(self, patience: float = 20) -> None:
        """End it, by force if it takes longer than `patience` seconds."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass(frozen=True)
class Kind:
    """A server that can be measured.

    `command(port, folder, data)` writes what it needs into `folder` and returns the words that
    start it in the foreground; `line_options(port)` are more words of one that speaks the line
    protocol besides; `keeps` tells whether `data` is a folder it keeps messages in;
    `at_once` is how many users may be on their way in at a time: below the number of
    connections that wait to be accepted (listen(2)), else the kernel drops some and their
    clients pause for seconds.
    """

    name: str
    dialect: str
    program: str
    command: Callable[[int, Path, Path], list[str]]
    version: Callable[[], str]
    keeps: bool = False
    at_once: int = 1000
    environment: dict[str, str] = field(default_factory=dict)
    line_options: Callable[[int], list[str]] | None = None

    def missing(self) -> bool:
        """Tell whether its program is not on this machine."""
        return machine.find(self.program) is None

    def start(self, folder: Path, data: Path, core: int) -> Running:
        """Start it on a core and wait until it is ready."""
        folder.mkdir(parents=True, exist_ok=True)
        port = free_port()
        words = self.command(port, folder, data)
        line_port = port if self.dialect == "line" else 0
        if self.line_options is not None:
            line_port = free_port()
            words += self.line_options(line_port)
        with (folder / "output").open("ab") as output:
            process = subprocess.Popen(
                ["taskset", "--cpu-list", str(core), *words],
                cwd=folder,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        running = Running(self.name, self.dialect, port, line_port, self.at_once, folder, process)
        running.wait_until_ready()
        return running


def _ngircd(port: int, folder: Path, _: Path) -> list[str]:
    configuration = folder / "ngircd.conf"
    configuration.write_text(NGIRCD.format(port=port))
    configuration.chmod(0o644)
    return [machine.find("ngircd") or "ngircd", "--nodaemon", "--config", str(configuration)]


def _ngircd_version() -> str:
    return machine.first_line(machine.find("ngircd") or "ngircd", "--version")


def _inspircd_version() -> str:
    return machine.first_line(machine.find("inspircd") or "inspircd", "--version")


def _inspircd_modules() -> str:
    found = sorted(Path("/usr/lib").glob("**/inspircd/modules"))
    return str(found[0]) if found else "/usr/lib/inspircd/modules"


def _inspircd(port: int, folder: Path, _: Path) -> list[str]:
    configuration = folder / "inspircd.conf"
    modules = _inspircd_modules()
    configuration.write_text(INSPIRCD.format(port=port, folder=folder, modules=modules))
    (folder / "motd").write_text("hello\n")
    root = ["--runasroot"] if os.geteuid() == 0 else []
    # Run from here: the package's AppArmor profile, where it is on, lets the one in /usr read
    # its configuration in /etc only.
    program = shutil.copy(machine.find("inspircd") or "inspircd", folder / "program")
    return [str(program), "--nofork", "--config", str(configuration), *root]


def _ergo(port: int, folder: Path, _: Path) -> list[str]:
    configuration = folder / "ergo.yaml"
    configuration.write_text(ERGO.format(port=port, folder=folder))
    (folder / "data.db").unlink(missing_ok=True)
    program = machine.find("ergo") or "ergo"
    subprocess.run(
        [program, "initdb", "--conf", str(configuration)],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    return [program, "run", "--conf", str(configuration)]


def _ergo_version() -> str:
    return machine.first_line(machine.find("ergo") or "ergo", "--version")


@cache
def chatsvc_options(python: str) -> tuple[str, ...]:
    """Return the names of the options that this chatsvc knows."""
    done = subprocess.run(
        [python, "-c", TWISTD, "chatsvc", "--help"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **SOURCE_TREE},
        cwd="/",
    )
    return tuple(re.findall(r"^ +(?:-\w, )?(--[a-z-]+)=?", done.stdout, re.MULTILINE))


def _at(port: int) -> str:
    return f"tcp:{port}:interface=127.0.0.1:backlog=1024"


def chatsvc_command(python: str, data: str, doors: Sequence[str]) -> list[str]:
    """Return the words that start chatsvc with all its limits off; `doors` are its ways in."""
    words = [python, "-c", TWISTD, "--nodaemon", "--pidfile=", "chatsvc", *doors]
    words += ["--data", data, "--lobby", ""]
    known = chatsvc_options(python)
    raised = {"--sessions": "100000", "--rooms": "100000"}
    if "--no-limits" in known:
        return [*words, "--no-limits"]
    return [*words, *(word for pair in raised.items() if pair[0] in known for word in pair)]


SOURCE_TREE = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}


def _chatsvc_version() -> str:
    text = (ROOT / "chatsvc" / "__init__.py").read_text()
    number = re.search(r'__version__ = "(.*)"', text)
    commit = machine.first_line("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")
    state = machine.first_line("git", "-C", str(ROOT), "status", "--porcelain", "-uno")
    return f"{number[1] if number else '?'} {commit}{'+' if state else ''}".strip()


def _python_version(python: str) -> str:
    said = "import platform as p; print(p.python_implementation(), p.python_version())"
    twisted = "import twisted; print('Twisted', twisted.__version__)"
    both = [machine.first_line(python, "-c", code) for code in (said, twisted)]
    return ", ".join([_chatsvc_version(), *both])


def _chatsvc(name: str, python: str, data: str | None = None) -> Kind:
    return Kind(
        name,
        "line",
        python,
        lambda port, _, folder: chatsvc_command(python, data or str(folder), ["--port", _at(port)]),
        lambda: _python_version(python),
        keeps=data is None,
        environment=SOURCE_TREE,
    )


def _chatsvc_irc(name: str, python: str, data: str | None = None) -> Kind:
    return Kind(
        name,
        "irc",
        python,
        lambda port, _, folder: chatsvc_command(
            python, data or str(folder), ["--irc", _at(port), "--irc-replay", "0"]
        ),
        lambda: "",  # that of `chatsvc`: it is the same program
        keeps=data is None,
        environment=SOURCE_TREE,
        line_options=lambda port: ["--port", _at(port)],
    )


def _bare(name: str, keeps: bool) -> Kind:
    program = str(ROOT / "bench" / "bare.py")
    return Kind(
        name,
        "floor",
        sys.executable,
        lambda port, folder, _: [
            sys.executable,
            program,
            str(port),
            *([str(folder / "journal.db")] if keeps else []),
        ],
        lambda: "",
    )


def kinds(floor: Path) -> dict[str, Kind]:
    """Return every kind of server by its name; `floor` is the compiled floor."""
    pypy = shutil.which("pypy3") or "pypy3"
    every = (
        Kind("floor", "floor", str(floor), lambda port, *_: [str(floor), str(port)], lambda: ""),
        _chatsvc("chatsvc", sys.executable),
        _chatsvc_irc("chatsvc-irc", sys.executable),
        Kind("ngircd", "irc", "ngircd", _ngircd, _ngircd_version, at_once=8),  # it listens with 10
        Kind("inspircd", "irc", "inspircd", _inspircd, _inspircd_version),
        _bare("twisted", keeps=False),
        _bare("twisted-log", keeps=True),
        _chatsvc("chatsvc-memory", sys.executable, ":memory:"),
        _chatsvc_irc("chatsvc-irc-memory", sys.executable, ":memory:"),
        Kind("ergo", "irc", "ergo", _ergo, _ergo_version),
        _chatsvc("chatsvc-pypy", pypy),
    )
    return {kind.name: kind for kind in every}


USUAL = ("floor", "chatsvc", "chatsvc-irc", "ngircd", "inspircd")
"""The servers that are measured if none are named."""
