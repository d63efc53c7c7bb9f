"""What is asked for while the log still has what it depends on waits, and is decided afterwards.

The log is held: everything that the tests say in between would come into one commit.
"""

import attrs
from twisted.internet.defer import succeed

from chatsvc.core.limits import DEFAULT_LIMITS
from chatsvc.core.marks import SERVER
from chatsvc.core.names import Nick, RoomName, nick_key, room_key
from tests.core.test_keys import ED25519, RSA2048
from tests.protocols.conversation import Client, Server
from tests.protocols.test_operating import OperatingTestCase


class WaitingTestCase(OperatingTestCase):
    """Has accounts ann and bob beside the operator olga."""

    def setUp(self) -> None:
        super().setUp()
        self.ann, self.bob = self.registered("ann"), self.registered("bob")
        self.state = self.server.hub.manager.state

    def again(self, name: str) -> Client:
        """Return one more connection of an account."""
        client = self.server.client()
        client.says(f"login {name} s3cret").takes()
        return client

    def drop_code(self, client: Client) -> str:
        """Return what confirms that the client's account is dropped."""
        return client.says("drop s3cret").takes()[-1].split()[2]

    def release(self) -> None:
        """Let the log go on; nothing is marked afterwards."""
        self.server.faulty.release()
        self.server.settle()
        self.assertFalse(self.state.changing)


class OperatorsTests(WaitingTestCase):
    def test_two_operators_do_not_put_each_other_down_in_one_commit(self) -> None:
        self.olga.says("oper ann").takes()
        self.server.faulty.hold()
        self.olga.says("deoper ann")
        self.ann.says("deoper olga")
        self.release()
        self.assertEqual(self.olga.takes(), ["+ deoper ann"])
        self.ann.gets_error("not-allowed")

    def test_two_that_step_down_in_one_commit_leave_one(self) -> None:
        self.olga.says("oper ann").takes()
        self.server.faulty.hold()
        self.olga.says("deoper olga")
        self.ann.says("deoper ann")
        self.release()
        self.ann.gets_error("not-allowed")

    def test_two_settings_in_one_commit_both_hold(self) -> None:
        self.olga.says("oper ann").takes()
        self.server.faulty.hold()
        self.olga.says("server-set sign-ups closed")
        self.ann.says("server-set registered-only yes")
        self.release()
        self.assertFalse(self.state.server.sign_ups)
        self.assertTrue(self.state.server.registered_only)

    def test_nobody_registers_once_sign_ups_are_being_closed(self) -> None:
        eve = self.server.client("eve")
        self.server.faulty.hold()
        self.olga.says("server-set sign-ups closed")
        eve.says("register s3cret").gets_nothing()
        self.release()
        eve.gets_error("not-allowed")

    def test_a_sweep_leaves_alone_the_bans_that_are_being_laid_anew(self) -> None:
        self.olga.says("server-ban mallory 1m").takes()
        self.server.clock.advance(59)
        self.server.faulty.hold()
        self.olga.says("server-ban mallory 2h")
        self.assertIn(SERVER, self.state.changing)
        self.server.passes(120)
        self.release()
        self.assertEqual(len(self.state.server.bans.listed(self.server.hub.now())), 1)


class AccountsTests(WaitingTestCase):
    def test_two_connections_do_not_add_more_keys_than_an_account_may_have(self) -> None:
        limits = attrs.evolve(DEFAULT_LIMITS.lifted(), keys_per_account=1)
        server = Server(self, limits=limits)
        first, second = server.client("ann"), server.client()
        first.says("register s3cret").takes()
        second.says("login ann s3cret").takes()
        server.faulty.hold()
        first.says(f"keys add {ED25519}")
        second.says(f"keys add {RSA2048}")
        server.faulty.release()
        self.assertTrue(first.takes()[0].startswith("+ key-added"))
        second.gets_error("too-many")
        first.says("keys list")
        self.assertEqual(first.takes()[-1], "+ keys 1")

    def test_an_owner_steps_down_or_the_other_goes_not_both(self) -> None:
        self.ann.says("create den", "join den", "owner den bob").takes()
        self.bob.says("join den").takes()
        code = self.drop_code(self.bob)
        self.server.faulty.hold()
        self.ann.says("resign den")
        self.bob.says(f"drop s3cret {code}").gets_nothing()
        self.release()
        self.assertTrue(self.bob.takes()[-1].startswith("- not-allowed "))
        self.assertEqual(self.owners("den"), ["bob"])

    def test_the_other_one_goes_or_the_owner_steps_down_not_both(self) -> None:
        self.ann.says("create den", "join den", "owner den bob").takes()
        self.bob.says("join den").takes()
        code = self.drop_code(self.bob)
        self.server.faulty.hold()
        self.bob.says(f"drop s3cret {code}")
        self.ann.says("resign den")
        self.release()
        self.assertEqual(self.bob.takes()[-1], "+ dropped bob")
        self.assertTrue(self.ann.takes()[-1].startswith("- not-allowed "))
        self.assertEqual(self.owners("den"), ["ann"])

    def owners(self, room: str) -> list[str]:
        """Return the accounts with a role in a room."""
        return sorted(self.state.rooms[room_key(RoomName(room))].roles)

    def invited(self, room: str) -> list[str]:
        """Return the masks of those who are invited into a room."""
        listed = self.state.rooms[room_key(RoomName(room))].invitations.listed()
        return [invitation.mask.text for invitation in listed]

    def test_what_is_given_to_an_account_that_goes_is_not_for_who_registers_next(self) -> None:
        self.ann.says("create den", "join den").takes()
        code = self.drop_code(self.bob)
        self.server.faulty.hold()
        self.bob.says(f"drop s3cret {code}")
        self.ann.says("op den bob")
        self.olga.says("invite den bob")
        self.release()
        self.assertEqual(self.bob.takes()[0], "+ dropped bob")
        # A guest has a role in a room only as long as it is there, and bob is not.
        self.ann.gets_error("no-such-user")
        self.assertEqual(self.invited("den"), ["bob"])  # Who has that nick now, not ~bob.
        self.bob.says("register other").gets("+ registered bob")
        self.assertEqual(self.owners("den"), ["ann"])
        self.ann.says("set den kind invite-only").takes()
        self.bob.says("join den").gets_error("no-such-room")

    def test_nobody_logs_in_to_an_account_that_is_being_dropped(self) -> None:
        code, second = self.drop_code(self.bob), self.server.client("guest", "tea")
        self.server.identity.hold()
        self.bob.says(f"drop s3cret {code}")
        second.says("login bob s3cret")
        self.server.faulty.hold()
        self.server.identity.release()
        self.server.settle()
        self.release()
        self.assertEqual(self.bob.takes()[-1], "+ dropped bob")
        second.gets_error("bad-login")
        self.assertNotIn(nick_key(Nick("bob")), self.state.accounts)

    def test_who_registers_keeps_rooms_that_are_being_changed(self) -> None:
        eve = self.server.client("eve", "tea")
        self.ann.says("join tea").takes()
        self.server.forget()
        self.server.faulty.hold()
        self.ann.says("topic tea green")
        eve.says("register s3cret").gets_nothing()
        self.release()
        eve.hangs_up()
        back = self.server.client()
        back.says("login eve s3cret")
        self.assertIn("* joined tea eve", back.takes())

    def test_who_logs_in_brings_rooms_that_are_being_changed(self) -> None:
        eve = self.server.client("eve", "tea")
        self.olga.says("join tea").takes()
        self.server.forget()
        self.server.faulty.hold()
        self.olga.says("topic tea green")
        eve.says("login ann s3cret").gets_nothing()
        self.release()
        self.assertIn("+ login ann 1", eve.takes())

    def test_names_are_not_taken_while_one_that_looks_like_them_becomes_an_account(self) -> None:
        cop, twin = self.server.client(), self.server.client()
        self.server.forget()
        self.patch(self.server.identity, "check", lambda name, *_: succeed(name))
        self.server.faulty.hold()
        cop.says("login cop s3cret")
        twin.says("login \u0441\u043e\u0440 s3cret", "nick c0p")
        self.release()
        self.assertEqual(cop.takes()[0], "+ login cop 0")
        refused = twin.takes()
        self.assertEqual([line.split()[1] for line in refused], ["nick-registered"] * 2)

    def test_a_connection_that_ends_while_its_password_waits_leaves_nothing(self) -> None:
        eve = self.server.client("eve", "tea")
        self.ann.says("join tea").takes()
        self.server.forget()
        self.server.faulty.hold()
        self.ann.says("topic tea green")
        eve.says("register s3cret")
        eve.hangs_up()
        self.release()
        self.assertNotIn(nick_key(Nick("eve")), self.state.accounts)
        self.assertNotIn(nick_key(Nick("eve")), self.state.people)
