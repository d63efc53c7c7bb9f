"""005 is honest: each token is compared with what the server does.

Source: https://modern.ircdocs.horse/#rplisupport-parameters. A token without a test is missing
from `CHECKS`, and that is a failure.
"""

from collections.abc import Callable

import attrs
from twisted.trial.unittest import TestCase

from chatsvc.core.limits import DEFAULT_LIMITS
from tests.protocols.irc.conversation import IrcClient, IrcServer, command_of

LIMITS = attrs.evolve(
    DEFAULT_LIMITS.lifted(), nick_length=16, room_length=20, rooms_per_session=3, room_sanctions=4
)


class TokenTests(TestCase):
    """One server with small limits, and ann at its door."""

    def setUp(self) -> None:
        self.server = IrcServer(self, limits=LIMITS)
        self.ann = self.server.irc("ann", "#tea", caps="message-tags")
        self.bob = self.server.irc("bob", "#tea", caps="message-tags")
        self.tokens = self.announced()
        self.server.forget()

    def announced(self) -> dict[str, str]:
        """Return the tokens, as VERSION shows them."""
        rows = [line for line in self.ann.says("VERSION").takes() if " 005 " in line]
        words = [word for row in rows for word in row.split(" :")[0].split(" ")[3:]]
        return {word.partition("=")[0]: word.partition("=")[2] for word in words}

    def number(self, token: str) -> int:
        return int(self.tokens[token])

    def one(self, client: IrcClient, line: str) -> str:
        """Return the one line that answers another one."""
        self.server.forget()
        [answer] = client.says(line).takes()
        return answer

    def told(self, line: str) -> str:
        """Return what bob is told of what ann says."""
        self.server.forget()
        self.ann.says(line).takes()
        return self.bob.takes()[-1]

    def test_every_token_is_looked_at(self) -> None:
        self.assertEqual(set(self.tokens), set(CHECKS))

    def test_each_token_is_true(self) -> None:
        for check in dict.fromkeys(CHECKS.values()):
            self.setUp()
            check(self)

    # Names

    def look_at_casemapping(self) -> None:
        """ASCII letters are the same in both cases."""
        self.assertEqual(self.tokens["CASEMAPPING"], "ascii")
        self.ann.says("JOIN #TEA").gets_nothing()
        self.assertIn(" 353 ", self.ann.says("NAMES #tEa").takes()[0])
        self.assertIn(" 433 ", self.one(self.bob, "NICK ANN"))

    def look_at_chantypes(self) -> None:
        for sign in "#&+!":
            answer = self.ann.says(f"JOIN {sign}x{ord(sign)}").takes()[0]
            self.assertEqual(" JOIN " in answer, sign in self.tokens["CHANTYPES"], answer)

    def look_at_channellen(self) -> None:
        most = self.number("CHANNELLEN")
        for length, numbers in ((most, ("JOIN", "353", "366")), (most + 1, ("476",))):
            self.server.forget()
            self.ann.says("JOIN #" + "x" * (length - 1)).gets_numerics(*numbers)

    def look_at_nicklen(self) -> None:
        most = self.number("NICKLEN")
        self.assertIn(" NICK ", self.one(self.ann, "NICK " + "x" * most))
        self.assertIn(" 432 ", self.one(self.ann, "NICK " + "x" * (most + 1)))

    def look_at_userlen(self) -> None:
        most = self.number("USERLEN")
        client = self.server.raw().says("NICK zed", f"USER {'u' * (most + 5)} 0 * :{'r' * 400}")
        rows = client.says("WHOIS zed").takes()
        row = next(each for each in rows if " 311 " in each)
        self.assertEqual(row.split(" ")[4], "u" * most)
        self.assertEqual(row.rpartition(" ")[2].lstrip(":"), "r" * self.number("NAMELEN"))

    def look_at_hostlen(self) -> None:
        hosts = ("192.0.2.255", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "127.0.0.1", "")
        for host in hosts:
            shown = self.server.hub.manager.state.cloak(host)
            self.assertLessEqual(len(shown), self.number("HOSTLEN"))

    def look_at_namelen(self) -> None:
        most = self.number("NAMELEN")
        self.ann.says("CAP REQ :setname standard-replies").takes()
        self.assertIn(" SETNAME ", self.one(self.ann, "SETNAME :" + "x" * most))
        self.assertIn("FAIL SETNAME ", self.one(self.ann, "SETNAME :" + "x" * (most + 1)))

    def look_at_network(self) -> None:
        first = self.server.raw().says("NICK zed", "USER zed 0 * :x").takes()[0]
        self.assertIn(f"Welcome to {self.tokens['NETWORK']}", first)

    # Lengths of texts

    def look_at_awaylen(self) -> None:
        self.ann.says("AWAY :" + "x" * (self.number("AWAYLEN") + 9))
        rows = self.bob.says("WHOIS ann").takes()
        row = next(each for each in rows if " 301 " in each)
        self.assertEqual(row.rpartition(" ")[2].lstrip(":"), "x" * self.number("AWAYLEN"))

    def look_at_topiclen(self) -> None:
        topic = self.told("TOPIC #tea :" + "x" * (self.number("TOPICLEN") + 9))
        self.assertEqual(topic.rpartition(" ")[2], "x" * self.number("TOPICLEN"))

    def look_at_kicklen(self) -> None:
        kick = self.told("KICK #tea bob :" + "x" * (self.number("KICKLEN") + 9))
        self.assertEqual(kick.rpartition(" ")[2], "x" * self.number("KICKLEN"))

    def look_at_keylen(self) -> None:
        most = self.number("KEYLEN")
        self.assertIn(" 696 ", self.one(self.ann, "MODE #tea +k " + "k" * (most + 1)))
        self.assertIn(" MODE ", self.one(self.ann, "MODE #tea +k " + "k" * most))
        self.bob.says("PART #tea", f"JOIN #tea {'k' * most}")
        self.assertIn(" 366 ", self.bob.takes()[-1])

    # Modes

    def look_at_chanmodes(self) -> None:
        """A: lists; B: always a parameter; C: a parameter when set; D: none."""
        lists, always, when_set, never = self.tokens["CHANMODES"].split(",")
        for letter in lists:
            numeric = {"b": " 368 ", "e": " 349 ", "I": " 347 "}[letter]
            self.assertIn(numeric, self.ann.says(f"MODE #tea {letter}").takes()[-1])
        for letter in always + when_set:
            self.assertIn(" 461 ", self.one(self.ann, f"MODE #tea +{letter}"))
            set_, gone = self.ann.says(f"MODE #tea +{letter} 5", f"MODE #tea -{letter} 5").takes()
            self.assertTrue(set_.endswith(f" +{letter} 5"), set_)
            self.assertIn(f" -{letter}", gone)
            self.assertEqual(gone.split(" ")[-1] == f"-{letter}", letter in when_set)
        for letter in never:
            signs = (f"MODE #tea {sign}{letter}" for sign in "-+-")
            lines = self.ann.says(*signs).takes()
            self.assertTrue(lines[-1].endswith(f"-{letter}"), lines)
        known = set(lists + always + when_set + never) | {"o", "v"}
        for letter in map(chr, [*range(65, 91), *range(97, 123)]):
            refused = any(" 472 " in each for each in self.ann.says(f"MODE #tea {letter}").takes())
            self.assertEqual(refused, letter not in known, letter)

    def look_at_prefix(self) -> None:
        letters, signs = self.tokens["PREFIX"][1:].split(")")
        self.assertEqual(len(letters), len(signs))
        for letter, sign in zip(letters, signs, strict=True):
            self.told(f"MODE #tea +{letter} bob")
            names = self.ann.says("NAMES #tea").takes()[0]
            self.assertIn(f"{sign}bob", names.partition(" #tea ")[2].lstrip(":").split(" "))
            self.ann.says(f"MODE #tea -{letter} bob")

    def look_at_excepts_and_invex(self) -> None:
        """Without a value they are `e` and `I`."""
        excepts, invex = self.tokens["EXCEPTS"] or "e", self.tokens["INVEX"] or "I"
        self.ann.says(f"MODE #tea +{excepts} eve", "MODE #tea +b eve", f"MODE #tea +{invex} ida")
        eve = self.server.irc("eve").says("JOIN #tea")
        self.assertIn(" JOIN #tea", eve.takes()[0])
        self.ann.says("MODE #tea +i").takes()
        self.server.irc("ida").says("JOIN #tea").gets_numerics("JOIN", "353", "366")
        self.server.irc("idb").says("JOIN #tea").gets_numerics("473")

    def look_at_extbans(self) -> None:
        """Each letter works, no other does; `a` is by account (account-extban)."""
        sign, letters = self.tokens["EXTBAN"].split(",")
        self.assertIn(self.tokens["ACCOUNTEXTBAN"], letters)
        masks = {"a": "val", "m": "eve", "U": "*"}
        self.assertEqual(set(masks), set(letters))
        for letter in map(chr, [*range(65, 91), *range(97, 123)]):
            mask = f"{sign}{letter}:{masks.get(letter, 'eve')}"
            answer = self.ann.says(f"MODE #tea +e {mask}").takes()[0]
            self.assertEqual(" 696 " not in answer, letter in letters, answer)
            self.ann.says(f"MODE #tea -e {mask}").takes()
        val = self.server.irc("val").says("REGISTER * * sesame", "NICK other")
        self.server.forget()
        self.ann.says(f"MODE #tea +b {sign}{self.tokens['ACCOUNTEXTBAN']}:val").takes()
        self.assertIn(" 474 ", val.says("JOIN #tea").takes()[-1])

    def look_at_maxlist(self) -> None:
        """All lists together have so many entries."""
        letters, most = self.tokens["MAXLIST"].split(":")
        self.assertEqual(letters, self.tokens["CHANMODES"].split(",")[0])
        for number in range(int(most)):
            line = f"MODE #tea +{letters[number % len(letters)]} m{number}"
            self.assertIn(" MODE ", self.one(self.ann, line))
        for letter in letters:
            self.assertIn(" 478 ", self.one(self.ann, f"MODE #tea +{letter} more"))

    def look_at_modes(self) -> None:
        most = self.number("MODES")
        sanctions = attrs.evolve(LIMITS, room_sanctions=100)
        self.server.hub.manager.state.limits = sanctions
        masks = " ".join(f"m{number}" for number in range(most + 3))
        answer = self.one(self.ann, f"MODE #tea +{'b' * (most + 3)} {masks}")
        self.assertTrue(answer.endswith(f" m{most - 1}!*@*"), answer)

    def look_at_bot(self) -> None:
        self.assertIn(
            f" +{self.tokens['BOT']}", self.one(self.ann, f"MODE ann +{self.tokens['BOT']}")
        )
        self.assertIn("bot", self.told("PRIVMSG #tea :hi").split(" ")[0])

    # Bounds

    def look_at_chanlimit(self) -> None:
        sign, most = self.tokens["CHANLIMIT"].split(":")
        self.assertEqual(sign, self.tokens["CHANTYPES"])
        for number in range(1, int(most)):
            self.ann.says(f"JOIN {sign}r{number}")
        self.assertIn(" 366 ", self.ann.takes()[-1])
        self.assertIn(" 405 ", self.one(self.ann, "JOIN #more"))

    def look_at_monitor(self) -> None:
        most = self.number("MONITOR")
        self.ann.says("MONITOR + " + ",".join(f"m{number}" for number in range(most // 2)))
        self.ann.says("MONITOR + " + ",".join(f"n{number}" for number in range(most - most // 2)))
        self.assertNotIn(" 734 ", "".join(self.ann.takes()))
        self.assertIn(f" 734 ann {most} more", self.ann.says("MONITOR + more").takes()[-1])

    def look_at_statusmsg(self) -> None:
        ranked = {"@": "o", "+": "v"}
        self.assertEqual(set(self.tokens["STATUSMSG"]), set(ranked))
        for sign, letter in ranked.items():
            self.ann.says(f"PRIVMSG {sign}#tea :x", f"MODE #tea +{letter} bob").takes()
            self.bob.gets_numerics("MODE")
            self.assertIn(f" PRIVMSG {sign}#tea ", self.told(f"PRIVMSG {sign}#tea :x"))
            self.ann.says(f"MODE #tea -{letter} bob")
            self.server.forget()

    def look_at_targmax(self) -> None:
        """One more than so many targets is refused, or passed over; "" has no bound."""
        bounds = dict(each.split(":") for each in self.tokens["TARGMAX"].split(","))
        unbound = {"JOIN", "LIST", "NAMES", "PART"}
        bound = {"PRIVMSG", "NOTICE", "TAGMSG", "KICK", "WHOIS"}
        self.assertEqual(set(bounds), unbound | bound)
        self.assertTrue(all(not bounds[name] for name in unbound))
        self.server.hub.manager.state.limits = DEFAULT_LIMITS.lifted()
        for command in ("PRIVMSG", "NOTICE", "TAGMSG"):
            self.look_at_targets(command, int(bounds[command]))
        rooms = ",".join(f"#r{number}" for number in range(12))
        for command, end, count in (("JOIN", "366", 12), ("LIST", "322", 12), ("PART", "PART", 12)):
            lines = self.ann.says(f"{command} {rooms}").takes()
            self.assertEqual(sum(command_of(line) == end for line in lines), count, lines)
        lines = self.bob.says("NAMES #tea,#none,#tea,#no").takes()
        self.assertEqual(len(lines), 2)
        lines = self.ann.says("WHOIS ann,bob").takes()
        self.assertEqual(sum(command_of(line) == "311" for line in lines), 1)
        most = int(bounds["KICK"])
        those = [self.server.irc(f"k{number}", "#tea") for number in range(most + 1)]
        self.server.forget()
        nicks = ",".join(f"k{number}" for number in range(len(those)))
        self.ann.says(f"KICK #tea {nicks}").gets_numerics(*("KICK" for _ in range(most)))

    def look_at_targets(self, command: str, most: int) -> None:
        """Look at what is said to many at once."""
        text = "" if command == "TAGMSG" else " :hi"
        tag = "@+a=b " if command == "TAGMSG" else ""
        names = [f"{command[:2].lower()}{number}" for number in range(most + 1)]
        people = [self.server.irc(name, caps="message-tags") for name in names]
        self.server.forget()
        self.ann.says(f"{tag}{command} {','.join(names)}{text}")
        refused = () if command == "NOTICE" else ("407",)
        self.ann.gets_numerics(*refused)
        for each in people:
            each.gets_nothing()
        self.ann.says(f"{tag}{command} {','.join(names[:-1])}{text}").gets_nothing()
        for each in people[:-1]:
            each.gets_numerics(command)
        people[-1].gets_nothing()

    def look_at_utf8only(self) -> None:
        self.ann.sends(b"PRIVMSG #tea :\xff\r\n")
        self.ann.takes()
        self.bob.gets_nothing()

    def look_at_whox(self) -> None:
        self.assertIn(" 354 ann 7 ", self.ann.says("WHO #tea %tn,7").takes()[0])

    def look_at_elist(self) -> None:
        asked = {"C": "C>1", "M": "*zed*", "N": "!*tea*", "T": "T<1", "U": ">5"}
        self.assertEqual(set(self.tokens["ELIST"]), set(asked))
        self.assertEqual(len(self.ann.says("LIST").takes()), 3)
        for words in asked.values():
            self.ann.says(f"LIST {words}").gets_numerics("321", "323")

    def look_at_history(self) -> None:
        most = self.number("CHATHISTORY")
        self.ann.says("CAP REQ :batch draft/chathistory").takes()
        for number in range(most + 3):
            self.bob.says(f"PRIVMSG #tea :{number}")
        self.server.forget()
        rows = self.ann.says(f"CHATHISTORY LATEST #tea * {most + 3}").takes()
        self.assertLessEqual(sum(command_of(row) == "PRIVMSG" for row in rows), most)
        self.assertEqual(self.tokens["MSGREFTYPES"], "msgid,timestamp")
        for point in ("msgid=tea/3", "timestamp=2020-01-01T00:00:00.000Z"):
            rows = self.ann.says(f"CHATHISTORY AFTER #tea {point} 5").takes()
            self.assertIn("BATCH", rows[0])


CHECKS: dict[str, Callable[[TokenTests], None]] = {
    "ACCOUNTEXTBAN": TokenTests.look_at_extbans,
    "AWAYLEN": TokenTests.look_at_awaylen,
    "BOT": TokenTests.look_at_bot,
    "CASEMAPPING": TokenTests.look_at_casemapping,
    "CHANLIMIT": TokenTests.look_at_chanlimit,
    "CHANMODES": TokenTests.look_at_chanmodes,
    "CHANNELLEN": TokenTests.look_at_channellen,
    "CHANTYPES": TokenTests.look_at_chantypes,
    "CHATHISTORY": TokenTests.look_at_history,
    "ELIST": TokenTests.look_at_elist,
    "EXCEPTS": TokenTests.look_at_excepts_and_invex,
    "EXTBAN": TokenTests.look_at_extbans,
    "HOSTLEN": TokenTests.look_at_hostlen,
    "INVEX": TokenTests.look_at_excepts_and_invex,
    "KEYLEN": TokenTests.look_at_keylen,
    "KICKLEN": TokenTests.look_at_kicklen,
    "MAXLIST": TokenTests.look_at_maxlist,
    "MODES": TokenTests.look_at_modes,
    "MONITOR": TokenTests.look_at_monitor,
    "MSGREFTYPES": TokenTests.look_at_history,
    "NAMELEN": TokenTests.look_at_namelen,
    "NETWORK": TokenTests.look_at_network,
    "NICKLEN": TokenTests.look_at_nicklen,
    "PREFIX": TokenTests.look_at_prefix,
    "STATUSMSG": TokenTests.look_at_statusmsg,
    "TARGMAX": TokenTests.look_at_targmax,
    "TOPICLEN": TokenTests.look_at_topiclen,
    "USERLEN": TokenTests.look_at_userlen,
    "UTF8ONLY": TokenTests.look_at_utf8only,
    "WHOX": TokenTests.look_at_whox,
}
