"""The exact bytes of every answer and event: what docs/protocol.md promises."""

from typing import get_args

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core import errors
from chatsvc.core import events as e
from chatsvc.core import replies as r
from chatsvc.core.happenings import Sort
from chatsvc.core.ignoring import NOBODY_IGNORED
from chatsvc.core.invitations import Invitation
from chatsvc.core.manner import Manner, More
from chatsvc.core.masks import parse_mask
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.roles import Role
from chatsvc.core.sanctions import Sanction
from chatsvc.core.signals import SignalKind
from chatsvc.wire.answer import encode_event, encode_greeting, encode_refusal, encode_reply
from chatsvc.wire.table import VERBS
from tests.wire import moderation_examples, operating_examples

ANN, BOB, DEN = Nick("ann"), Nick("bob"), RoomName("den")
AT, TIME = 1_795_168_800_123, "2026-11-20T10:00:00.123Z"
EARLIER, EARLIER_TIME = AT - 110_000, "2026-11-20T09:58:10.123Z"

HELLO = e.Said(DEN, 41, EARLIER, BOB, "hello")
HI_ALL = e.Said(DEN, 42, AT, ANN, "hi all")
GONE = e.Redacted(DEN, 41, AT, ANN).applied_to(HELLO)
NEW = e.Edited(DEN, 41, AT, ANN, "hallo").applied_to(HELLO)
BUSY_DEN = r.RoomSummary(DEN, 2, 42, EARLIER, AT, True, "tea time")
QUIET_DEN = r.RoomSummary(DEN, 0, 0, EARLIER, 0, False, "")
NO_TOPIC = r.TopicIs(DEN, 0, None, "")

REPLIES: list[tuple[r.Reply, list[str]]] = [
    (r.NickIs(ANN), ["+ nick ann"]),
    (r.RoomMade(DEN), ["+ created den"]),
    (r.RoomMade(DEN, 9001), ["+ created den 9001"]),
    (r.RoomMade(DEN, r.NO_PORT), ["+ created den no-port"]),
    (r.Entered(DEN, 42, 2), ["+ join den 42 2"]),
    (r.Entered(DEN, 0, 1, 9001), ["+ join den 0 1 9001"]),
    (r.Entered(DEN, 0, 1, r.NO_PORT), ["+ join den 0 1 no-port"]),
    (r.RoomLeft(DEN), ["+ left den"]),
    (r.RoomGone(DEN), ["+ deleted den"]),
    (r.Sent(DEN, 42), ["+ sent den 42"]),
    (r.Delivered(BOB), ["+ told bob"]),
    (r.Delivered(BOB, 7), ["+ told bob 7"]),
    (r.IgnoredNow(BOB), ["+ ignore bob"]),
    (r.UnignoredNow(BOB), ["+ unignore bob"]),
    (r.IgnoredUsers((BOB, ANN)), ["= ignored bob", "= ignored ann", "+ ignored 2"]),
    (r.AwayNoted(), ["+ away"]),
    (r.BackNoted(), ["+ back"]),
    (NO_TOPIC, ["+ topic den"]),
    (r.TopicIs(DEN, AT, ANN, "tea time"), [f"+ topic den {TIME} ann tea time"]),
    (r.WelcomeIs(DEN, ""), ["+ welcome den"]),
    (r.WelcomeIs(DEN, "come in"), ["+ welcome den come in"]),
    (r.RoomList(()), ["+ list 0"]),
    (
        r.RoomList((BUSY_DEN, QUIET_DEN)),
        [
            f"= room den 2 42 {EARLIER_TIME} {TIME} kept tea time",
            f"= room den 0 0 {EARLIER_TIME} - temporary",
            "+ list 2",
        ],
    ),
    (r.UserList(()), ["+ who 0"]),
    (
        r.UserList(
            (
                r.UserSummary(ANN, AT, "line", None),
                r.UserSummary(BOB, AT, "line", "at lunch"),
                r.UserSummary(Nick("eve"), AT, "irc", ""),
                r.UserSummary(Nick("flo"), AT, "line", None, Role.OWNER),
                r.UserSummary(Nick("gus"), AT, "line", "tea", Role.VOICED),
            )
        ),
        [
            f"= user ann online {TIME} line",
            f"= user bob away {TIME} line at lunch",
            f"= user eve away {TIME} irc",
            f"= user flo online,owner {TIME} line",
            f"= user gus away,voiced {TIME} line tea",
            "+ who 5",
        ],
    ),
    (r.History(DEN, ()), ["+ history den 0"]),
    (
        r.History(DEN, (HELLO, HI_ALL)),
        [
            f"= said den 41 {EARLIER_TIME} bob hello",
            f"= said den 42 {TIME} ann hi all",
            "+ history den 2",
        ],
    ),
    (
        r.History(DEN, (GONE, NEW)),
        [
            f"= said-redacted den 41 {EARLIER_TIME} bob {TIME} ann",
            f"= said-edited den 41 {EARLIER_TIME} bob {TIME} ann hallo",
            "+ history den 2",
        ],
    ),
    (r.RoomNameIs(DEN, RoomName("pub"), "thirsty"), ["+ renamed-room den pub"]),
    (r.MessageRedacted(DEN, 41), ["+ redacted den 41"]),
    (r.MessageEdited(DEN, 41), ["+ edited den 41"]),
    (r.SearchResult(DEN, (HELLO,)), [f"= said den 41 {EARLIER_TIME} bob hello", "+ search den 1"]),
    (r.TalkingIn(DEN), ["+ talking den"]),
    (r.TalkingIn(None), ["+ talking"]),
    (r.Pong(""), ["+ pong"]),
    (r.Pong("1 2"), ["+ pong 1 2"]),
    (r.AccountMade(ANN), ["+ registered ann"]),
    (r.LoggedInAs(ANN, ()), ["+ login ann 0"]),
    (
        r.LoggedInAs(ANN, (r.Unread(DEN, 42, 3), r.Unread(RoomName("lobby"), 7, 0))),
        ["= unread den 42 3", "= unread lobby 7 0", "+ login ann 2"],
    ),
    (r.LoggedOff(), ["+ logout"]),
    (r.PasswordChanged(), ["+ passwd"]),
    (r.DropCode("012345", 120), ["+ drop 012345 120"]),
    (r.AccountGone(ANN), ["+ dropped ann"]),
    (r.KeyKept("SHA256:lxER"), ["+ key-added SHA256:lxER"]),
    (r.KeyList(()), ["+ keys 0"]),
    (
        r.KeyList(
            (
                r.KeySummary(1, "SHA256:lxER", "ssh-ed25519", "ann at home"),
                r.KeySummary(2, "SHA256:NPKZ", "ssh-rsa", ""),
            )
        ),
        [
            "= key 1 SHA256:lxER ssh-ed25519 ann at home",
            "= key 2 SHA256:NPKZ ssh-rsa",
            "+ keys 2",
        ],
    ),
    (r.KeyGone("SHA256:lxER"), ["+ key-removed SHA256:lxER"]),
    (r.PairingCode("012345", 120), ["+ code 012345 120"]),
    (r.Bye(), ["+ bye"]),
    *moderation_examples.REPLY_FORMS,
    *operating_examples.REPLY_FORMS,
]

EVENTS: list[tuple[e.Event, str]] = [
    (HI_ALL, f"* said den 42 {TIME} ann hi all"),
    (GONE, f"* said-redacted den 41 {EARLIER_TIME} bob {TIME} ann"),
    (NEW, f"* said-edited den 41 {EARLIER_TIME} bob {TIME} ann hallo"),
    (e.Redacted(DEN, 41, AT, ANN, 1), "* redacted den 41 ann"),
    (e.Edited(DEN, 41, AT, ANN, "hallo", 1), f"* edited den 41 {TIME} ann hallo"),
    (e.Told(AT, ANN, "hi"), f"* tell {TIME} ann hi"),
    (e.with_more(HI_ALL, More(Manner.ACTION)), f"* said den 42 {TIME} ann * hi all"),
    (e.with_more(HI_ALL, More(Manner.NOTICE)), f"* said den 42 {TIME} ann (notice) hi all"),
    (e.with_more(HI_ALL, More(Manner.TAGS)), f"* said den 42 {TIME} ann (tags) hi all"),
    (e.with_more(HI_ALL, More(tags=(("+x", "y"),))), f"* said den 42 {TIME} ann hi all"),
    (e.Told(AT, ANN, "hi", more=More(Manner.ACTION)), f"* tell {TIME} ann * hi"),
    (e.Joined(DEN, ANN), "* joined den ann"),
    (e.Joined(DEN, ANN, 7, automatic=True), "* joined den ann"),
    (e.Left(DEN, ANN, 7), "* left den ann"),
    (e.Renamed(7, ANN, BOB), "* renamed ann bob"),
    (e.WentAway(ANN, ""), "* away ann"),
    (e.WentAway(ANN, "at lunch"), "* away ann at lunch"),
    (e.CameBack(ANN), "* back ann"),
    (e.TopicSet(DEN, AT, ANN, "tea time"), f"* topic den {TIME} ann tea time"),
    (e.TopicSet(DEN, AT, ANN, ""), f"* topic den {TIME} ann"),
    (e.RoomDeleted(DEN, AT, ANN, 1), "* deleted den ann"),
    (e.RoomDeleted(DEN, AT, None, 1), "* deleted den -"),
    (e.RoomRenamed(DEN, AT, ANN, RoomName("pub"), 1), "* renamed-room den pub ann"),
    (
        e.RoomRenamed(DEN, AT, ANN, RoomName("pub"), 1, "thirsty all day"),
        "* renamed-room den pub ann thirsty all day",
    ),
    (e.Greeted("Be kind."), "* motd Be kind."),
    (e.Welcomed(DEN, "come in"), "* welcome den come in"),
    (e.Resumed(DEN, 42, 2), "* resumed den 42 2"),
    (e.MembersCounted(DEN, 1234), "* members den 1234"),
    (e.ServerClosing("The server is shutting down."), "* closing The server is shutting down."),
    *moderation_examples.EVENT_FORMS,
    *operating_examples.EVENT_FORMS,
]

BANNED = Sanction(parse_mask("bob"), ANN, AT)

NOT_SHOWN: list[e.Event] = [
    e.RoomCreated(DEN, AT, ANN, True, 1),
    e.WelcomeSet(DEN, AT, ANN, "hi", 1),
    e.Happened(DEN, AT, ANN, Sort.TOPIC, "tea", 1),
    e.Named(7, ANN),
    e.Disconnected(7),
    e.Departed(ANN, 7, "bye"),
    e.LoggedIn(7, ANN),
    e.LoggedOut(7, AT),
    e.CalledIn(DEN, ANN, BOB, AT),
    e.MarkerSet(7, ANN, DEN, AT),
    e.Authenticated(7, ANN),
    e.OperatorHere(7, ANN),
    e.Wallops(AT, ANN, "hi"),
    e.IgnoresSet(7, NOBODY_IGNORED),
    e.RealnameSet(ANN, "Ann A", 7),
    e.MarksSet(7, frozenset()),
    e.WatchSet(7, (ANN,)),
    e.SourceChanged(ANN, ("a", "b"), ("c", "d")),
    e.Appeared(ANN),
    e.Vanished(ANN),
    e.Signalled(AT, ANN, SignalKind.TAGS, "", (("+typing", "active"),), DEN),
    e.Told(AT, ANN, "hi", 7, BOB, is_copy=True),
    e.IgnoreAdded(ANN, AT, parse_mask("bob")),
    e.IgnoreRemoved(ANN, AT, parse_mask("bob")),
    e.Registered(ANN, AT, "$hash"),
    e.PasswordSet(ANN, AT, "$hash"),
    e.AccountDropped(ANN, AT),
    e.KeyAdded(ANN, AT, "ssh-ed25519 AAAA"),
    e.KeyRemoved(ANN, AT, "ssh-ed25519 AAAA"),
    e.MetadataSet(ANN, AT, (("url", "x"),)),
    e.GuestMetadataSet(ANN, (("url", None),), 7),
    e.RoomMetadataSet(DEN, AT, ANN, (("url", "x"),), 1),
    e.MembershipKept(ANN, DEN, AT, 42, 1),
    e.MembershipEnded(ANN, DEN, AT, 1),
    e.PositionsNoted(ANN, ((1, 42),)),
    e.Trimmed(DEN, AT, 42, 1),
    e.Invited(DEN, Invitation(BANNED.mask, ANN, AT), 1),
    e.InvitationTakenBack(DEN, AT, ANN, BANNED.mask, 1),
    *operating_examples.NOT_SHOWN,
]


class AnswerForms(SynchronousTestCase):
    def test_each_reply_has_its_form(self):
        for reply, lines in REPLIES:
            self.assertEqual(encode_reply(reply).decode(), "".join(f"{line}\n" for line in lines))

    def test_each_event_has_its_form(self):
        for event, line in EVENTS:
            self.assertEqual(encode_event(event).decode(), f"{line}\n")

    def test_what_concerns_no_client_is_not_sent(self):
        for event in NOT_SHOWN:
            self.assertEqual(encode_event(event), b"")

    def test_every_form_is_here(self):
        self.assertEqual(
            {type(event) for event, _ in EVENTS} | {type(event) for event in NOT_SHOWN},
            set(get_args(e.Event)),
        )
        here = {type(reply) for reply, _ in REPLIES} | {r.RoomDetails, r.HelpOn}
        here |= {r.RoomPages, r.UserPages}
        self.assertEqual(here, set(get_args(r.Reply)) - set(r.NOT_IN_LINES))

    def test_row_e10_an_event_carries_number_and_time(self):
        """Row E10: a message shows its number and the server's time, UTC in milliseconds."""
        self.assertEqual(encode_event(HI_ALL), f"* said den 42 {TIME} ann hi all\n".encode())

    def test_names_and_texts_are_sent_in_utf_8(self):
        said = e.Said(RoomName("café"), 1, AT, Nick("Ёж"), "😀 שלום")
        self.assertEqual(encode_event(said), f"* said café 1 {TIME} Ёж 😀 שלום\n".encode())

    def test_row_e9_the_greeting_names_protocol_version_and_server(self):
        """Row E9: the greeting names the protocol, its version, the server and the first step."""
        self.assertEqual(
            encode_greeting("Friday server"),
            b'* hello chatsvc/1 "Friday server" - say: nick NAME, then: help\n',
        )

    def test_row_a7_a_refusal_is_a_minus_a_code_and_a_sentence(self):
        """Row A7: a refused request is answered with - CODE SENTENCE."""
        for refusal, line in (
            (errors.NoSuchRoom("nowhere"), '- no-such-room There is no room called "nowhere".'),
            (errors.NoNick(), "- no-nick Say who you are first: nick NAME."),
            (
                errors.LineTooLong(4096),
                "- line-too-long A line may be 4096 bytes long; this one was skipped.",
            ),
        ):
            self.assertEqual(encode_refusal(refusal).decode(), f"{line}\n")


class DetailsOfRooms(SynchronousTestCase):
    def assertDetails(self, details: r.RoomDetails, *rows: str) -> None:
        lines = [*(f"= info den {row}" for row in rows), "+ info den"]
        self.assertEqual(encode_reply(details).decode().splitlines(), lines)

    def test_a_room_with_everything_shows_everything(self):
        topic = r.TopicIs(DEN, AT, BOB, "tea time")
        self.assertDetails(
            r.RoomDetails(BUSY_DEN, ANN, topic, "come in", 9001),
            "members 2",
            "last 42",
            f"created {EARLIER_TIME}",
            f"active {TIME}",
            "kind kept",
            "owner ann",
            "topic tea time",
            f"topic-set {TIME} bob",
            "welcome come in",
            "port 9001",
        )

    def test_a_bare_room_leaves_out_what_it_has_not(self):
        self.assertDetails(
            r.RoomDetails(QUIET_DEN, None, NO_TOPIC, ""),
            "members 0",
            "last 0",
            f"created {EARLIER_TIME}",
            "active -",
            "kind temporary",
            "owner -",
        )

    def test_a_room_that_got_no_port_says_so(self):
        details = r.RoomDetails(QUIET_DEN, None, NO_TOPIC, "", r.NO_PORT)
        self.assertIn(b"= info den port no-port\n", encode_reply(details))


class HelpTexts(SynchronousTestCase):
    def test_help_shows_every_verb_in_the_order_of_the_table(self):
        *rows, last = encode_reply(r.HelpOn("")).decode().splitlines()
        self.assertEqual(last, f"+ help {len(VERBS)}")
        for row, verb in zip(rows, VERBS, strict=True):
            self.assertTrue(row.startswith(f"= help {verb.syntax} - {verb.summary}"), row)

    def test_help_on_a_verb_shows_its_syntax_and_other_spellings(self):
        for verb in ("create", "1"):
            self.assertEqual(
                encode_reply(r.HelpOn(verb)),
                b"= help create ROOM - Make a room that stays until it is deleted. Also: 1.\n"
                b"+ help 1\n",
            )

    def test_help_on_an_unknown_verb_shows_all(self):
        self.assertEqual(encode_reply(r.HelpOn("zz")), encode_reply(r.HelpOn("")))
