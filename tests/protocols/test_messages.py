"""What is said: send, tell, talk, history, search, away; and what is seen of it."""

from twisted.trial.unittest import TestCase

from chatsvc.core.limits import Limits
from tests.protocols.conversation import NOW, Server


class SendTests(TestCase):
    def test_every_member_sees_the_message_and_the_sender_its_number_first(self) -> None:
        server = Server(self)
        ann, bob = server.client("ann", "tea"), server.client("bob", "tea")
        server.forget()
        ann.says("send tea hi  all").gets("+ sent tea 1", f"* said tea 1 {NOW} ann hi  all")
        bob.gets(f"* said tea 1 {NOW} ann hi  all")

    def test_a_member_of_another_room_gets_nothing(self) -> None:
        server = Server(self)
        ann, eve = server.client("ann", "tea"), server.client("eve", "milk")
        server.forget()
        ann.says("send tea hi")
        eve.gets_nothing()

    def test_numbers_count_in_each_room_alone(self) -> None:
        ann = Server(self).client("ann", "a", "b")
        ann.says("send a x", "send b x", "send a y")
        self.assertEqual(
            [line for line in ann.takes() if line.startswith("+")],
            ["+ sent a 1", "+ sent b 1", "+ sent a 2"],
        )

    def test_sending_where_one_is_not_or_where_there_is_no_room_is_refused(self) -> None:
        server = Server(self)
        server.client("ann", "tea")
        bob = server.client("bob")
        bob.says("send tea hi").gets('- not-a-member You are not in "tea"; join it first.')
        bob.says("send no hi").gets('- no-such-room There is no room called "no".')

    def test_an_id_said_again_is_answered_with_the_first_number_and_shown_once(self) -> None:
        server = Server(self)
        ann, bob = server.client("ann", "tea"), server.client("bob", "tea")
        server.forget()
        ann.says("send tea #k1 hi").gets("+ sent tea 1", f"* said tea 1 {NOW} ann hi")
        ann.says("send tea #k1 hi again", "send tea next").gets(
            "+ sent tea 1", "+ sent tea 2", f"* said tea 2 {NOW} ann next"
        )
        bob.gets(f"* said tea 1 {NOW} ann hi", f"* said tea 2 {NOW} ann next")

    def test_the_same_id_of_another_nick_or_in_another_room_is_another_message(self) -> None:
        server = Server(self)
        ann, bob = server.client("ann", "a", "b"), server.client("bob", "a")
        ann.says("send a #k x", "send b #k x")
        server.forget()
        bob.says("send a #k x").gets("+ sent a 2", f"* said a 2 {NOW} bob x")

    def test_the_same_id_twice_in_one_commit_is_one_message(self) -> None:
        ann = Server(self).client("ann", "a")
        ann.says("send a #k x", "send a #k x").gets(
            "+ sent a 1", "+ sent a 1", f"* said a 1 {NOW} ann x"
        )

    def test_a_missing_text_is_a_usage_error(self) -> None:
        ann = Server(self).client("ann", "a")
        ann.says("send a").gets("- usage Usage: send ROOM [#ID] TEXT")

    def test_text_that_could_fake_a_line_or_hide_is_refused_and_shown_to_nobody(self) -> None:
        server = Server(self)
        ann, bob = server.client("ann", "a"), server.client("bob", "a")
        server.forget()
        for text in ("a\rb", "a\x1b[2Jb", "a\x7fb", "a\u2028b", "a\u202eb", "a\x85b"):
            ann.says(f"send a {text}").gets_error("bad-text")
        bob.gets_nothing()

    def test_text_of_any_script_arrives_as_it_was_typed(self) -> None:
        server = Server(self)
        ann, bob = server.client("ann", "a"), server.client("bob", "a")
        server.forget()
        text = "שלום 你好 e\u0301 👩‍👩‍👧 \u200fok"
        ann.says(f"send a {text}")
        bob.gets(f"* said a 1 {NOW} ann {text}")


class TellTests(TestCase):
    def test_only_the_user_told_sees_it(self) -> None:
        server = Server(self)
        ann, bob, eve = server.clients(3, "tea")
        ann.says("tell user2 psst  you").gets("+ told user2")
        bob.gets(f"* tell {NOW} user1 psst  you")
        eve.gets_nothing()

    def test_at_user_is_the_same_and_needs_no_room(self) -> None:
        server = Server(self)
        ann, bob = server.clients(2)
        ann.says("@USER2 hello").gets("+ told user2")
        bob.gets(f"* tell {NOW} user1 hello")

    def test_a_user_who_is_not_here_and_a_missing_text_are_refused(self) -> None:
        ann = Server(self).client("ann")
        ann.says("tell bob hi").gets('- no-such-user Nobody here is called "bob".')
        ann.says("@bob").gets("- usage Usage: @USER TEXT")
        ann.says("tell bob").gets("- usage Usage: tell USER [#ID] TEXT")

    def test_a_direct_message_to_oneself_arrives(self) -> None:
        ann = Server(self).client("ann")
        ann.says("@ann note").gets("+ told ann", f"* tell {NOW} ann note")


class PresenceTests(TestCase):
    def test_away_and_back_are_shown_by_who_and_told_to_those_in_one_s_rooms(self) -> None:
        server = Server(self)
        ann, bob = server.client("ann", "a", "b"), server.client("bob", "a", "b")
        eve = server.client("eve", "c")
        server.forget()
        ann.says("away at lunch").gets("+ away")
        bob.gets("* away ann at lunch")
        ann.says("who a").gets(
            f"= user ann away {NOW} line at lunch", f"= user bob online {NOW} line", "+ who 2"
        )
        ann.says("back").gets("+ back")
        bob.gets("* back ann")
        ann.says("back").gets("+ back")
        ann.says("away").gets("+ away")
        bob.gets("* away ann")
        eve.gets_nothing()

    def test_who_without_a_room_is_everybody_with_a_nick(self) -> None:
        server = Server(self)
        server.client("bob", "a")
        server.client("ann")
        server.client().says("who").gets(
            '* hello chatsvc/1 "test" - say: nick NAME, then: help',
            f"= user ann online {NOW} line",
            f"= user bob online {NOW} line",
            "+ who 2",
        )

    def test_who_of_a_missing_room_is_refused(self) -> None:
        Server(self).client("ann").says("who no").gets_error("no-such-room")


class HistoryTests(TestCase):
    def setUp(self) -> None:
        self.server = Server(self)
        self.ann = self.server.client("ann", "a")
        self.ann.says(*(f"send a m{number}" for number in range(1, 8)))
        self.ann.takes()

    def assert_history(self, words: str, *numbers: int) -> None:
        rows = (f"= said a {number} {NOW} ann m{number}" for number in numbers)
        self.ann.says(f"history a{words}").gets(*rows, f"+ history a {len(numbers)}")

    def test_history_is_the_newest_messages_oldest_first(self) -> None:
        self.assert_history("", *range(1, 8))
        self.assert_history(" 2", 6, 7)

    def test_before_pages_backwards_and_after_forwards(self) -> None:
        self.assert_history(" 2 before 6", 4, 5)
        self.assert_history(" 2 after 2", 3, 4)
        self.assert_history(" before 3", 1, 2)
        self.assert_history(" after 5", 6, 7)
        self.assert_history(" 5 before 1")
        self.assert_history(" 5 after 7")

    def test_nonsense_is_a_usage_error(self) -> None:
        for words in (
            "0",
            "x",
            "5 sideways 2",
            "before",
            "before x",
            "5 after -1",
            "9999999999999999",
        ):
            self.ann.says(f"history a {words}").gets_error("usage")

    def test_history_of_a_missing_room_is_refused(self) -> None:
        self.ann.says("history no").gets('- no-such-room There is no room called "no".')

    def test_one_need_not_be_a_member_to_read(self) -> None:
        bob = self.server.client("bob")
        bob.says("history a 1").gets(f"= said a 7 {NOW} ann m7", "+ history a 1")

    def test_search_finds_messages_that_hold_all_words(self) -> None:
        self.ann.says("send a Green tea", "send a green coffee").takes()
        self.ann.says("search a GREEN").gets(
            f"= said a 8 {NOW} ann Green tea", f"= said a 9 {NOW} ann green coffee", "+ search a 2"
        )
        self.ann.says("search a tea green").gets(f"= said a 8 {NOW} ann Green tea", "+ search a 1")
        self.ann.says("search a nothing").gets("+ search a 0")
        self.ann.says("search a").gets("- usage Usage: search ROOM WORDS")


class TalkTests(TestCase):
    def setUp(self) -> None:
        self.server = Server(self)
        self.ann, self.bob = self.server.client("ann", "a"), self.server.client("bob", "a")
        self.ann.says("talk a")
        self.server.forget()

    def test_talk_is_answered_with_talking(self) -> None:
        self.bob.says("talk a").gets("+ talking a")

    def test_a_plain_line_is_said_there(self) -> None:
        self.ann.says("list of things").gets("+ sent a 1", f"* said a 1 {NOW} ann list of things")
        self.bob.gets(f"* said a 1 {NOW} ann list of things")

    def test_spaces_and_a_doubled_slash_are_kept_as_text(self) -> None:
        self.ann.says("  two  spaces", "//etc")
        self.bob.gets(f"* said a 1 {NOW} ann   two  spaces", f"* said a 2 {NOW} ann /etc")

    def test_a_slash_marks_a_command(self) -> None:
        self.ann.says("/ping x").gets("+ pong x")
        self.ann.says("/nonsense").gets_error("unknown-command")
        self.bob.gets_nothing()

    def test_at_user_is_a_direct_message(self) -> None:
        self.ann.says("@bob psst").gets("+ told bob")
        self.bob.gets(f"* tell {NOW} ann psst")

    def test_talk_alone_ends_it(self) -> None:
        self.ann.says("/talk", "ping").gets("+ talking", "+ pong")

    def test_talk_mode_begins_with_the_next_of_pipelined_lines(self) -> None:
        self.bob.says("talk a", "hello", "/talk", "ping").gets(
            "+ talking a", "+ sent a 1", f"* said a 1 {NOW} bob hello", "+ talking", "+ pong"
        )

    def test_only_a_member_talks(self) -> None:
        eve = self.server.client("eve")
        eve.says("talk a").gets('- not-a-member You are not in "a"; join it first.')
        eve.says("ping").gets("+ pong")

    def test_an_id_like_word_is_plain_text_in_talk_mode(self) -> None:
        self.ann.says("#1 wins")
        self.bob.gets(f"* said a 1 {NOW} ann #1 wins")

    def test_who_has_left_the_room_is_told_so_line_by_line(self) -> None:
        self.ann.says("/leave a").gets("+ left a")
        self.ann.says("anybody?").gets_error("not-a-member")


class SeveralRoomsTests(TestCase):
    def test_one_connection_is_in_many_rooms_and_each_line_names_its_room(self) -> None:
        server = Server(self)
        ann = server.client("ann", "a", "b", "c")
        bob = server.client("bob", "a", "b", "c")
        server.forget()
        bob.says("send a x", "send b y", "send c z")
        ann.gets(f"* said a 1 {NOW} bob x", f"* said b 1 {NOW} bob y", f"* said c 1 {NOW} bob z")

    def test_the_limit_of_rooms_is_an_error(self) -> None:
        ann = Server(self, limits=Limits(rooms_per_session=2)).client("ann", "a", "b")
        ann.says("join c").gets_error("too-many")
        ann.says("leave a", "join c").gets("+ left a", "+ join c 0 1")
