"""What becomes of the roles of guests, asked by people who would like to have one."""

from twisted.trial.unittest import TestCase

from chatsvc.core.roles import Role
from tests.protocols.irc.conversation import IrcClient, IrcServer


class GuestRoleCase(TestCase):
    """ann, a guest, made #tea and has made bob, a guest, its operator; cid is a member."""

    def setUp(self) -> None:
        self.server = IrcServer(self)
        self.ann = self.server.irc("ann", "#tea")
        self.bob = self.server.irc("bob", "#tea")
        self.cid = self.server.irc("cid", "#tea")
        self.ann.says("MODE #tea +o bob")
        self.server.forget()

    def account(self, name: str, *channels: str) -> IrcClient:
        client = self.server.irc(name).says("REGISTER * * sesame", *(f"JOIN {c}" for c in channels))
        self.server.forget()
        return client

    def role(self, nick: str, channel: str = "#tea") -> Role:
        state = self.server.hub.manager.state
        return state.rooms[channel[1:]].role_of(state.people[nick])

    def assertMayNot(self, client: IrcClient, *lines: str) -> None:
        """Check that all of this is refused for want of a role."""
        client.takes()
        client.says(*lines).gets_numerics(*("482" for _ in lines))

    def assertPowerless(self, client: IrcClient) -> None:
        self.assertMayNot(client, "MODE #tea +b zed", "MODE #tea +v cid", "KICK #tea cid :no")


class NickTests(GuestRoleCase):
    def test_a_role_goes_with_who_has_it_and_not_with_the_nick(self) -> None:
        self.bob.says("NICK rob")
        thief = self.server.irc("bob", "#tea")
        self.assertPowerless(thief)
        self.bob.says("KICK #tea bob")
        self.assertIn(" KICK #tea bob", thief.takes()[-1])

    def test_the_nick_of_who_made_a_room_is_worth_nothing_while_they_are_there(self) -> None:
        self.ann.says("NICK anna")
        thief = self.server.irc("ann", "#tea")
        self.assertPowerless(thief)
        self.assertEqual(self.role("anna"), Role.OWNER)

    def test_a_role_ends_with_the_connection(self) -> None:
        self.bob.says("QUIT")
        self.assertPowerless(self.server.irc("bob", "#tea"))

    def test_a_role_ends_with_a_kick(self) -> None:
        self.ann.says("KICK #tea bob")
        self.bob.says("JOIN #tea")
        self.assertPowerless(self.bob)

    def test_a_private_room_is_not_opened_by_the_nick_of_who_made_it(self) -> None:
        """The last owner has gone: nobody comes after by a nick that anybody may take."""
        self.ann.says("MODE #tea +is", "QUIT")
        thief = self.server.irc("ann").says("JOIN #tea")
        thief.gets_numerics("403")
        thief.says("MODE #tea -i", "CS OP #tea ann", "KICK #tea bob", "TOPIC #tea :mine")
        thief.gets_numerics("403", "NOTICE", "403", "403")

    def test_nor_is_the_past_of_a_public_one(self) -> None:
        """What only members read is not opened by such a nick; nor what was said behind a door."""
        line = self.server.client("lin")
        cups = self.server.client("cup")
        cups.says("join pot2", "set pot2 kind invite-only", "send pot2 psst").takes()
        cups.says("set pot2 kind public").takes()
        line.says("join cup", "set cup history joined").takes()
        keeper = self.server.irc("keeper", "#cup", "#pot2")
        line.hangs_up()
        cups.hangs_up()
        thief, other = self.server.client("lin", "cup"), self.server.client("cup", "pot2")
        thief.takes()
        thief.says("set cup history everyone from 1").gets_error("not-allowed")
        other.takes()
        other.says("set pot2 history everyone from 1").gets_error("not-allowed")
        self.assertMayNot(keeper, "MODE #cup +i")

    def test_a_channel_with_people_in_it_is_not_taken_by_the_nick_of_who_made_it(self) -> None:
        """By coming in under it, by changing to it, or by registering it."""
        self.ann.says("QUIT")
        thief = self.server.irc("ann", "#tea")
        self.assertPowerless(thief)
        thief.says("NICK other", "NICK ann", "REGISTER * * sesame")
        self.assertPowerless(thief)
        self.assertEqual((self.role("ann"), self.role("bob")), (Role.MEMBER, Role.MODERATOR))

    def test_a_room_that_lasts_is_of_who_comes_back_under_that_nick(self) -> None:
        """As docs/access.md says."""
        lin = self.server.client("lin").says("create pot", "join pot")
        self.server.irc("dan", "#pot")
        lin.says("leave pot", "join pot")
        self.assertEqual(self.role("lin", "#pot"), Role.OWNER)


class AccountTests(GuestRoleCase):
    def test_who_registers_keeps_what_they_were(self) -> None:
        self.bob.says("REGISTER * * sesame", "PART #tea", "JOIN #tea")
        self.assertEqual(self.role("bob"), Role.MODERATOR)
        self.ann.says("REGISTER * * sesame", "PART #tea", "JOIN #tea")
        self.assertEqual(self.role("ann"), Role.OWNER)

    def test_a_login_that_keeps_the_nick_ends_a_guests_role(self) -> None:
        self.account("val").says("QUIT")
        self.bob.says("NS IDENTIFY val sesame").takes()
        self.assertEqual(self.role("bob"), Role.MEMBER)
        self.assertPowerless(self.bob)
        [line] = self.bob.says("NS DROP sesame").takes()
        self.bob.says(f"NS DROP sesame {line.split()[-1]}").takes()
        self.assertNotIn("val", self.server.hub.manager.state.accounts)
        self.assertPowerless(self.bob)

    def test_a_role_that_changes_by_a_login_is_seen_by_all(self) -> None:
        """Also that of the account, which the guest did not have."""
        self.account("val").says("QUIT")
        line = self.server.client("lin", "tea")
        self.ann.says("MODE #tea +v bob")
        self.server.forget()
        *_, own, _, _ = self.bob.says("NS IDENTIFY val sesame").gets_numerics(
            "MODE", "900", "NOTICE"
        )
        for text in (own, *self.cid.takes()):
            self.assertRegex(text, "^:bob!.* MODE #tea -o bob$")
        self.assertRegex(line.takes()[0], r"^\* ranked tea \S+ bob voiced bob$")
        self.ann.says("MODE #tea +o bob")
        self.bob.says("QUIT")
        bob = self.server.irc("bobby", "#tea")
        self.server.forget()
        bob.says("NS IDENTIFY val sesame").gets_numerics("MODE", "900", "NOTICE")
        self.assertRegex(self.cid.takes()[0], "^:bobby!.* MODE #tea [+]o bobby$")

    def test_who_made_a_channel_and_logs_in_later_owns_it_still(self) -> None:
        """With any nick, and for good: nobody is told of a change, for there is none."""
        self.account("val").says("QUIT")
        self.ann.says("NS IDENTIFY val sesame", "NICK anna").takes()
        self.assertEqual(self.role("anna"), Role.OWNER)
        self.bob.gets_numerics("NICK")
        self.ann.says("PART #tea", "JOIN #tea")
        self.assertEqual(self.role("anna"), Role.OWNER)

    def test_a_logout_ends_all(self) -> None:
        zoe = self.server.client("zoe", "tea")
        self.ann.says("MODE #tea +o zoe")
        zoe.says("register sesame", "logout", "nick zed", "join tea").takes()
        zoe.says("kick tea cid").gets_error("not-allowed")

    def test_a_rank_of_an_account_under_another_nick_is_seen(self) -> None:
        """The others are told of the nick, whatever the account is called."""
        self.account("val").says("QUIT")
        olga = self.account("olga", "#den")
        val = self.server.irc("val2").says("NS IDENTIFY val sesame", "JOIN #den")
        cid = self.cid.says("JOIN #den")
        self.server.forget()
        olga.says("MODE #den +o val2")
        for client in (olga, cid, val):
            self.assertIn(" MODE #den +o val2", client.takes()[-1])
        self.assertEqual(self.role("val2", "#den"), Role.MODERATOR)
        olga.says("MODE #den -o val2")
        self.assertIn(" MODE #den -o val2", cid.takes()[-1])


class RoomOfAnAccountTests(GuestRoleCase):
    """#den is olga's, who has an account; mia is its moderator, gus a guest it has made one."""

    def setUp(self) -> None:
        super().setUp()
        self.olga, self.mia = self.account("olga", "#den"), self.account("mia", "#den")
        self.gus = self.server.irc("gus", "#den")
        self.olga.says("MODE #den +o mia", "MODE #den +o gus")
        self.server.forget()

    def test_a_guest_who_moderates_reaches_nobody_above(self) -> None:
        self.assertMayNot(
            self.gus,
            "KICK #den olga",
            "KICK #den mia",
            "MODE #den +o cid",
            "MODE #den -o mia",
            "MODE #den +i",
            "MODE #den +k x",
            "MODE #den -k",
            "MODE #den +b olga",
            "MODE #den +o mia",
            "MODE #den -t",
        )

    def test_a_guest_is_never_an_owner_there(self) -> None:
        self.olga.says("CS OWNER #den gus")
        self.assertIn("has to register", self.olga.takes()[0])
        self.assertEqual(self.role("gus", "#den"), Role.MODERATOR)

    def test_a_moderator_who_tries_what_is_the_owners_gets_482(self) -> None:
        self.assertMayNot(self.mia, "MODE #den +o gus", "MODE #den +m", "MODE #den -l")
        self.mia.says("MODE #den +mv cid").gets_numerics("482", "441")

    def test_the_nick_of_an_owner_under_another_one_is_nobodys(self) -> None:
        """olga is here as ol; her name is not free, and who has nearly that gets nothing."""
        self.olga.says("NICK ol")
        thief = self.server.raw().says("NICK olga", "USER x 0 * :x")
        thief.gets_numerics("433")


class TemporaryRoomTests(GuestRoleCase):
    def test_a_guest_sets_what_ends_with_the_room(self) -> None:
        self.ann.says("MODE #tea +imst").gets_numerics("MODE")
        for client in (self.ann, self.bob, self.cid):
            client.says("PART #tea")
        self.server.settle()
        eve = self.server.irc("eve").says("JOIN #tea")
        eve.gets_numerics("JOIN", "353", "366")
        self.assertEqual(self.role("eve"), Role.OWNER)

    def test_a_room_that_lasts_is_not_set_by_a_guest(self) -> None:
        """Its name would be kept by nobody for good."""
        self.server.client("lin").says("create pot", "join pot")
        lin = self.server.client("lin2")
        lin.takes()
        self.ann.says("JOIN #pot", "MODE #pot +i")
        self.assertIn(" 482 ", self.ann.takes()[-1])

    def test_who_owns_a_room_by_its_nick_cannot_be_an_account_that_is_called_so_later(self) -> None:
        """A room of a guest that has an owner there is not taken over by registering the nick."""
        self.ann.says("NICK anna")
        thief = self.account("ann", "#tea")
        self.assertEqual(self.role("ann"), Role.MEMBER)
        self.assertPowerless(thief)
