"""Requests that take a while to prepare: what was decided meanwhile holds for them."""

from twisted.internet.defer import Deferred

from chatsvc.testing import FakeIdentity, FakeRoomPasswords
from tests.protocols.test_moderation import ModerationCase


class SlowRoomPasswords(FakeRoomPasswords):
    """Passwords of rooms that are hashed and compared when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[Deferred[None]] = []

    def _later(self) -> Deferred[None]:
        self.waiting.append(Deferred())
        return self.waiting[-1]

    def hash(self, password: str) -> Deferred[str]:
        return self._later().addCallback(lambda _: FakeIdentity.secret_of(password))

    def fits(self, room: str, secret: str, password: str, address: str) -> Deferred[bool]:
        return self._later().addCallback(lambda _: secret == FakeIdentity.secret_of(password))

    def go_on(self) -> None:
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            each.callback(None)


class PreparedMeanwhileTests(ModerationCase):
    def setUp(self) -> None:
        super().setUp()
        self.ann.says("set den kind password s3cret")
        self.eve = self.account("eve")
        self.passwords = SlowRoomPasswords()
        self.server.hub.use_identity(self.server.identity, self.passwords)
        self.server.forget()

    def test_a_ban_that_is_being_written_holds_for_who_has_just_said_the_password(self) -> None:
        self.eve.says("join den password s3cret")
        self.server.faulty.hold()
        self.ann.says("ban den eve")
        self.passwords.go_on()
        self.server.faulty.release()
        self.server.settle()
        self.eve.gets_error("no-such-room")
        self.assertNotIn("eve", self.members())

    def test_a_ban_that_the_disk_refuses_does_not(self) -> None:
        self.eve.says("join den password s3cret")
        self.server.faulty.hold()
        self.ann.says("ban den eve")
        self.passwords.go_on()
        self.server.faulty.fail_next()
        self.server.faulty.release()
        self.server.settle()
        self.assertEqual(self.ann.takes()[0].split()[1], "storage")
        self.eve.gets("+ join den 0 4")

    def test_of_two_passwords_the_later_one_holds(self) -> None:
        self.ann.says("set den kind password one")
        self.eve.says("join den password s3cret")
        self.server.faulty.hold()
        self.passwords.go_on()
        self.server.faulty.release()
        self.server.settle()
        self.assertIn("+ set den", self.ann.takes())
        self.eve.gets_error("no-such-room")

    def test_a_password_for_a_room_that_is_being_deleted_makes_none(self) -> None:
        self.ann.says("set den kind password one")
        self.server.faulty.hold()
        self.eve.says("ping").gets("+ pong")
        ann2 = self.server.client()
        ann2.says("login ann s3cret", "delete den")
        self.passwords.go_on()
        self.server.faulty.release()
        self.server.settle()
        self.assertEqual(self.ann.takes()[-1].split()[:2], ["-", "no-such-room"])
        self.assertNotIn("den", self.server.hub.manager.state.rooms)

    def test_who_is_about_to_be_muted_edits_nothing_after_it(self) -> None:
        self.gus.says("send den one")
        self.server.forget()
        self.server.faulty.hold_reads()
        self.gus.says("edit den 1 two")
        self.server.faulty.hold()
        self.ann.says("mute den gus")
        self.server.faulty.release_reads()
        self.server.faulty.release()
        self.server.settle()
        self.gus.gets_error("muted")

    def test_the_server_stops_while_one_waits(self) -> None:
        self.eve.says("join den password s3cret")
        self.server.faulty.hold()
        self.ann.says("ban den eve")
        self.passwords.go_on()
        stopped = self.server.hub.stopService()
        self.server.faulty.release()
        self.server.settle()
        self.server.clock.advance(10)
        self.server.settle()
        self.successResultOf(stopped)
        self.assertEqual(self.eve.takes()[0].split()[1], "closing")
