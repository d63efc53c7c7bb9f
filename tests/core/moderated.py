"""A den with somebody in each role, for the tests of what they may do there."""

from chatsvc.core import commands as c
from chatsvc.core.events import Audited, Event, MembershipEnded, OperatorSet, RoleSet
from chatsvc.core.names import Nick, RoomName, nick_key
from chatsvc.core.people import Session
from chatsvc.core.roles import Role
from tests.core.world import NOW, Outcome, WorldTestCase

DEN = RoomName("den")
ANN, MAX, VAL, BOB, EVE, OLE = map(Nick, ("ann", "max", "val", "bob", "eve", "ole"))


class ModeratedTestCase(WorldTestCase):
    """The den is ann's; max is its moderator, val has voice, bob is a member, all of them
    accounts; gus is a guest in it. Outside are eve, an account, and ole, an operator."""

    def setUp(self) -> None:
        super().setUp()
        self.people: dict[str, Session] = {}
        for name in ("ann", "max", "val", "bob", "eve", "ole"):
            self.people[name] = self.register(name)
        self.world.do(self.people["ann"], c.CreateRoom(DEN))
        self.people["gus"] = self.world.arrive("gus")
        for name in ("ann", "max", "val", "bob", "gus"):
            self.world.do(self.people[name], c.JoinRoom(DEN))
        self.give(MAX, Role.MODERATOR)
        self.give(VAL, Role.VOICED)
        self.world.apply((OperatorSet(OLE, NOW, None, True),))

    def register(self, name: str) -> Session:
        """Return a session of a new account."""
        session = self.world.arrive(name)
        self.world.do(session, c.RegisterAccount("$hash"))
        return session

    def give(self, name: Nick, role: Role) -> None:
        """Give an account a role, whoever may."""
        self.world.apply((RoleSet(DEN, NOW, ANN, name, role, self.room.room_id),))

    @property
    def room(self):
        return self.world.state.room(DEN)

    def role(self, name: str) -> Role:
        return self.room.roles.get(nick_key(Nick(name)), Role.MEMBER)

    def does(self, name: str, command: c.Command) -> Outcome:
        return self.world.do(self.people[name], command)

    def refuses(self, kind, name: str, command: c.Command):
        return self.assertRefused(kind, self.people[name], command)

    def inside(self) -> set[str | None]:
        return self.world.members("den")

    def drop(self, name: str) -> None:
        """End the connection of somebody."""
        self.world.disconnect(self.people.pop(name))

    def sessions(self, *names: str) -> frozenset[int]:
        return frozenset(self.people[name].session_id for name in names)


def lines(events: tuple[Event, ...]) -> list[Audited]:
    """Return what goes into the audit log."""
    return [event for event in events if isinstance(event, Audited)]


def ended(events: tuple[Event, ...]) -> list[Nick]:
    """Return the accounts whose membership ends."""
    return [event.name for event in events if isinstance(event, MembershipEnded)]
