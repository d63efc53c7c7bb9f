"""Where a first nick puts somebody: bans hold there as anywhere else."""

from twisted.trial.unittest import TestCase

from chatsvc.core.names import Nick
from chatsvc.core.roles import Role
from tests.protocols.conversation import Client, Server


class NewcomerTests(TestCase):
    """ann, an account, owns the den, which has a port of its own, and the lobby."""

    def setUp(self) -> None:
        self.server = Server(self, "lobby")
        self.ann = self.server.client("ann")
        self.ann.says("register s3cret", "create den", "join den")
        self.rooms = self.server.hub.manager.state.rooms
        self.rooms["lobby"].roles[Nick("ann")] = Role.OWNER
        self.server.forget()

    def newcomer(self, nick: str, aim: str | None = None) -> Client:
        client = self.server.client(aim=aim)
        client.takes()
        return client.says(f"nick {nick}")

    def test_who_is_banned_from_the_lobby_gets_a_nick_and_is_not_put_there(self) -> None:
        for mask in ("gus", "g*", "$guest", "192.0.2.0/24"):
            self.ann.says(f"ban lobby {mask}").takes()
            gus = self.newcomer("gus").gets("+ nick gus")
            gus.says("send lobby hi").gets_error("banned")
            gus.hangs_up()
            self.ann.says(f"unban lobby {mask}").takes()
        self.newcomer("gus").gets("+ nick gus", "* joined lobby gus")

    def test_a_ban_by_nick_holds_at_the_port_of_a_room(self) -> None:
        self.ann.says("ban den gus").takes()
        gus = self.newcomer("gus", aim="den").gets_error("banned")
        gus.says("nick gil").gets("+ nick gil", "* joined den gil")
