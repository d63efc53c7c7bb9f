"""Let irctest, the conformance suite of IRC servers, start and stop this server.

irctest is not a part of this project. Where it is checked out and installed:

    PYTHONPATH=/path/to/this/project/tests/conformance python -m pytest \
        --controller irctest_controller \
        -m 'not implementation-specific and not deprecated and not strict' \
        irctest/server_tests

It may run in a virtual environment of its own; this server is started with the Python that
`CHATSVC_PYTHON` names, else with the one that runs the suite.

The suite: https://github.com/progval/irctest
"""

import os
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from irctest import patma
from irctest.basecontrollers import (
    BaseServerController,
    DirectoryBasedController,
    TestCaseControllerConfig,
)
from irctest.runner import NotImplementedByController
from irctest.specifications import Capabilities, OptionalBehaviors

ROOT = Path(__file__).parents[2]
PYTHON = os.environ.get("CHATSVC_PYTHON", sys.executable)
TWISTD = (PYTHON, "-c", "from twisted.scripts.twistd import run; run()")

SERVER_NAME = "My.Little.Server"
SERVER_INFO = "test server"
OPERATOR = "operuser operpassword"
"""What the suite takes for granted."""

LINE_SECONDS = 10.0
"""How long the line protocol may take to register an account."""


class ChatsvcController(BaseServerController, DirectoryBasedController):
    """One server with a fresh data folder for each test."""

    software_name = "chatsvc"
    _port_wait_interval = 0.02
    supported_sasl_mechanisms = {"PLAIN", "EXTERNAL", "SCRAM-SHA-256"}
    supports_sts = True
    extban_mute_char = "m"
    capabilities = frozenset(Capabilities)
    optional_behaviors = frozenset(OptionalBehaviors) - {OptionalBehaviors.NON_UTF8_MESSAGE}
    isupport = {
        "BOT": "B",
        "CASEMAPPING": "ascii",
        "ELIST": "CMNTU",
        "EXCEPTS": None,
        "INVEX": None,
        "MONITOR": patma.ANYSTR,
        "MSGREFTYPES": "msgid,timestamp",
        "PREFIX": "(ov)@+",
        "STATUSMSG": "@+",
        "TARGMAX": patma.ANYSTR,
        "UTF8ONLY": None,
        "WHOX": None,
    }

    def __init__(self, test_config: TestCaseControllerConfig) -> None:
        super().__init__(test_config)
        self._line_port = 0
        self._command: list[str] = []

    def run(
        self,
        hostname: str,
        port: int,
        *,
        password: str | None,
        ssl: bool,
        run_services: bool,
        faketime: str | None,
        websocket_hostname: str | None,
        websocket_port: int | None,
    ) -> None:
        """Start a server on these ports; `run_services` needs nothing, accounts are built in."""
        if self.test_config.account_registration_requires_email:
            raise NotImplementedByController("accounts with a mail address")
        self.create_config()
        self.hostname, self.port = hostname, port
        line_hostname, self._line_port = self.get_hostname_and_port()
        assert self.directory is not None
        where = f"tcp:{port}:interface={hostname}"
        opers = self.directory / "opers"
        opers.write_text(f"{OPERATOR}\n", encoding="utf-8")
        options = {
            "--data": str(self.directory / "data"),
            "--port": f"tcp:{self._line_port}:interface={line_hostname}",
            "--lobby": "",
            "--password-cost": "test",
            "--irc-name": SERVER_NAME,
            "--irc-info": SERVER_INFO,
            "--irc-replay": "0",
            "--opers": str(opers),
            "--irc-tls" if ssl else "--irc": where,
        }
        if password is not None:
            options["--irc-password"] = password
        if websocket_port is not None:
            options["--irc-websocket"] = f"tcp:{websocket_port}:interface={websocket_hostname}"
        flags = ["--no-limits", "--irc-any-origin", "--scram"]
        if not self.test_config.account_registration_before_connect:
            flags.append("--irc-register-after-connect")
        words = [word for option in options.items() if _knows(option[0]) for word in option]
        flags = [flag for flag in flags if _knows(flag)]
        self._command = [*TWISTD, "-n", "--pidfile=", "chatsvc", *words, *flags]
        self._start(faketime)

    def _start(self, faketime: str | None = None) -> None:
        """Start the server, in its folder; under faketime the clock runs as it says."""
        command = self._command
        self.faketime_enabled = bool(faketime) and _has("faketime")
        if faketime and self.faketime_enabled:
            command = ["faketime", "-f", faketime, *command]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.proc = self.execute(command, cwd=self.directory, env=environment)

    def restart(self) -> None:
        """Start the server again with what it has kept."""
        self.kill_proc()
        self.port_open = False
        self._start()
        self.wait_for_port()

    def wait_for_services(self) -> None:
        """Wait for nothing: who can connect can register."""

    def registerUser(self, case: Any, username: str, password: str | None = None) -> None:
        """Register an account, by the line protocol, whose lines are long enough for all."""
        self.wait_for_port()
        assert password is not None
        address = (self.hostname, self._line_port)
        with socket.create_connection(address, LINE_SECONDS) as connection:
            lines = connection.makefile("rwb")
            for request in (f"nick {username}", f"register {password}", "quit"):
                lines.write(f"{request}\n".encode())
            lines.flush()
            answers = lines.read().decode()
        assert f"+ registered {username}" in answers, answers


@cache
def _help() -> str:
    """Return what the server says of its options."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [*TWISTD, "chatsvc", "--help"]
    return subprocess.run(command, env=environment, capture_output=True, text=True).stdout


def _knows(option: str) -> bool:
    """Tell whether the server has an option: one that it lacks is no reason to start nothing."""
    return f"{option}=" in _help() or f"{option} " in _help()


def _has(program: str) -> bool:
    folders = os.environ.get("PATH", "").split(os.pathsep)
    return any((Path(folder) / program).exists() for folder in folders)


def get_irctest_controller_class() -> type[ChatsvcController]:
    """Return the class; irctest asks for it."""
    return ChatsvcController
