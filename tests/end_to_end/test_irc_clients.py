"""IRC with the clients that people use: irssi, WeeChat, nc, and a bot made with Twisted.

The other side of each conversation speaks the line protocol.
"""

import subprocess
import sys
from itertools import count

from twisted.trial.unittest import TestCase

from tests.end_to_end.irc_client_process import (
    ChatClient,
    IrcServerProcess,
    Irssi,
    WeeChat,
    shared_irc_server,
)
from tests.end_to_end.line_socket import PATIENCE
from tests.end_to_end.server_process import environment, run, skip_without

TEXT = "grüß dich ☕ 你好"

TEXTS = ("Größe, Übermaß", "👨\u200d👩\u200d👧 ja", "שלום עולם, مرحبا", "e\u0301 und ñ")
"""Umlauts, an emoji with joiners, text from right to left, marks that combine."""

_numbers = count(1)


class ClientTests:
    """What holds with either; `Chat` is a class of clients."""

    Chat: type[ChatClient]

    def setUp(self) -> None:
        self.server = shared_irc_server()
        # Every test has people and rooms of its own.
        mark = f"{self.Chat.__name__.lower()}{next(_numbers)}"
        self.nick, self.bobs_nick, self.room = f"ann-{mark}", f"bob-{mark}", f"tea-{mark}"
        self.bob = self.server.client(self.bobs_nick, self.room)

    def chat(self, password: str = "") -> ChatClient:
        """Return a client that is connected as ann."""
        ann = self.Chat(self, self.server, self.nick, password)  # type: ignore[call-arg, arg-type]
        ann.shows(ann.connected)
        return ann

    def heard(self, start: str) -> str:
        """Return the line that bob is sent."""
        return self.bob.until(f"* {start}")[-1]

    def test_a_conversation(self) -> None:
        """Join, talk both ways, direct messages, topics, kicks, parting, quitting."""
        bob, room, nick = self.bob, self.room, self.nick
        ann = self.chat()
        ann.enters(f"/join #{room}")
        self.heard(f"joined {room} {nick}")
        ann.shows("has joined")
        ann.enters(TEXT)
        self.assertTrue(self.heard(f"said {room} 1 ").endswith(f" {nick} {TEXT}"))
        bob.asks(f"send {room} to ann: {TEXT}")
        ann.shows("to ann: grüß dich")
        ann.enters("/topic green tea")
        self.heard(f"topic {room} ")
        bob.asks(f"topic {room} black tea")
        ann.shows("black tea")
        ann.enters(f"/msg {self.bobs_nick} psst")
        self.assertIn(f" {nick} ", self.heard("tell "))
        bob.asks(f"tell {nick} hush")
        ann.goes_to(self.bobs_nick)
        ann.shows("hush")
        ann.goes_to(f"#{room}")
        ann.enters("/me waves")
        self.assertIn("waves", self.heard(f"said {room} "))
        ann.enters(f"/nick {nick}2")
        self.heard(f"renamed {nick} {nick}2")
        ann.enters("/part")
        self.heard(f"left {room} {nick}2")
        ann.enters(f"/join #{room}")
        self.heard(f"joined {room} {nick}2")
        ann.enters("/quit")
        self.heard(f"left {room} {nick}2")
        self.assertEqual(ann.exit_status(), 0)

    def test_kicks_and_modes(self) -> None:
        """Who is kicked sees by whom, whichever way in the two use; so do the others."""
        room, den, nick = self.room, f"den-{self.room}", self.nick
        cat = self.server.client(f"cat-{nick}", room)
        self.bob.asks(f"register s3cret-pass-{nick}")
        self.bob.asks(f"create {den}")
        self.bob.asks(f"join {den}")
        ann = self.chat()
        ann.enters(f"/join #{den}")
        self.heard(f"joined {den} {nick}")
        self.bob.asks(f"kick {den} {nick} too loud")
        ann.shows("too loud")
        ann.enters(f"/join #{den}")
        self.heard(f"joined {den} {nick}")
        self.bob.asks(f"op {den} {nick}")
        self.heard(f"ranked {den} ")
        cat.asks(f"join {den}")
        ann.enters(f"/mode #{den} +v cat-{nick}")
        self.assertIn(f" cat-{nick} voiced {nick}", self.heard(f"ranked {den} "))
        ann.enters(f"/kick #{den} cat-{nick} no cats")
        for kicked in (cat, self.bob):
            line = kicked.until(f"* kicked {den} cat-{nick}")[-1]
            self.assertIn("no cats", line)
        ann.enters(f"/mode #{den} +b *!*@nowhere.example")
        ann.enters(f"/mode #{den} b")
        ann.shows("nowhere.example")
        ann.enters(f"/mode #{den} +i")
        ann.shows("owner")

    def test_an_account(self) -> None:
        """SASL; who was away is shown what they missed, with the times; who is who."""
        room, nick, password = self.room, self.nick, f"pass-of-{self.nick}"
        registrar = self.server.client(nick)
        registrar.asks(f"register {password}")
        registrar.close()
        ann = self.chat(password)
        ann.enters(f"/join #{room}")
        self.heard(f"joined {room} {nick}")
        ann.enters("/quit")
        self.assertEqual(ann.exit_status(), 0)
        self.bob.until(f"* left {room} {nick}")
        self.bob.asks(f"send {room} while you were out")
        said = self.bob.asks(f"history {room} 1")[0]
        again = self.Chat(self, self.server, nick, password)  # type: ignore[call-arg, arg-type]
        if self.Chat is Irssi:
            again.shows(again.connected)
        again.goes_to(f"#{room}")
        again.shows("while you were out")
        clock = said.split(" ")[4][11:16]
        self.assertRegex(again.text, rf"(?m){clock}.*while you were out")
        self.bob.asks("away walking the dog")
        again.enters(f"/whois {self.bobs_nick}")
        again.enters("/away to lunch")
        self.heard(f"away {nick} ")
        again.enters("/list")
        if self.Chat is Irssi:
            again.enters("/window 1")
        else:
            again.enters("/buffer irc.server.test")
        again.shows("walking the dog")
        again.shows(f"#{room}")

    def test_letters_of_all_kinds_and_long_texts(self) -> None:
        """Nothing is lost or changed: not a joiner, not a mark, not the end of 4 KB."""
        ann = self.chat()
        room = f"küche-{self.room}"
        self.bob.asks(f"join {room}")
        ann.enters(f"/join #{room}")
        ann.shows("has joined")
        for number, text in enumerate(TEXTS, 1):
            ann.enters(text)
            self.assertTrue(self.heard(f"said {room} {number} ").endswith(f" {self.nick} {text}"))
        self.bob.asks(f"send {room} {TEXTS[0]}")
        ann.shows(TEXTS[0])
        ann.enters(f"/nick ännchen-{self.nick}")
        self.heard(f"renamed {self.nick} ännchen-{self.nick}")
        words = [f"w{number:04}" for number in range(650)]
        self.bob.asks(f"send {room} {' '.join(words)}")
        ann.shows(words[-1])
        shown = ann.text
        missing = [word for word in words if word not in shown]
        self.assertEqual(missing, [])


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
