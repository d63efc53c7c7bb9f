"""Names that change hands at the wrong moment."""

from base64 import b64encode

from twisted.trial.unittest import TestCase

from tests.protocols.irc.conversation import IrcServer
from tests.torture.world import check_state


def plain(name: str, password: str) -> str:
    """Return the AUTHENTICATE line with these."""
    return "AUTHENTICATE " + b64encode(f"\0{name}\0{password}".encode()).decode()


class KickedMeanwhileTests(TestCase):
    """While it is not in the log yet that an account is put out, somebody comes from it."""

    def test_who_comes_under_another_nick_goes_by_that_nick_and_hears_no_more(self) -> None:
        server = IrcServer(self)
        olga = server.client("olga").says("register x", "create den")
        server.client("bob").says("register sesame", "join den", "quit")
        eve, ann = server.irc("eve", "#den"), server.raw()
        ann.says("CAP REQ :sasl", "AUTHENTICATE PLAIN", plain("bob", "sesame"))
        server.forget()
        server.faulty.hold()
        olga.says("kick den bob enough")
        ann.says("NICK ann", "USER ann 0 * :Ann", "CAP END")
        server.faulty.release()
        server.settle()
        self.assertEqual(
            [line.split(" ", 1)[1] for line in eve.takes()], ["JOIN #den", "KICK #den ann enough"]
        )
        self.assertIn("KICK #den ann enough", "".join(ann.takes()))
        olga.says("send den secret")
        ann.gets_nothing()


class JoinedMeanwhileTests(TestCase):
    """While it is not in the log yet that an account has joined or left, it takes another nick."""

    def test_it_comes_and_goes_by_the_nick_that_it_has_then(self) -> None:
        server = IrcServer(self)
        server.client("bob").says("register sesame", "quit")
        watcher = server.irc("eve", "#den")
        first = server.irc("ann", caps="sasl").says("AUTHENTICATE PLAIN", plain("bob", "sesame"))
        second = server.raw().says("CAP REQ :sasl", "AUTHENTICATE PLAIN", plain("bob", "sesame"))
        second.says("NICK x", "USER x 0 * :X", "CAP END")
        for command, nick in (("JOIN", "ann2"), ("PART", "ann3")):
            server.forget()
            server.faulty.hold()
            first.says(f"{command} #den")
            second.says(f"NICK {nick}")
            server.faulty.release()
            server.settle()
            self.assertEqual(watcher.takes()[-1].partition("!")[0], f":{nick}")
            check_state(server.hub.manager.state, 3)


class AtOnceTests(TestCase):
    def test_two_guests_who_become_one_account_at_once_are_one_person(self) -> None:
        """The second of them leaves no member behind who is nobody."""
        server = IrcServer(self)
        server.client("bob").says("register sesame", "quit")
        clients = [server.irc(nick, "#den", caps="sasl") for nick in ("ann", "eve")]
        olga = server.client("olga", "den")
        server.forget()
        server.faulty.hold()
        for client in clients:
            client.says("AUTHENTICATE PLAIN", plain("bob", "sesame"))
        server.faulty.release()
        server.settle()
        check_state(server.hub.manager.state, 3)
        self.assertEqual(
            [line.split(" ")[2] for line in olga.says("who den").takes() if line[0] == "="],
            ["ann", "olga"],
        )
