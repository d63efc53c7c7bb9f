"""What +C refuses, and who is told of invitations."""

from tests.protocols.irc.test_modes import ModeCase

VERSION = "\x01VERSION\x01"


class PlainTests(ModeCase):
    """+C: a room that takes text alone (https://defs.ircdocs.horse/defs/chanmodes)."""

    def setUp(self) -> None:
        super().setUp()
        self.ann_sets("+C")
        self.server.forget()

    def test_a_ctcp_is_refused_and_nobody_gets_it(self) -> None:
        """Also to a rank, and by who is above all others."""
        for client, nick in ((self.bob, "bob"), (self.ann, "ann")):
            for target in ("#tea", "@#tea"):
                [line] = client.says(f"PRIVMSG {target} :{VERSION}").takes()
                self.assertIn(f" 404 {nick} {target} ", line)
        self.ann.gets_nothing()
        self.bob.gets_nothing()

    def test_the_answer_to_one_is_dropped(self) -> None:
        """A NOTICE is refused in silence."""
        self.bob.says("NOTICE #tea :\x01VERSION x\x01", f"NOTICE @#tea :{VERSION}").gets_nothing()
        self.ann.gets_nothing()

    def test_actions_texts_and_tags_pass(self) -> None:
        eve = self.server.irc("eve", "#tea", caps="message-tags")
        self.server.forget()
        self.bob.says("PRIVMSG #tea :\x01ACTION waves\x01", "NOTICE #tea :hi").gets_nothing()
        eve.says("@+typing=active TAGMSG #tea", "PRIVMSG @#tea :\x01ACTION nods\x01").takes()
        self.assertEqual(len(self.ann.takes()), 3)

    def test_it_passes_again_without(self) -> None:
        self.ann_sets("-C")
        self.server.forget()
        self.bob.says(f"PRIVMSG #tea :{VERSION}").gets_nothing()
        self.assertIn(VERSION, self.ann.takes()[0])

    def test_it_does_not_tell_who_may_not_speak_there(self) -> None:
        """Who is outside is told what they are told of any message."""
        eve = self.server.irc("eve")
        plain, usual = eve.says("PRIVMSG #tea :hi", f"PRIVMSG #tea :{VERSION}").takes()
        self.assertEqual(plain, usual)


class InviteNotifyTests(ModeCase):
    """https://ircv3.net/specs/extensions/invite-notify"""

    def test_moderators_who_ask_for_it_are_told(self) -> None:
        """ ":<inviter> INVITE <target> <channel>"; other members and clients are not."""
        self.bob.says("CAP REQ :invite-notify")
        eve = self.server.irc("eve", "#tea", caps="invite-notify")
        zed = self.server.irc("zed")
        line = self.server.client("lin", "tea")
        self.ann_sets("+o bob")
        self.server.forget()
        self.assertEqual(len(self.ann.says("INVITE zed #tea").takes()), 1)
        [told] = self.bob.takes()
        self.assertRegex(told, r"^:ann!ann@\S+ INVITE zed #tea$")
        self.assertEqual(zed.takes(), [told])
        for client in (eve, line):
            client.gets_nothing()

    def test_a_member_without_rank_may_invite_and_it_is_told(self) -> None:
        self.ann.says("CAP REQ :invite-notify")
        self.server.irc("zed")
        self.server.forget()
        self.bob.says("INVITE zed #tea").gets_numerics("341")
        self.assertIn(" INVITE zed #tea", self.ann.takes()[0])
