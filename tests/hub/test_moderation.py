"""Putting out in the hub: in the order of the log, and against what happens meanwhile."""

from chatsvc.core.commands import (
    Ban,
    DeleteRoom,
    JoinRoom,
    Kick,
    LeaveRoom,
    Say,
    SetNick,
    TryBan,
)
from chatsvc.core.errors import NoSuchRoom
from chatsvc.core.events import Joined, Kicked, Said
from chatsvc.core.masks import parse_mask
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.replies import PutOut, Sent
from chatsvc.testing import FakeConnection
from tests.hub.test_hub import TEA, HubTestCase

ANN, BOB = Nick("ann"), Nick("bob")


class PuttingOut(HubTestCase):
    """ann has made the tea room, bob is in it; both are guests."""

    def setUp(self) -> None:
        super().setUp()
        self.ann, self.bob = self.client("ann", "tea"), self.client("bob", "tea")
        self.took(self.ann)

    def said(self, client: FakeConnection) -> list[str]:
        return [each.text for each in self.took(client) if isinstance(each, Said)]

    def test_messages_before_it_in_its_commit_are_heard_and_none_after_it(self) -> None:
        eve = self.client("eve", "tea")
        self.log.hold()
        eve.ask(Say(TEA, "before"))
        self.ann.ask(Kick(TEA, BOB))
        eve.ask(Say(TEA, "after"))
        self.bob.ask(Say(TEA, "by bob"))
        self.clock.settle()
        self.log.release()
        got = self.took(self.bob)
        kinds = [type(each) for each in got]
        at = kinds.index(Kicked)
        self.assertEqual([each.text for each in got[:at] if isinstance(each, Said)], ["before"])
        self.assertNotIn(Said, kinds[at:])
        self.assertEqual(self.said(eve), ["before", "after"])

    def test_who_renames_itself_meanwhile_is_out_and_told_by_its_new_nick(self) -> None:
        self.log.hold()
        self.ann.ask(Kick(TEA, BOB))
        self.bob.ask(SetNick(Nick("rob")))
        self.clock.settle()
        self.log.release()
        [kicked] = [each for each in self.took(self.ann) if isinstance(each, Kicked)]
        self.assertEqual(kicked.nick, "rob")
        self.assertEqual(len(self.hub.manager.state.rooms["tea"].members), 1)

    def test_who_left_meanwhile_is_not_put_out_again(self) -> None:
        self.log.hold()
        self.ann.ask(Kick(TEA, BOB))
        self.bob.lose()
        self.clock.settle()
        other = FakeConnection(self.hub)
        other.ask(SetNick(BOB), JoinRoom(TEA))
        self.clock.settle()
        self.log.release()
        self.assertIn(PutOut(TEA, BOB), self.took(self.ann))
        self.assertNotIn(Kicked, map(type, self.took(other)))
        self.assertEqual(len(self.hub.manager.state.rooms["tea"].members), 2)

    def test_a_request_about_the_room_waits_for_it(self) -> None:
        self.log.hold()
        self.ann.ask(Ban(TEA, parse_mask("bob")))
        eve = self.client("eve")
        eve.ask(JoinRoom(TEA))
        self.bob.ask(LeaveRoom(TEA))
        self.assertEqual(self.took(eve), [])
        self.log.release()
        self.assertEqual(len(self.took(eve)), 1)
        self.assertNotIn(Joined, map(type, self.took(self.bob)))

    def test_what_it_is_about_is_deleted_meanwhile(self) -> None:
        eve = self.client("eve")
        self.log.hold()
        self.ann.ask(TryBan(TEA, parse_mask("192.0.2.0/24")))
        self.clock.settle()
        self.hub.manager.state.remove_room(self.hub.manager.state.rooms["tea"])
        self.log.release()
        self.assertEqual(self.took(self.ann), [NoSuchRoom(TEA)])
        eve.ask(DeleteRoom(RoomName("tea")))
        self.assertEqual(self.took(eve), [NoSuchRoom(TEA)])

    def test_the_one_who_puts_out_goes_on(self) -> None:
        self.ann.ask(Kick(TEA, BOB), Say(TEA, "hi"))
        answers = [each for each in self.took(self.ann) if isinstance(each, PutOut | Sent)]
        self.assertEqual(answers, [PutOut(TEA, BOB), Sent(TEA, 1)])
