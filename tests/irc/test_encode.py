"""Events as lines: what each shape is shown."""

from typing import Any, get_args

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.commands import JoinRoom, SetAway, SetNick
from chatsvc.core.events import (
    Departed,
    Event,
    Joined,
    Kicked,
    Left,
    Renamed,
    Said,
    TakenBack,
    Told,
    TopicSet,
    WentAway,
)
from chatsvc.core.names import Nick, RoomName
from chatsvc.irc.encode import EVENTS, NOT_SHOWN, encode
from chatsvc.irc.encode.talk import told
from chatsvc.irc.house import House
from chatsvc.irc.message import LINE_BYTES, parse_line
from chatsvc.irc.scribe import Scribe
from chatsvc.irc.telling import TELLINGS
from tests.core.world import NOW, World

ANN, TEA = Nick("ann"), RoomName("tea")
TIME = "2026-11-20T10:00:00.123Z"
AT = 1795168800123
SAID = Said(TEA, 7, AT, ANN, "hi all", room_id=3)


class EncodeTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.world = World()
        self.ann = self.world.arrive("ann")
        self.ann.user, self.ann.realname = "a", "Ann A"
        self.world.do(self.ann, JoinRoom(TEA))
        self.house = House("irc.test", "info", "Net", "v", self.world.state, lambda: NOW)

    def lines(self, event: Any, *shape: str) -> list[str]:
        data = encode(event, Scribe(self.house, frozenset(shape)))
        return data.decode().split("\r\n")[:-1]

    def test_every_event_is_written_or_not_shown_or_told_in_a_way_of_its_own(self) -> None:
        """A new event has to be put into one of the tables."""
        self.assertEqual(set(EVENTS) | NOT_SHOWN, set(get_args(Event)))
        self.assertEqual(set(EVENTS) & NOT_SHOWN, set())
        self.assertLessEqual(set(TELLINGS), set(get_args(Event)))

    def test_a_message(self) -> None:
        self.assertEqual(self.lines(SAID), [":ann!a@unknown PRIVMSG #tea :hi all"])

    def test_a_message_with_tags(self) -> None:
        """Tags are sent to those only who have asked for them."""
        [line] = self.lines(SAID, "message-tags", "server-time", "account-tag")
        self.assertEqual(line, f"@time={TIME};msgid=tea/7/3 :ann!a@unknown PRIVMSG #tea :hi all")

    def test_a_message_that_is_too_long_is_several_lines(self) -> None:
        """Nothing of it is lost, no line is too long, and the first one has the id."""
        text = "word " * 300 + "end"
        lines = self.lines(Said(TEA, 7, AT, ANN, text, room_id=3), "message-tags")
        messages = [parse_line(line.encode()) for line in lines]
        self.assertEqual("".join(each.param(1) for each in messages if each), text)
        self.assertTrue(all(len(line.split(" ", 1)[-1].encode()) < LINE_BYTES for line in lines))
        self.assertEqual(sum("msgid" in each.tags for each in messages if each), 1)

    def test_what_was_taken_back_is_left_out(self) -> None:
        self.assertEqual(self.lines(TakenBack(TEA, 7, AT, ANN, "")), [])

    def test_joins(self) -> None:
        event = Joined(TEA, ANN)
        self.assertEqual(self.lines(event), [":ann!a@unknown JOIN #tea"])
        self.assertEqual(self.lines(event, "extended-join"), [":ann!a@unknown JOIN #tea * :Ann A"])

    def test_who_comes_in_away_is_shown_so_to_who_asked(self) -> None:
        self.world.do(self.ann, SetAway("tea"))
        self.assertEqual(len(self.lines(Joined(TEA, ANN))), 1)
        self.assertEqual(self.lines(Joined(TEA, ANN), "away-notify")[1], ":ann!a@unknown AWAY tea")

    def test_partings(self) -> None:
        self.assertEqual(self.lines(Left(TEA, ANN)), [":ann!a@unknown PART #tea"])
        self.assertEqual(
            self.lines(Left(TEA, ANN, reason="no tea")), [":ann!a@unknown PART #tea :no tea"]
        )
        self.assertEqual(
            self.lines(Kicked(TEA, Nick("bob"), ANN, "out")), [":ann!a@unknown KICK #tea bob out"]
        )

    def test_who_is_gone_is_told_once(self) -> None:
        """A QUIT tells of all rooms; the PART of each is left out."""
        self.assertEqual(self.lines(Departed(ANN, reason="bye")), [":ann!a@unknown QUIT bye"])
        self.assertEqual(self.lines(Left(TEA, ANN, is_departing=True)), [])

    def test_who_is_gone_is_still_known(self) -> None:
        """User and host are those they had, also when it is told later."""
        self.world.disconnect(self.ann)
        self.assertEqual(self.lines(Left(TEA, ANN)), [":ann!a@unknown PART #tea"])

    def test_a_new_nick_comes_from_the_old_one(self) -> None:
        self.world.do(self.ann, SetNick(Nick("eve")))
        self.assertEqual(self.lines(Renamed(1, ANN, Nick("eve"))), [":ann!a@unknown NICK eve"])

    def test_topic_and_away(self) -> None:
        topic = TopicSet(TEA, AT, ANN, "green tea")
        self.assertEqual(self.lines(topic), [":ann!a@unknown TOPIC #tea :green tea"])
        self.assertEqual(self.lines(WentAway(ANN, "")), [])
        self.assertEqual(self.lines(WentAway(ANN, ""), "away-notify"), [":ann!a@unknown AWAY Away"])

    def test_a_direct_message(self) -> None:
        data = told(Told(AT, ANN, "psst"), Scribe(self.house, frozenset()), "bob")
        self.assertEqual(data, b":ann!a@unknown PRIVMSG bob :psst\r\n")
