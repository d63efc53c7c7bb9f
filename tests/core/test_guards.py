"""Who may do what: every command about a room, said by everyone it could be said by."""

from typing import Any, get_args

import attrs

from chatsvc.core import commands as c
from chatsvc.core import errors
from chatsvc.core import replies as r
from chatsvc.core.conversations import with_peer
from chatsvc.core.masks import parse_mask
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.people import Session
from chatsvc.core.roles import Role
from chatsvc.core.rules import RULES
from chatsvc.core.sanctions import Means
from chatsvc.core.signals import SignalKind
from tests.core.world import World, WorldTestCase

DEN = RoomName("den")

NAMELESS, OWNER, MEMBER, OUTSIDER, NO_ROOM = range(5)
"""A session without a nick; the owner, from outside; a member; somebody else; the room is gone."""

NOT_YOURS = (errors.NotAllowed, errors.NotAllowed, errors.NoSuchRoom)
SPAM = parse_mask("spam*")
FOR_MODERATORS: list[c.Command] = [
    c.Kick(DEN, Nick("max")),
    c.Ban(DEN, SPAM),
    c.Mute(DEN, SPAM),
    c.TryBan(DEN, SPAM),
    c.Favour(DEN, SPAM, Means.SPARE),
    c.SetRole(DEN, Nick("max"), Role.MEMBER),
    c.SetVoice(DEN, Nick("max"), False),
]
LIFTING: list[c.Command] = [c.Unban(DEN, SPAM), c.Unmute(DEN, SPAM)]
SETTING: list[c.Command] = [
    c.ChangeSetting(DEN, "announce", "yes"),
    c.SetRoomPassword(DEN, "s3cret"),
    c.SetRoomSecret(DEN, "$hash"),
    c.RenameRoom(DEN, RoomName("pub")),
    c.ChangeRoomMetadata(DEN, (("url", "x"),)),
]

ABOUT_A_ROOM: list[tuple[c.Command, list[type[errors.Refusal] | None]]] = [
    # command, then what it is refused with:      NAMELESS ... NO_ROOM
    (
        c.CreateRoom(DEN),
        [errors.NoNick, errors.RoomExists, errors.RoomExists, errors.RoomExists, None],
    ),
    (
        c.ListSanctions(DEN, Means.BAN),
        [errors.NoNick, None, None, errors.NotAllowed, errors.NoSuchRoom],
    ),
    (
        c.Unfavour(DEN, SPAM, Means.SPARE),
        [errors.NoNick, errors.BadMask, errors.NotAllowed, errors.NotAllowed, errors.NoSuchRoom],
    ),
    (c.JoinRoom(DEN), [errors.NoNick, None, errors.AlreadyAMember, None, None]),
    (c.JoinRoom(DEN, since=3), [errors.NoNick, None, None, None, None]),
    (c.JoinWithPassword(DEN, "s3cret"), [errors.NoNick, None, None, None, None]),
    (
        c.EnterRoom(DEN),
        [errors.NoNick, None, errors.AlreadyAMember, None, errors.NoSuchRoom],
    ),
    (
        c.LeaveRoom(DEN),
        [errors.NoNick, errors.NotAMember, None, errors.NotAMember, errors.NoSuchRoom],
    ),
    (
        c.DeleteRoom(DEN),
        [errors.NoNick, None, errors.NotAllowed, errors.NotAllowed, errors.NoSuchRoom],
    ),
    (
        c.Say(DEN, "hi"),
        [errors.NoNick, errors.NotAMember, None, errors.NotAMember, errors.NoSuchRoom],
    ),
    (
        c.SetTopic(DEN, "tea"),
        [errors.NoNick, errors.NotAMember, None, errors.NotAMember, errors.NoSuchRoom],
    ),
    (
        c.TalkIn(DEN),
        [errors.NoNick, errors.NotAMember, None, errors.NotAMember, errors.NoSuchRoom],
    ),
    (
        c.SetWelcome(DEN, "hi"),
        [errors.NoNick, None, errors.NotAllowed, errors.NotAllowed, errors.NoSuchRoom],
    ),
    (c.ShowTopic(DEN), [errors.NoNick, None, None, None, errors.NoSuchRoom]),
    (c.ShowWelcome(DEN), [errors.NoNick, None, None, None, errors.NoSuchRoom]),
    (c.ReadHistory(DEN, 5), [errors.NoNick, None, None, None, errors.NoSuchRoom]),
    (c.ReadHistoryAt(DEN, 5, after=0), [errors.NoNick, None, None, None, errors.NoSuchRoom]),
    (c.ReadHappenings(DEN, 5), [errors.NoNick, None, None, None, errors.NoSuchRoom]),
    (c.SearchRoom(DEN, "tea"), [errors.NoNick, None, None, None, errors.NoSuchRoom]),
    (c.Redact(DEN, 1), [errors.NoNick, *[errors.NoSuchMessage] * 3, errors.NoSuchRoom]),
    (c.Edit(DEN, 1, "tea"), [errors.NoNick, *[errors.NoSuchMessage] * 3, errors.NoSuchRoom]),
    (c.DescribeRoom(DEN), [None, None, None, None, errors.NoSuchRoom]),
    (c.ListUsers(DEN), [None, None, None, None, errors.NoSuchRoom]),
    (c.VacateRoom(DEN), [None, None, None, None, None]),
    (c.TrimRoom(DEN, 1, 0), [None, None, None, None, None]),
    # For moderators; the owner is a guest here.
    *((command, [errors.NoNick, None, *NOT_YOURS]) for command in FOR_MODERATORS),
    *((command, [errors.NoNick, errors.BadMask, *NOT_YOURS]) for command in LIFTING),
    *((command, [errors.NoNick, errors.NotRegistered, *NOT_YOURS]) for command in SETTING),
    (c.StepDown(DEN), [errors.NoNick, errors.NotAllowed, *NOT_YOURS]),
    (c.ShowRoomMetadata(DEN), [errors.NoNick, None, None, None, errors.NoSuchRoom]),
    (c.ShowSettings(DEN), [errors.NoNick, None, None, None, errors.NoSuchRoom]),
    (
        c.Invite(DEN, Nick("otto")),
        [errors.NoNick, None, None, errors.NotAMember, errors.NoSuchRoom],
    ),
    (
        c.Uninvite(DEN, Nick("otto")),
        [
            errors.NoNick,
            errors.NoSuchUser,
            errors.NoSuchUser,
            errors.NotAMember,
            errors.NoSuchRoom,
        ],
    ),
]

NEEDS_A_NICK: list[c.Command] = [
    c.Tell(Nick("olga"), "hi"),
    c.Signal(SignalKind.TAGS, nick=Nick("olga")),
    c.Ignore(Nick("olga")),
    c.Unignore(Nick("olga")),
    c.ListIgnored(),
    c.SetAway("lunch"),
    c.SetBack(),
    c.SetRealname("Ann A"),
    c.ShowMetadata(Nick("olga")),
    c.ChangeMetadata(Nick("ann"), (("url", "x"),)),
    c.SetMarks(),
    c.Watch(),
    c.TalkIn(None),
    c.ListActivity(0, 1, 5),
    c.MarkRead(with_peer(Nick("olga")), 1),
    c.KeepMarker(with_peer(Nick("olga")), 1),
    c.ShowMarker(DEN),
    c.Register("s3cret"),
    c.RegisterAccount("$hash"),
    c.Operate(Nick("ann"), "s3cret"),
    c.OperateAs(Nick("ann")),
]
NEEDS_AN_ACCOUNT: list[c.Command] = [
    c.LogOut(),
    c.EndOthers(),
    c.ChangePassword("s3cret", "oyster"),
    c.ReplacePassword("$hash"),
    c.DropAccount("s3cret"),
    c.RemoveAccount(),
    c.AddKey("ssh-ed25519 AAAA"),
    c.ListKeys(),
    c.RemoveKey(1),
    c.GrantCode(),
    c.Claim("code"),
    c.BecomeOperator(),
]
NEEDS_NOTHING: list[c.Command] = [
    c.SetNick(Nick("zoe")),
    c.ListRooms(),
    c.ListUsers(),
    c.Ping("x"),
    c.Help(),
    c.Quit(),
]
THE_HUBS: list[c.Command] = [
    c.LogIn(Nick("ann"), "s3cret"),
    c.Pair("012345"),
    c.Prove(Nick("ann"), "$hash", True),
    c.ShowCertificate(),
    c.BecomeAccount(Nick("ann")),
    c.NotePositions(Nick("ann"), ()),
    c.RenewSecret(Nick("ann"), "$old", "$new"),
    c.LiftWhatIsOver(),
]
"""Commands that the hub asks for itself, and those it prepares that anybody may say."""


FOR_OPERATORS: list[c.Command] = [
    c.SetOperator(Nick("olga"), True),
    c.ListOperators(),
    c.ServerBan(parse_mask("olga")),
    c.TryServerBan(parse_mask("olga")),
    c.ServerUnban(parse_mask("olga")),
    c.ListServerBans(),
    c.SetServer(sign_ups=False),
    c.ShowServer(),
    c.Locate(Nick("nobody")),
    c.ShowWhereabouts(r.Whereabouts(Nick("olga"), ())),
    c.ShowWouldHit(parse_mask("olga"), r.ServerWouldHit("olga", (), 0, 0, 0)),
    c.Kill(Nick("nobody")),
    c.Announce("hi"),
    c.TellOperators("hi"),
    c.ReadAudit(5),
    c.Reload(),
    c.ShutDown(),
]
THE_HUBS_FOR_OPERATORS: list[c.Command] = [
    c.LiftServerBans(),
    c.NoteReload(("It is new.",)),
    c.NoteWrongClaims(Nick("ann"), "192.0.2.1", 3),
]


def den() -> tuple[World, list[Session]]:
    """Return a world with a den that has two members, and one session of each kind."""
    world = World()
    olga, mia, max_, otto = map(world.arrive, ("olga", "mia", "max", "otto"))
    world.do(olga, c.CreateRoom(DEN))
    for member in (mia, max_):
        world.do(member, c.JoinRoom(DEN))
    return world, [world.connect(), olga, mia, otto]


class GuardTests(WorldTestCase):
    def test_each_command_about_a_room_lets_in_whom_it_should(self):
        for command, refusals in ABOUT_A_ROOM:
            for who, kind in enumerate(refusals[:NO_ROOM]):
                self.world, sessions = den()
                self.check(command, sessions[who], kind)

    def test_each_command_about_a_room_finds_a_deleted_one_missing(self):
        for command, refusals in ABOUT_A_ROOM:
            self.world, sessions = den()
            self.world.do(sessions[OWNER], c.DeleteRoom(DEN))
            self.check(command, sessions[MEMBER], refusals[NO_ROOM])

    def test_the_spelling_of_a_room_makes_no_difference(self):
        for command, refusals in ABOUT_A_ROOM:
            self.world, sessions = den()
            spelled: Any = type(command)(RoomName("ＤＥＮ"), *_after_room(command))
            self.check(spelled, sessions[OUTSIDER], refusals[OUTSIDER])

    def test_row_e9_before_a_nick_only_some_commands_answer(self):
        """Row E9: before a nick is set only nick, help, list, quit and the like answer."""
        for command in NEEDS_A_NICK:
            self.assertRefused(errors.NoNick, self.world.connect(), command)
        for command in NEEDS_NOTHING:
            self.assertIsNotNone(self.world.do(self.world.connect(), command).reply)

    def test_what_is_about_an_account_needs_one(self):
        guest = self.world.arrive("ann")
        for command in NEEDS_AN_ACCOUNT:
            self.assertRefused(errors.NoNick, self.world.connect(), command)
            self.assertRefused(errors.NotLoggedIn, guest, command)

    def test_what_is_for_operators_is_refused_to_all_others_alike(self):
        guest, owner = self.world.arrive("ann"), self.world.arrive("bob")
        self.world.do(owner, c.RegisterAccount("$hash"))
        for command in FOR_OPERATORS:
            self.assertRefused(errors.NoNick, self.world.connect(), command)
            first = self.assertRefused(errors.NotAllowed, guest, command)
            self.assertEqual(self.assertRefused(errors.NotAllowed, owner, command), first)

    def test_what_guests_may_do_where_everybody_must_log_in(self):
        """All else is refused alike, whatever it is about; the hub's own is not in question."""
        self.world.state.server.registered_only = True
        allowed = {kind for kind, rule in RULES.items() if rule.for_guests}
        names = {c.SetNick, c.Register, c.RegisterAccount, c.LogIn, c.BecomeAccount, c.Pair}
        self.assertEqual(allowed, names | {c.Prove, c.ShowCertificate, c.Ping, c.Help, c.Quit})
        guest = self.world.arrive("ann")
        others = [*NEEDS_A_NICK, *NEEDS_AN_ACCOUNT, *NEEDS_NOTHING, *FOR_OPERATORS]
        for command in (*others, *(command for command, _ in ABOUT_A_ROOM)):
            if type(command) not in allowed:
                self.assertRefused(errors.NotRegistered, guest, command)

    def test_one_becomes_only_an_account_that_is_there(self):
        """The password was right, but the account was dropped while it was checked."""
        self.assertRefused(errors.BadLogin, self.world.connect(), c.BecomeAccount(Nick("ann")))

    def test_every_command_is_in_a_table_of_this_module(self):
        tested = {type(command) for command, _ in ABOUT_A_ROOM}
        others = NEEDS_A_NICK + NEEDS_AN_ACCOUNT + NEEDS_NOTHING + THE_HUBS
        others += FOR_OPERATORS + THE_HUBS_FOR_OPERATORS
        tested |= {type(command) for command in others}
        # Who may change a message that is there: tests/core/test_corrections.py.
        self.assertEqual(tested, set(get_args(c.Command)) - {c.ChangeMessage})

    def check(
        self, command: c.Command, session: Session, kind: type[errors.Refusal] | None
    ) -> None:
        if kind is not None:
            refusal = self.assertRefused(kind, session, command)
            if kind is not errors.NoNick:
                self.assertIn('"den"', refusal.sentence.replace("ＤＥＮ", "den"))
        else:
            self.world.do(session, command)


def _after_room(command: Any) -> list[Any]:
    fields = attrs.fields(type(command))
    return [getattr(command, each.name) for each in fields if each.name != "room"]
