"""What people are shown: readable, without codes, and never a control character."""

from datetime import UTC
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.client import happenings as h
from chatsvc.client.answers import age, render_answer
from chatsvc.client.lines import Kind, Line, clock_time, plain
from chatsvc.client.rendering import mentions, render_happening, render_refusal
from chatsvc.core import events as e
from chatsvc.core import replies as r
from chatsvc.core.errors import NoSuchRoom
from chatsvc.core.kinds import Kind as RoomKind
from chatsvc.core.masks import parse_mask
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.roles import Role
from chatsvc.core.sanctions import Means, Sanction
from chatsvc.core.text import printable
from chatsvc.wire.reading import HelpText

LOBBY = RoomName("lobby")
ANN, BOB, ME = Nick("ann"), Nick("bob"), Nick("me")
TEN = 1_795_168_800_000
"""2026-11-20 10:00 UTC."""

SPAM = Sanction(parse_mask("spam*"), ANN, TEN, None, "noise")

SHOWN = [
    (e.Said(LOBBY, 42, TEN, ANN, "hi all"), "[lobby 42] 10:00 ann: hi all"),
    (e.Told(TEN, ANN, "psst"), "10:00 ann tells you: psst"),
    (e.Said(RoomName("@ann"), 7, TEN, ANN, "psst"), "[@ann 7] 10:00 ann tells you: psst"),
    (e.Said(RoomName("@ann"), 8, TEN, Nick("me"), "yes?"), "[@ann 8] 10:00 You tell ann: yes?"),
    (e.Joined(LOBBY, BOB), "[lobby] bob joined."),
    (e.Joined(LOBBY, Nick("ME")), "[lobby] You joined."),
    (e.Left(LOBBY, BOB), "[lobby] bob left."),
    (e.Renamed(0, ANN, BOB), "ann is bob now."),
    (e.WentAway(ANN, "tea"), "ann is away: tea"),
    (e.WentAway(ANN, ""), "ann is away."),
    (e.CameBack(ANN), "ann is back."),
    (e.TopicSet(LOBBY, TEN, ANN, "fish"), "[lobby] The topic is: fish (set by ann)"),
    (e.TopicSet(LOBBY, TEN, ANN, ""), "[lobby] ann cleared the topic."),
    (e.RoomDeleted(LOBBY, 0, ANN, 0), "[lobby] This room was deleted by ann."),
    (e.RoomDeleted(LOBBY, 0, None, 0), "[lobby] This room was deleted."),
    (e.RoomRenamed(RoomName("den"), 0, ANN, LOBBY, 0), "[lobby] ann has renamed den to lobby."),
    (
        e.RoomRenamed(RoomName("den"), 0, ANN, LOBBY, 0, "why"),
        "[lobby] ann has renamed den to lobby: why",
    ),
    (e.Greeted("Welcome!"), "Welcome!"),
    (e.Welcomed(LOBBY, "Be kind."), "[lobby] Be kind."),
    (e.Announced(TEN, ANN, "Tea!"), "10:00 *** Announcement by ann: Tea!"),
    (e.ServerClosing("See you."), "The server ends the connection: See you."),
    (e.Kicked(LOBBY, BOB, ANN), "[lobby] bob was put out by ann."),
    (e.Kicked(LOBBY, BOB, ANN, "spam", is_banned=True), "[lobby] bob was banned by ann: spam"),
    (
        e.Kicked(LOBBY, ME, ANN, "too loud"),
        "ann has put you out of lobby (too loud). To come back: /join lobby",
    ),
    (
        e.Kicked(LOBBY, ME, ANN, "", is_banned=True),
        "ann has banned you from lobby. You are not in it any more; a moderator there may lift "
        "the ban.",
    ),
    (
        e.Called(LOBBY, ME, ANN, TEN),
        "10:00 *** ann invites you into lobby; to accept: /join lobby",
    ),
    (
        e.RoleSet(LOBBY, TEN, ANN, BOB, Role.MODERATOR, 0),
        "[lobby] bob is a moderator now, by ann.",
    ),
    (e.RoleSet(LOBBY, TEN, ANN, ME, Role.VOICED, 0), "[lobby] You are voiced now, by ann."),
    (e.RoleSet(LOBBY, TEN, None, ANN, Role.OWNER, 0), "[lobby] ann is an owner now."),
    (
        e.RoomSet(LOBBY, TEN, ANN, RoomKind(listed=False), 0),
        "[lobby] ann changed the settings: kind unlisted, listed no, announce no, "
        "history everyone from 1, keep all, topic members, outsiders no, most all, plain no",
    ),
    (
        e.SanctionLaid(LOBBY, Means.BAN, SPAM, 0),
        "[lobby] spam* is banned for good, by ann: noise",
    ),
    (
        e.SanctionLifted(LOBBY, TEN, BOB, Means.MUTE, SPAM.mask, 0),
        "[lobby] bob lifted the mute of spam*.",
    ),
    (
        e.SanctionLifted(LOBBY, TEN, None, Means.BAN, SPAM.mask, 0),
        "[lobby] The ban of spam* is over: its time had come.",
    ),
    (
        h.DirectWaiting(RoomName("@ann"), 2),
        "ann told you 2 messages that you have not read; to read: /history @ann 2",
    ),
    (
        h.TurnedAway("You are banned from this server."),
        "This client does not try again: You are banned from this server.",
    ),
    (h.Connected("Friday", ME), "Connected to Friday as me."),
    (h.Disconnected("It rained.", 0.4), "No connection: It rained. Trying again in 1 s."),
    (h.Disconnected("It: rain", 2), "No connection: It: rain. Trying again in 2 s."),
    (h.CaughtUp(LOBBY, 1), "[lobby] You missed 1 message."),
    (h.CaughtUp(LOBBY, 3), "[lobby] You missed 3 messages."),
    (h.RoomReplaced(LOBBY), "[lobby] This is a new room of the same name; it begins at 1."),
    (h.RoomLost(LOBBY, "No."), "[lobby] You are not in this room: No."),
    (
        h.MessagesMissing(LOBBY, 2, 5),
        "[lobby] Messages 2 to 5 are not kept any more, or not yours to read.",
    ),
    (h.NickChanged(ANN, BOB), "You are bob now."),
    (h.NickChanged(ANN, BOB, '"ann" is taken.'), '"ann" is taken. You are bob now.'),
]

ROW = r.RoomSummary(LOBBY, 2, 41, TEN - 3 * 86_400_000, TEN - 120_000, True, "fish")
EMPTY = r.RoomSummary(RoomName("дом"), 1, 0, TEN - 5000, 0, False, "")
TOPIC = r.TopicIs(LOBBY, TEN, ANN, "fish")

ANSWERED: list[tuple[Any, list[str]]] = [
    (r.Sent(LOBBY, 42), []),
    (r.NickIs(ANN), ["You are ann now."]),
    (r.RoomMade(LOBBY), ["[lobby] This room was made."]),
    (r.RoomMade(LOBBY, 9001), ["[lobby] This room was made, on port 9001."]),
    (r.RoomMade(LOBBY, 0), ["[lobby] This room was made, no port of its own was free."]),
    (r.Entered(LOBBY, 1, 1), ["[lobby] You are in: 1 person, 1 message."]),
    (r.Entered(LOBBY, 41, 2), ["[lobby] You are in: 2 people, 41 messages."]),
    (r.RoomLeft(LOBBY), ["[lobby] You left."]),
    (r.RoomNameIs(RoomName("den"), LOBBY), ["[lobby] den is called lobby now."]),
    (r.RoomGone(LOBBY), ["[lobby] This room was deleted."]),
    (r.Delivered(ANN), ["ann got your message."]),
    (r.AwayNoted(), ["You are away."]),
    (r.BackNoted(), ["You are back."]),
    (r.TopicIs(LOBBY, 0, None, ""), ["[lobby] No topic."]),
    (r.WelcomeIs(LOBBY, "Hi."), ["[lobby] The welcome line is: Hi."]),
    (r.WelcomeIs(LOBBY, ""), ["[lobby] No welcome line."]),
    (r.TalkingIn(None), ["Lines are commands again."]),
    (r.Pong("x"), ["The server is there. x"]),
    (r.OperatorIs(ANN, True), ["ann is an operator now."]),
    (r.OperatorIs(ANN, False), ["ann is no operator any more."]),
    (r.OperatorList((r.OperatorSummary(ANN, True),)), ["ann is an operator, and here."]),
    (r.ServerBanned("bob", None), ["bob is banned from the server for good."]),
    (
        r.ServerWouldHit("b*", (BOB,), 1, 2, 1),
        ["b* would hit 1 person at 2 connections, and not 1 operator: bob"],
    ),
    (r.ServerUnbanned("bob"), ["The ban of bob is lifted."]),
    (r.ServerBanList(()), ["Nobody is banned from the server."]),
    (
        r.ServerSettings(False, True),
        ["Sign-ups are closed; only those who are logged in take part."],
    ),
    (r.KillDone(BOB, 2), ["bob is disconnected: 2 connections."]),
    (r.AnnouncementMade(12), ["Told to 12 connections."]),
    (r.AuditPage(()), ["Nothing was written down."]),
    (r.ReloadDone(("It is new.",)), ["It is new."]),
    (r.StopBegun(), ["The server stops."]),
    (r.Bye(), ["Goodbye."]),
    (r.KeyKept("SHA256:lxER"), ["The key SHA256:lxER is one of yours now."]),
    (r.KeyGone("SHA256:lxER"), ["The key SHA256:lxER is not one of yours any more."]),
    (r.KeyList(()), ["You have no keys; add one with: keys add KEY."]),
    (
        r.KeyList((r.KeySummary(1, "SHA256:lxER", "ssh-ed25519", "ann at home"),)),
        [
            "   fingerprint  type         comment",
            "1  SHA256:lxER  ssh-ed25519  ann at home",
        ],
    ),
    (
        r.PairingCode("012345", 120),
        ["At the other place say: pair 012345 - within 120 s, and to nobody else."],
    ),
    (HelpText(("quit - Leave.",)), ["quit - Leave."]),
    (r.RoomList(()), ["There is no room yet; join one to make it."]),
    (r.UserList(()), ["Nobody is there."]),
    (r.History(LOBBY, ()), ["[lobby] Nothing was said there."]),
    (r.SearchResult(LOBBY, ()), ["[lobby] Nothing was found."]),
    (
        r.History(LOBBY, (e.Said(LOBBY, 1, TEN, ANN, "hi"),)),
        ["[lobby 1] 2026-11-20 10:00 ann: hi"],
    ),
    (
        r.RoomList((EMPTY, ROW)),
        [
            "room   members  messages  age        last activity  kind       topic",
            "дом    1        0         5 seconds  -              temporary",
            "lobby  2        41        3 days     2 minutes ago  kept       fish",
        ],
    ),
    (
        r.UserList((r.UserSummary(ANN, TEN - 7_200_000, "line", None),)),
        ["user  status  connected  via", "ann   online  2 hours    line"],
    ),
    (
        r.RoomDetails(ROW, ANN, TOPIC, "", 9001),
        [
            "room           lobby",
            "members        2",
            "messages       41",
            "made           3 days ago by ann",
            "last activity  2 minutes ago",
            "kind           kept",
            "topic          fish",
            "welcome        -",
            "port           9001",
        ],
    ),
    (r.PutOut(LOBBY, BOB), ["[lobby] bob is out."]),
    (
        r.SanctionIs(LOBBY, Means.BAN, SPAM.mask, None, 2),
        ["[lobby] spam* is banned for good; it hits 2 members."],
    ),
    (
        r.SanctionIs(LOBBY, Means.MUTE, SPAM.mask, None, 0),
        ["[lobby] spam* is muted for good; it hits nobody who is here."],
    ),
    (r.SanctionGone(LOBBY, Means.BAN, SPAM.mask), ["[lobby] The ban of spam* is lifted."]),
    (
        r.SanctionList(LOBBY, Means.BAN, (SPAM,)),
        ["[lobby] spam* is banned for good, by ann: noise"],
    ),
    (r.SanctionList(LOBBY, Means.MUTE, ()), ["[lobby] Nobody is muted."]),
    (
        r.WouldHit(LOBBY, SPAM.mask, (r.Hit(ANN, True), r.Hit(BOB, False))),
        ["[lobby] spam* would hit ann, bob (absent)."],
    ),
    (r.WouldHit(LOBBY, SPAM.mask, ()), ["[lobby] spam* would hit nobody."]),
    (r.RoleIs(LOBBY, BOB, Role.MEMBER), ["[lobby] bob is a member without a role now."]),
    (
        r.Settings(LOBBY, RoomKind(announce=True)),
        [
            "[lobby] kind public",
            "[lobby] listed yes",
            "[lobby] announce yes",
            "[lobby] history everyone from 1",
            "[lobby] keep all",
            "[lobby] topic members",
            "[lobby] outsiders no",
            "[lobby] most all",
            "[lobby] plain no",
        ],
    ),
    (
        r.InvitationGiven(LOBBY, BOB),
        ["[lobby] bob is invited, and may come in once with: join lobby"],
    ),
    (r.InvitationGone(LOBBY, BOB), ["[lobby] bob is not invited any more."]),
    (
        r.LoggedInAs(ANN, (r.Unread(RoomName("@bob"), 7, 2), r.Unread(LOBBY, 5, 1))),
        [
            "You are ann.",
            "bob told you 2 messages that you have not read; to read: /history @bob 2",
            "[lobby] Unread: 1 message.",
        ],
    ),
    (
        r.UserList(
            (
                r.UserSummary(ANN, TEN, "line", None, Role.OWNER),
                r.UserSummary(BOB, TEN, "line", None, Role.MODERATOR),
                r.UserSummary(Nick("cy"), TEN, "line", "tea", Role.VOICED),
            )
        ),
        [
            "user  status  connected  via",
            "~ann  online  0 seconds  line",
            "@bob  online  0 seconds  line",
            "+cy   away    0 seconds  line  tea",
        ],
    ),
]


class ShownTests(SynchronousTestCase):
    """Rows B2, B7 and D9: readable lines."""

    def test_everything_that_happens_has_its_line(self) -> None:
        for happening, shown in SHOWN:
            lines = [plain(line, UTC) for line in render_happening(happening, ME)]
            self.assertEqual(lines, [shown])

    def test_what_says_nothing_new_is_not_shown(self) -> None:
        for happening in (
            h.CaughtUp(LOBBY, 0),
            e.Resumed(LOBBY, 1, 1),
            e.SanctionLaid(LOBBY, Means.BAN, Sanction(SPAM.mask, ME, TEN), 0),
            e.SanctionLifted(LOBBY, TEN, ME, Means.BAN, SPAM.mask, 0),
            e.RoleSet(LOBBY, TEN, ME, BOB, Role.VOICED, 0),
            e.RoomSet(LOBBY, TEN, ME, RoomKind(), 0),
        ):
            self.assertEqual(render_happening(happening, ME), [])

    def test_every_answer_has_its_lines(self) -> None:
        for answer, shown in ANSWERED:
            lines = [plain(line, UTC) for line in render_answer(answer, ME, TEN)]
            self.assertEqual(lines, shown)

    def test_a_topic_tells_when_it_was_set(self) -> None:
        (line,) = render_answer(TOPIC, ME, TEN)
        self.assertIn("The topic is: fish (set by ann, 2026-11-", line.text)

    def test_a_refusal_is_its_sentence_without_a_code(self) -> None:
        line = render_refusal(NoSuchRoom("den"))
        self.assertEqual((line.kind, plain(line)), (Kind.ERROR, 'There is no room called "den".'))

    def test_wide_characters_are_aligned_as_they_look(self) -> None:
        wide = attrs.evolve(EMPTY, room=RoomName("会議室"))
        lines = [plain(line) for line in render_answer(r.RoomList((wide,)), ME, TEN)]
        self.assertEqual(lines[1][:5], "会議室  ")

    def test_kinds_tell_own_from_others_and_who_is_meant(self) -> None:
        for nick, text, kind in [
            (ANN, "hi", Kind.SAID),
            (ANN, "hi @me!", Kind.MENTION),
            (Nick("ME"), "me, myself", Kind.OWN),
        ]:
            (line,) = render_happening(e.Said(LOBBY, 1, TEN, nick, text), ME)
            self.assertEqual(line.kind, kind)

    def test_ages_are_in_the_largest_unit_that_fits(self) -> None:
        for seconds, shown in [
            (0, "0 seconds"),
            (1, "1 second"),
            (61, "1 minute"),
            (7199, "1 hour"),
            (86_400 * 400, "400 days"),
            (-5, "0 seconds"),
        ]:
            self.assertEqual(age(0, seconds * 1000), shown)

    def test_a_time_outside_the_calendar_is_no_error(self) -> None:
        self.assertEqual(clock_time(10**18), "--:--")


class MentionTests(SynchronousTestCase):
    """Row E11: "@user" inside a line is a mention."""

    def test_a_nick_is_found_as_a_word_of_its_own(self) -> None:
        for text in [
            "@ann",
            "ann",
            "hi ann",
            "ann: hi",
            "thanks, ANN.",
            "(ann)",
            "Ａｎｎ?",
            "x @ann,",
        ]:
            self.assertTrue(mentions(text, ANN), text)

    def test_and_not_inside_another_word_or_nick(self) -> None:
        for text in ["", "annual", "joann", "ann-marie", "mary-ann", "ann_", "ann2", "ann.b"]:
            self.assertFalse(mentions(text, ANN), text)

    def test_marks_in_nicks_mean_themselves(self) -> None:
        self.assertTrue(mentions("hi [a^b]!", Nick("[a^b]")))
        self.assertFalse(mentions("hi a", Nick("[ab]")))


TEXT = st.text(max_size=40)


class SafetyTests(SynchronousTestCase):
    """Nothing anybody sends reaches a terminal as more than text on one line."""

    def check(self, lines: list[Line]) -> None:
        for line in lines:
            for shown in (plain(line), line.text, line.nick or "", line.room or ""):
                self.assertEqual(printable(shown), shown)
                self.assertNotIn("\n", shown)

    @given(TEXT, TEXT, TEXT, st.integers(-(10**18), 10**18))
    def test_events(self, room: Any, nick: Any, text: str, at: int) -> None:
        for happening in [
            e.Said(room, 1, at, nick, text),
            e.Told(at, nick, text),
            e.Joined(room, nick),
            e.Left(room, nick),
            e.Renamed(0, nick, nick),
            e.WentAway(nick, text),
            e.CameBack(nick),
            e.TopicSet(room, at, nick, text),
            e.RoomDeleted(room, at, nick, 0),
            e.RoomRenamed(room, at, nick, room, 0, text),
            e.Greeted(text),
            e.Welcomed(room, text),
            e.ServerClosing(text),
            e.Kicked(room, nick, nick, text),
            e.Kicked(room, ME, nick, text, is_banned=True),
            e.Called(room, nick, nick, at),
            e.RoleSet(room, at, nick, nick, Role.OWNER, 0),
            e.RoomSet(room, at, nick, RoomKind(), 0),
            e.SanctionLaid(room, Means.MUTE, Sanction(SPAM.mask, nick, at, at, text), 0),
            e.SanctionLifted(room, at, nick, Means.BAN, SPAM.mask, 0),
            h.DirectWaiting(room, 2),
            h.TurnedAway(text),
            h.Connected(text, nick),
            h.Disconnected(text, 1),
            h.RoomLost(room, text),
            h.NickChanged(nick, nick, text),
        ]:
            self.check(render_happening(happening, ME))

    @given(TEXT, TEXT, TEXT, st.integers(0, 10**18))
    def test_answers(self, room: Any, nick: Any, text: str, at: int) -> None:
        summary = r.RoomSummary(room, 1, 1, 1, 1, True, text)
        topic = r.TopicIs(room, 1, nick, text)
        for answer in [
            r.RoomList((summary,)),
            r.RoomDetails(summary, nick, topic, text),
            r.UserList((r.UserSummary(nick, 1, text, text),)),
            r.History(room, (e.Said(room, 1, 1, nick, text),)),
            topic,
            r.WelcomeIs(room, text),
            r.NickIs(nick),
            r.PutOut(room, nick),
            r.SanctionIs(room, Means.BAN, SPAM.mask, at, 1),
            r.SanctionList(room, Means.BAN, (Sanction(SPAM.mask, nick, at, at, text),)),
            r.WouldHit(room, SPAM.mask, (r.Hit(nick, False),)),
            r.RoleIs(room, nick, Role.OWNER),
            r.Settings(room, RoomKind()),
            r.InvitationGiven(room, nick),
            r.InvitationGone(room, nick),
            r.LoggedInAs(nick, (r.Unread(RoomName(f"@{nick}"), 1, 1),)),
            r.Pong(text),
            HelpText((text,)),
        ]:
            self.check(render_answer(answer, ME, TEN))
