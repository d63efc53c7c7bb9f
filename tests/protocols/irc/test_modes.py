"""MODE, KICK and INVITE at a whole server, with people of both ways in."""

import attrs
from twisted.trial.unittest import TestCase

from chatsvc.core.events import OperatorSet
from chatsvc.core.names import Nick
from tests.protocols.irc.conversation import IrcServer


class ModeCase(TestCase):
    def setUp(self) -> None:
        self.server = IrcServer(self)
        self.ann = self.server.irc("ann", "#tea")
        self.bob = self.server.irc("bob", "#tea")
        self.ann.takes()

    def ann_sets(self, modes: str) -> list[str]:
        lines = self.ann.says(f"MODE #tea {modes}").takes()
        return [line.partition(" MODE ")[2] or line for line in lines]


class ModeTests(ModeCase):
    def test_a_guest_gives_rank_for_as_long_as_they_are_there(self) -> None:
        """Both are told in one line; who comes back has nothing."""
        self.assertEqual(self.ann_sets("+ov bob bob"), ["#tea +ov bob bob"])
        lines = self.bob.takes()
        self.assertEqual([line.partition(" MODE ")[2] for line in lines], [
            "#tea +o bob", "#tea +v bob",
        ])  # fmt: skip
        self.bob.says("PART #tea", "JOIN #tea", "MODE #tea +m")
        self.assertIn(" 482 ", self.bob.takes()[-1])

    def test_who_made_a_room_may_step_down(self) -> None:
        self.assertEqual(self.ann_sets("-o ann"), ["#tea -o ann"])
        self.assertIn(" 482 ", self.ann_sets("+o ann")[0])

    def test_several_settings_are_one_line(self) -> None:
        self.assertEqual(self.ann_sets("+imt-n"), ["#tea +imt-n"])
        self.assertEqual(self.ann_sets("+k oyster"), ["#tea +k-i oyster"])
        self.assertIn(" 324 ann #tea +kmt *", self.ann.says("MODE #tea").takes()[0])

    def test_settings_side_by_side_are_told_to_others_in_one_line(self) -> None:
        """At every way in: they are one change of the room, written down once."""
        line = self.server.client("lin", "tea")
        self.server.forget()
        self.assertEqual(self.ann_sets("+imst-n+Cl 9"), ["#tea +Cimstl-n 9"])
        [told] = self.bob.takes()
        self.assertTrue(told.endswith(" MODE #tea +Cimstl-n 9"), told)
        [told] = line.takes()
        self.assertIn(" most 9, plain yes", told)

    def test_of_several_settings_only_what_cannot_be_is_refused(self) -> None:
        wrong, done = self.ann_sets("+ml x")
        self.assertIn(" 696 ann #tea l x ", wrong)
        self.assertEqual(done, "#tea +m")
        self.assertIn(" 482 bob #tea ", self.bob.says("MODE #tea +imst").takes()[-1])

    def test_the_lobby_stays_open_whatever_else_is_set_with_it(self) -> None:
        server = IrcServer(self, lobby="tea")
        self.assertEqual(server.hub.manager.state.lobby, "tea")
        olga = server.client("olga")
        olga.says("register s3cret").takes()
        server.hub.manager.apply(OperatorSet(Nick("olga"), 0, None, True))
        client = server.irc("ol").says("NS IDENTIFY olga s3cret")
        server.forget()
        wrong, done = client.says("MODE #tea +it").takes()
        self.assertIn(" 482 ", wrong)
        self.assertTrue(done.endswith(" MODE #tea +t"), done)

    def test_others_see_no_key(self) -> None:
        self.ann_sets("+k oyster")
        self.assertNotIn("oyster", "".join(self.bob.takes()))

    def test_what_cannot_be_set_is_696(self) -> None:
        for modes in ("+k :a b", "+k :", "+l 0", "+l x", "+b ~x:y"):
            [line] = self.ann_sets(modes)
            self.assertIn(" 696 ann #tea ", line)

    def test_lists_come_back_as_they_were_given(self) -> None:
        for letter, entry, end in (("b", 367, 368), ("e", 348, 349), ("I", 346, 347)):
            masks = ["zed!*@*", "*!zed@*", "~a:zed"]
            for mask in masks:
                self.assertEqual(self.ann_sets(f"+{letter} {mask}"), [f"#tea +{letter} {mask}"])
            *rows, last = self.bob.says(f"MODE #tea {letter}").takes()[-4:]
            self.assertEqual([row.split(" ")[4] for row in rows], masks)
            self.assertTrue(all(f" {entry} bob #tea " in row for row in rows))
            self.assertIn(f" {end} ", last)
            self.assertEqual(self.ann_sets(f"-{letter} *!zed@*"), [f"#tea -{letter} *!zed@*"])

    def test_a_full_room_takes_who_is_invited(self) -> None:
        self.ann_sets("+l 2")
        cid = self.server.irc("cid").says("JOIN #tea")
        self.assertIn(" 471 cid #tea ", cid.takes()[0])
        self.assertIn(" 341 ann cid #tea", self.ann.says("INVITE cid #tea").takes()[0])
        self.assertIn(" INVITE cid #tea", cid.takes()[0])
        self.assertIn(" 336 cid #tea", cid.says("INVITE").takes()[0])
        self.assertIn(" JOIN #tea", cid.says("JOIN #tea").takes()[0])

    def test_the_line_protocol_sees_the_same(self) -> None:
        """A rank and a setting are told there in its own words."""
        zoe = self.server.client("zoe", "tea")
        zoe.takes()
        self.ann_sets("+v zoe")
        self.assertIn(" zoe voiced ann", zoe.takes()[0])
        self.ann_sets("+t")
        self.assertIn("topic moderators", zoe.takes()[0])
        zoe.says("topic tea x").gets_error("not-allowed")


class KickTests(ModeCase):
    def test_a_kick_is_told_once_to_each(self) -> None:
        self.assertEqual(
            [line.partition(" KICK ")[2] for line in self.ann.says("KICK #tea bob :x y").takes()],
            ["#tea bob :x y"],
        )
        self.assertIn(" KICK #tea bob :x y", self.bob.takes()[-1])

    def test_refusals(self) -> None:
        self.assertIn(" 482 bob #tea ", self.bob.says("KICK #tea ann").takes()[-1])
        self.assertIn(" 401 ann zed", self.ann.says("KICK #tea zed").takes()[0])
        self.server.irc("zed")
        self.assertIn(" 441 ann zed #tea", self.ann.says("KICK #tea zed").takes()[0])
        self.assertIn(" 443 ann bob #tea", self.ann.says("INVITE bob #tea").takes()[0])


class BoundTests(ModeCase):
    """+l: no way in lets more people in than it says."""

    def members(self) -> int:
        return len(self.server.hub.manager.state.rooms["tea"].members)

    def test_those_who_join_at_the_same_time_are_counted(self) -> None:
        """Also accounts, whose membership has to be written down first."""
        accounts = [self.server.client(name) for name in ("pam", "pat", "pip")]
        for each in accounts:
            each.says("register s3cret")
        self.ann_sets("+l 3")
        self.server.forget()
        self.server.faulty.hold()
        for each in accounts:
            each.says("join tea")
        guests = [self.server.irc(name).says("JOIN #tea") for name in ("qi", "qo")]
        self.server.faulty.release()
        self.server.settle()
        self.assertEqual(self.members(), 3)
        self.assertEqual(sum("+ join tea" in " ".join(each.takes()) for each in accounts), 1)
        for each in guests:
            each.gets_numerics("471")

    def test_a_full_lobby_takes_no_newcomer(self) -> None:
        server = IrcServer(self, lobby="tea")
        server.irc("ann")
        room = server.hub.manager.state.rooms["tea"]
        room.kind = attrs.evolve(room.kind, most_members=1)
        server.irc("bob").says("JOIN #tea").gets_numerics("471")
        self.assertEqual(len(room.members), 1)
