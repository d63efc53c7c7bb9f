"""Start irssi and WeeChat in a terminal that we can look at, and a server for them.

    ann = Irssi(self, shared_irc_server(), "ann")
    ann.enters("/join #tea")
    ann.shows("has joined")

Both are told to send at once what they otherwise hold back for seconds.
"""

import atexit
from functools import cache
from pathlib import Path

from twisted.trial.unittest import TestCase

from tests.end_to_end.client_process import Terminal
from tests.end_to_end.server_process import LOOPBACK, ServerProcess, temporary_folder

IRSSI_CONFIG = """
settings = {{
  "irc/core" = {{ cmd_queue_speed = "1msec"; cmds_max_at_once = "100"; }};
  "fe-common/core" = {{ show_server_time = "yes"; }};
}};
chatnets = {{ net = {{ type = "IRC"; {sasl} }}; }};
servers = ({{ address = "127.0.0.1"; port = "{port}"; chatnet = "net"; autoconnect = "yes"; }});
"""

IRSSI_SASL = 'sasl_mechanism = "PLAIN"; sasl_username = "{}"; sasl_password = "{}";'


class IrcServerProcess(ServerProcess):
    """A server with both doors."""

    def __init__(self, test: TestCase | None, *options: str) -> None:
        super().__init__(
            test, "--port", LOOPBACK, "--irc", LOOPBACK, "--irc-name", "irc.test", *options
        )

    @property
    def irc_port(self) -> int:
        """The port where IRC is spoken: the second it listens on."""
        return self.ports[1]


@cache
def shared_irc_server() -> IrcServerProcess:
    """Return a server for all tests, each of which keeps to rooms and nicks of its own."""
    server = IrcServerProcess(None, "--lobby", "", "--scram", "--password-cost", "test")
    atexit.register(server.end)
    return server


class ChatClient(Terminal):
    """An IRC client in a terminal that takes long texts."""

    size = (180, 60)
    connected = ""

    def goes_to(self, window: str) -> None:
        """Look at a channel or a conversation."""
        raise NotImplementedError


class Irssi(ChatClient):
    """irssi, connected as `nick`, logged in to its account if there is a `password`."""

    connected = "Mode change [+i]"

    def __init__(
        self, test: TestCase, server: IrcServerProcess, nick: str, password: str = ""
    ) -> None:
        home = temporary_folder(test)
        sasl = IRSSI_SASL.format(nick, password) if password else ""
        config = IRSSI_CONFIG.format(sasl=sasl, port=server.irc_port)
        Path(home, "config").write_text(config)
        super().__init__(
            test,
            "irssi",
            f"--home={home}",
            "-n",
            nick,
            HOME=home,
            LC_ALL="C.UTF-8",
            TZ="UTC",
            TERM="screen-256color",
        )

    def goes_to(self, window: str) -> None:
        """Look at a channel or a conversation."""
        self.enters(f"/window goto {window}")


class WeeChat(ChatClient):
    """WeeChat, connected as `nick`, logged in to its account if there is a `password`."""

    connected = "MOTD File is missing"
    mechanism = "scram-sha-256"

    def __init__(
        self, test: TestCase, server: IrcServerProcess, nick: str, password: str = ""
    ) -> None:
        home = temporary_folder(test)
        sasl = f" -sasl_mechanism={self.mechanism} -sasl_username={nick} -sasl_password={password}"
        commands = (
            # Waits of seconds between messages: the one of this version, that of later ones.
            "/set irc.server_default.anti_flood_prio_high 0",
            "/set irc.server_default.anti_flood 0",
            # What a test types at once is no paste to ask about.
            "/set weechat.look.paste_max_lines -1",
            f"/server add test 127.0.0.1/{server.irc_port} -notls -nicks={nick}"
            + (sasl if password else ""),
            "/connect test",
        )
        words = [word for command in commands for word in ("-r", command)]
        super().__init__(
            test, "weechat", "--dir", home, "--no-script", *words,
            HOME=home, LC_ALL="C.UTF-8", TZ="UTC", TERM="screen-256color",
        )  # fmt: skip

    def goes_to(self, window: str) -> None:
        """Look at a channel or a conversation."""
        self.shows(f".  {window}")
        self.enters(f"/buffer {window}")
