"""IRC with the clients that people use: irssi, WeeChat, nc, and a bot made with Twisted.

The other side of each conversation speaks the line protocol.
"""

import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import TestCase

from tests.end_to_end.client_process import Terminal
from tests.end_to_end.line_socket import PATIENCE
from tests.end_to_end.server_process import (
    LOOPBACK,
    ServerProcess,
    environment,
    run,
    skip_without,
    temporary_folder,
)

TEXT = "grüß dich ☕ 你好"


IRSSI_CONFIG = """
settings = { "irc/core" = { cmd_queue_speed = "1msec"; cmds_max_at_once = "100"; }; };
"""
"""Without waits of seconds between messages."""


class IrcServerProcess(ServerProcess):
    """A server with both doors."""

    def __init__(self, test: TestCase, *options: str) -> None:
        super().__init__(
            test, "--port", LOOPBACK, "--irc", LOOPBACK, "--irc-name", "irc.test", *options
        )

    @property
    def irc_port(self) -> int:
        """The port where IRC is spoken: the second it listens on."""
        return self.ports[1]


class Irssi(Terminal):
    """irssi, connected as `nick`."""

    def __init__(self, test: TestCase, server: IrcServerProcess, nick: str) -> None:
        home = temporary_folder(test)
        Path(home, "config").write_text(IRSSI_CONFIG)
        super().__init__(
            test, "irssi", f"--home={home}", "-c", "127.0.0.1", "-p", str(server.irc_port),
            "-n", nick, HOME=home, LC_ALL="C.UTF-8",
        )  # fmt: skip
        self.shows("Mode change [+i]")

    def goes_to(self, window: str) -> None:
        """Look at a channel or a conversation."""
        self.enters(f"/window goto {window}")


class WeeChat(Terminal):
    """WeeChat, connected as `nick`."""

    def __init__(self, test: TestCase, server: IrcServerProcess, nick: str) -> None:
        home = temporary_folder(test)
        commands = (
            # Waits of seconds between messages: the one of this version, that of later ones.
            "/set irc.server_default.anti_flood_prio_high 0",
            "/set irc.server_default.anti_flood 0",
            # What a test types at once is no paste to ask about.
            "/set weechat.look.paste_max_lines -1",
            f"/server add test 127.0.0.1/{server.irc_port} -notls -nicks={nick}",
            "/connect test",
        )
        words = [word for command in commands for word in ("-r", command)]
        super().__init__(
            test, "weechat", "--dir", home, "--no-script", *words, HOME=home, LC_ALL="C.UTF-8"
        )
        self.shows("MOTD File is missing")

    def goes_to(self, window: str) -> None:
        """Look at a channel or a conversation."""
        self.shows(f".  {window}")
        self.enters(f"/buffer {window}")


class ClientTests:
    """What holds with either; `Chat` is a class of clients."""

    Chat: type[Irssi] | type[WeeChat]

    def setUp(self) -> None:
        self.server = IrcServerProcess(self, "--lobby", "")  # type: ignore[arg-type]
        self.bob = self.server.client("bob", "tea")

    def heard(self, start: str) -> str:
        """Return the line that bob is sent."""
        return self.bob.until(start)[-1]

    def test_a_conversation(self) -> None:
        """Join, talk both ways, direct messages, topics, Unicode, kicks, parting, quitting."""
        bob = self.bob
        ann = self.Chat(self, self.server, "ann")  # type: ignore[arg-type]
        ann.enters("/join #tea")
        self.heard("* joined tea ann")
        ann.shows("has joined")
        ann.enters(TEXT)
        self.assertTrue(self.heard("* said tea 1 ").endswith(f" ann {TEXT}"))
        bob.asks(f"send tea to ann: {TEXT}")
        ann.shows("to ann: grüß dich")
        ann.enters("/topic green tea")
        self.heard("* topic tea ")
        bob.asks("topic tea black tea")
        ann.shows("black tea")
        ann.enters("/msg bob psst")
        self.assertIn(" ann ", self.heard("* tell "))
        bob.asks("tell ann hush")
        ann.goes_to("bob")
        ann.shows("hush")
        ann.goes_to("#tea")
        ann.enters("/me waves")
        self.assertIn("waves", self.heard("* said tea "))
        ann.enters("/nick anna")
        self.heard("* renamed ann anna")
        ann.enters("/part")
        self.heard("* left tea anna")
        ann.enters("/join #tea")
        self.heard("* joined tea anna")
        ann.enters("/quit")
        self.heard("* left tea anna")
        self.assertEqual(ann.exit_status(), 0)

    def test_a_kick(self) -> None:
        """Who is kicked sees by whom."""
        owner = self.server.client("olga")
        owner.asks("register s3cret-pass")
        owner.asks("create den")
        owner.asks("join den")
        ann = self.Chat(self, self.server, "ann")  # type: ignore[arg-type]
        ann.enters("/join #den")
        owner.until("* joined den ann")
        owner.asks("kick den ann too loud")
        ann.shows("kicked")
        ann.shows("too loud")


class NetcatTests(TestCase):
    """Typed by hand, with the examples of RFC 1459 (4.1, 4.2, 4.4) and RFC 2812."""

    skip = skip_without("nc")

    def test_a_session(self) -> None:
        server = IrcServerProcess(self, "--lobby", "")
        wiz = server.client("Angel", "Twilight_zone")
        typed = (
            "NICK Wiz",
            "USER guest tolmoon tolsun :Ronnie Reagan",
            "JOIN #Twilight_zone",
            "TOPIC #Twilight_zone :New topic",
            "TOPIC #Twilight_zone",
            "PRIVMSG Angel :yes I'm receiving it !",
            "PRIVMSG #Twilight_zone :are you receiving this ?",
            "PRIVMSG nobody :hello",
            "NAMES #Twilight_zone",
            "PING tolsun.oulu.fi",
            "FOO",
            "PART #Twilight_zone :I lost",
            "QUIT :Gone to have lunch",
        )
        words = ("nc", "127.0.0.1", str(server.irc_port))
        done = run(*words, input="".join(f"{line}\n" for line in typed))
        lines = done.stdout.splitlines()
        numerics = [line.split(" ")[1] for line in lines]
        for number in ("001", "002", "003", "004", "005", "422", "332", "353", "366", "401", "421"):
            self.assertIn(number, numerics, done.stdout)
        self.assertRegex(done.stdout, r"(?m)^:Wiz!guest@\S+ JOIN #Twilight_zone$")
        self.assertIn(":irc.test PONG irc.test tolsun.oulu.fi", lines)
        self.assertRegex(lines[-1], r"^ERROR :.*Gone to have lunch")
        heard = wiz.settle()
        words_of = [line.split(" ")[1] for line in heard]
        self.assertEqual(words_of, ["joined", "topic", "tell", "said", "left"], heard)


BOT = """
import sys
from twisted.internet import protocol, reactor
from twisted.words.protocols import irc

class Bot(irc.IRCClient):
    nickname = "bot"
    def signedOn(self):
        self.join("#tea")
    def joined(self, channel):
        self.say(channel, "here I am")
    def userJoined(self, user, channel):
        self.say(channel, f"welcome {user}")
    def privmsg(self, user, channel, message):
        nick = user.partition("!")[0]
        if channel == self.nickname:
            self.msg(nick, f"you said {message}")
        elif message.startswith("bot: topic "):
            self.topic(channel, message.removeprefix("bot: topic "))
        elif message.startswith("bot: go"):
            self.quit("gone")
        elif message.startswith("bot: "):
            self.say(channel, f"{nick}: {message.removeprefix('bot: ')}")
    def connectionLost(self, reason):
        reactor.stop()

protocol.ClientCreator(reactor, Bot).connectTCP("127.0.0.1", int(sys.argv[1]))
reactor.run()
"""


class BotTests(TestCase):
    """A bot as twisted.words makes one: not a capability asked for, plain RFC 1459."""

    def test_a_bot(self) -> None:
        server = IrcServerProcess(self, "--lobby", "")
        bob = server.client("bob", "tea")
        bot = subprocess.Popen([sys.executable, "-c", BOT, str(server.irc_port)], env=environment())
        self.addCleanup(bot.wait, PATIENCE)
        self.addCleanup(bot.kill)
        bob.until("* joined tea bot")
        self.assertTrue(bob.until("* said tea 1 ")[-1].endswith(" bot here I am"))
        bob.asks(f"send tea bot: {TEXT}")
        self.assertTrue(bob.until("* said tea 3 ")[-1].endswith(f" bot bob: {TEXT}"))
        bob.asks("tell bot hello")
        self.assertTrue(bob.until("* tell ")[-1].endswith(" bot you said hello"))
        bob.asks("send tea bot: topic green")
        self.assertTrue(bob.until("* topic tea ")[-1].endswith(" bot green"))
        server.client("ann", "tea")
        self.assertTrue(bob.until("* said tea 5 ")[-1].endswith(" bot welcome ann"))
        bob.asks("send tea bot: go")
        bob.until("* left tea bot")
        self.assertEqual(bot.wait(PATIENCE), 0)


class IrssiTests(ClientTests, TestCase):
    Chat = Irssi
    skip = skip_without("irssi")


class WeeChatTests(ClientTests, TestCase):
    Chat = WeeChat
    skip = skip_without("weechat")
