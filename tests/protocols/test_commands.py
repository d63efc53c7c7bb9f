"""Every form of the line protocol, byte for byte, as conversations."""

from twisted.trial.unittest import TestCase

from tests.protocols.conversation import HELLO, NOW, Server


class GreetingTests(TestCase):
    def test_the_first_line_names_protocol_version_and_server(self) -> None:
        Server(self).client().gets(HELLO)

    def test_a_server_with_a_welcome_text_says_it_after_the_greeting(self) -> None:
        Server(self, welcome="Be kind.").client().gets(HELLO, "* motd Be kind.")


class NickTests(TestCase):
    def test_without_a_lobby_a_nick_is_answered_and_that_is_all(self) -> None:
        client = Server(self).client()
        client.takes()
        client.says("nick ann").gets("+ nick ann")

    def test_with_a_lobby_the_newcomer_is_put_in_it(self) -> None:
        client = Server(self, lobby="lobby").client()
        client.takes()
        client.says("nick ann").gets("+ nick ann", "* joined lobby ann")

    def test_those_in_the_lobby_see_the_newcomer(self) -> None:
        server = Server(self, lobby="lobby")
        ann = server.client("ann")
        server.client("bob")
        self.assertEqual(ann.lines[-1], "* joined lobby bob")

    def test_a_newcomer_is_told_the_lobby_s_topic_and_welcome_line(self) -> None:
        server = Server(self, lobby="lobby")
        server.client("ann").says("topic lobby Bread", "welcome lobby Hello there")
        bob = server.client()
        bob.takes()
        bob.says("nick bob").gets(
            "+ nick bob",
            "* joined lobby bob",
            f"* topic lobby {NOW} ann Bread",
            "* welcome lobby Hello there",
        )

    def test_nick_again_renames_and_everyone_who_shares_a_room_sees_it_once(self) -> None:
        server = Server(self)
        ann = server.client("ann", "a", "b")
        bob = server.client("bob", "a", "b")
        eve = server.client("eve", "c")
        server.forget()
        ann.says("nick anna").gets("+ nick anna")
        bob.gets("* renamed ann anna")
        eve.gets_nothing()

    def test_the_same_nick_again_changes_nothing(self) -> None:
        server = Server(self)
        ann = server.client("ann", "a")
        bob = server.client("bob", "a")
        server.forget()
        ann.says("nick ann").gets("+ nick ann")
        bob.gets_nothing()

    def test_another_spelling_of_one_s_own_nick_is_a_rename(self) -> None:
        server = Server(self)
        ann = server.client("ann", "a")
        bob = server.client("bob", "a")
        server.forget()
        ann.says("nick Ann").gets("+ nick Ann")
        bob.gets("* renamed ann Ann")

    def test_a_taken_nick_is_refused_with_a_free_one(self) -> None:
        server = Server(self)
        server.client("ann")
        client = server.client()
        client.takes()
        client.says("nick ANN").gets('- nick-taken The nick "ANN" is taken; "ANN2" is free.')

    def test_a_nick_is_free_again_when_its_holder_is_gone_or_renamed(self) -> None:
        server = Server(self)
        ann, bob = server.client("ann"), server.client("bob")
        ann.hangs_up()
        bob.says("nick ann").gets("+ nick ann")
        server.client().says("nick bob").gets(HELLO, "+ nick bob")

    def test_a_bad_nick_is_refused(self) -> None:
        client = Server(self).client()
        client.takes()
        client.says("nick -ann").gets_error("bad-nick")
        client.says(f"nick {'x' * 65}").gets_error("bad-nick")


class BeforeANickTests(TestCase):
    def test_what_needs_a_nick_is_refused_with_no_nick(self) -> None:
        client = Server(self).client()
        client.takes()
        for line in (
            "send lobby hi", "create a", "join a", "leave a", "delete a", "tell ann hi",
            "@ann hi", "away", "back", "topic a b", "welcome a b", "history a", "search a b",
            "talk a", "join",
        ):  # fmt: skip
            client.says(line).gets("- no-nick Say who you are first: nick NAME.")

    def test_what_only_looks_around_is_answered(self) -> None:
        client = Server(self).client()
        client.takes()
        client.says("list").gets("+ list 0")
        client.says("who").gets("+ who 0")
        client.says("ping x").gets("+ pong x")
        client.says("help ping").gets("= help ping [TOKEN] - Get a sign of life.", "+ help 1")
        client.says("quit").gets("+ bye")
        self.assertTrue(client.is_closed)


class RoomTests(TestCase):
    def test_create_makes_a_room_without_joining_it(self) -> None:
        ann = Server(self).client("ann")
        ann.says("create tea").gets("+ created tea")
        ann.says("send tea hi").gets('- not-a-member You are not in "tea"; join it first.')

    def test_create_refuses_a_name_that_exists_in_any_spelling(self) -> None:
        ann = Server(self).client("ann")
        ann.says("create tea", "create TEA").gets(
            "+ created tea",
            '- room-exists There is a room called "tea" already; join it, or pick another name.',
        )

    def test_join_answers_with_the_last_number_and_the_count_of_members(self) -> None:
        server = Server(self)
        ann = server.client("ann")
        ann.says("join tea").gets("+ join tea 0 1")
        ann.says("send tea hi")
        ann.takes()
        server.client("bob").says("join TEA")
        ann.gets("* joined tea bob")

    def test_join_in_another_spelling_is_answered_with_the_room_s_own(self) -> None:
        server = Server(self)
        server.client("ann", "Tea")
        bob = server.client("bob")
        bob.says("join tea").gets("+ join Tea 0 2")

    def test_join_alone_is_the_lobby(self) -> None:
        ann = Server(self, lobby="lobby").client("ann")
        ann.says("join").gets("+ join lobby 0 1")

    def test_join_alone_without_a_lobby_is_a_usage_error(self) -> None:
        Server(self).client("ann").says("join").gets_error("usage")

    def test_joining_twice_is_refused(self) -> None:
        ann = Server(self).client("ann", "tea")
        ann.says("join tea").gets('- already-a-member You are in "tea" already.')

    def test_a_member_is_shown_topic_and_welcome_after_the_answer_to_join(self) -> None:
        server = Server(self)
        ann = server.client("ann")
        ann.says("create tea", "join tea", "topic tea Leaves", "welcome tea Hello!")
        bob = server.client("bob")
        bob.says("join tea").gets(
            "+ join tea 0 2", f"* topic tea {NOW} ann Leaves", "* welcome tea Hello!"
        )

    def test_list_has_a_row_for_each_room_in_the_order_of_names(self) -> None:
        server = Server(self)
        server.client("ann").says("create b", "join a", "send a hi", "topic a Bread")
        server.client().says("list").gets(
            HELLO,
            f"= room a 1 1 {NOW} {NOW} temporary Bread",
            f"= room b 0 0 {NOW} - kept",
            "+ list 2",
        )

    def test_info_tells_all_about_a_room(self) -> None:
        server = Server(self)
        ann = server.client("ann")
        ann.says("create tea", "join tea", "send tea hi", "topic tea Leaves", "welcome tea Ho")
        ann.takes()
        ann.says("info tea").gets(
            "= info tea members 1",
            "= info tea last 1",
            f"= info tea created {NOW}",
            f"= info tea active {NOW}",
            "= info tea kind kept",
            "= info tea owner ann",
            "= info tea topic Leaves",
            f"= info tea topic-set {NOW} ann",
            "= info tea welcome Ho",
            "+ info tea",
        )
        ann.says("info nowhere").gets('- no-such-room There is no room called "nowhere".')

    def test_leave_is_answered_and_told(self) -> None:
        server = Server(self)
        ann, bob = server.client("ann", "tea"), server.client("bob", "tea")
        server.forget()
        bob.says("leave tea").gets("+ left tea")
        ann.gets("* left tea bob")

    def test_leaving_a_missing_room_and_leaving_without_membership_differ(self) -> None:
        ann = Server(self).client("ann")
        ann.says("create tea").gets("+ created tea")
        ann.says("leave_chatroom tea").gets('- not-a-member You are not in "tea"; join it first.')
        ann.says("leave no").gets('- no-such-room There is no room called "no".')

    def test_the_creator_deletes_a_room_and_members_are_moved_out(self) -> None:
        server = Server(self)
        ann = server.client("ann")
        ann.says("create tea")
        bob = server.client("bob", "tea")
        server.forget()
        ann.says("delete tea").gets("+ deleted tea")
        bob.gets("* deleted tea ann")
        bob.says("send tea hi").gets('- no-such-room There is no room called "tea".')

    def test_somebody_else_may_delete_only_a_room_with_nobody_else_in_it(self) -> None:
        server = Server(self)
        ann = server.client("ann")
        ann.says("create tea", "join tea")
        bob = server.client("bob", "tea")
        server.forget()
        bob.says("delete tea").gets_error("not-allowed")
        ann.says("leave tea").gets("+ left tea")
        bob.gets("* left tea ann")
        bob.says("delete tea").gets("+ deleted tea", "* deleted tea bob")

    def test_the_four_action_numbers_are_verbs(self) -> None:
        ann = Server(self).client("ann")
        ann.says("1 tea").gets("+ created tea")
        ann.says("2 tea").gets("+ join tea 0 1")
        ann.says("3").gets(f"= room tea 1 0 {NOW} - kept", "+ list 1")
        ann.says("4 tea").gets("+ deleted tea", "* deleted tea ann")
        ann.says("5 tea").gets(
            '- unknown-command There is no command "5"; help lists what there is.'
        )

    def test_a_temporary_room_goes_with_its_last_member_and_a_created_one_stays(self) -> None:
        server = Server(self)
        ann = server.client("ann", "brief")
        ann.says("create kept", "join kept")
        ann.takes()
        ann.says("leave brief", "leave kept").gets("+ left brief", "+ left kept")
        ann.says("list").gets(f"= room kept 0 0 {NOW} - kept", "+ list 1")

    def test_a_bad_room_name_is_refused(self) -> None:
        ann = Server(self).client("ann")
        ann.says("create -").gets_error("bad-room")
        ann.says("join #x").gets_error("bad-room")


class TopicAndWelcomeTests(TestCase):
    def test_a_topic_is_set_told_shown_and_cleared(self) -> None:
        server = Server(self)
        ann, bob = server.client("ann", "tea"), server.client("bob", "tea")
        server.forget()
        ann.says("topic tea").gets("+ topic tea")
        ann.says("topic tea Green  leaves").gets(
            f"+ topic tea {NOW} ann Green  leaves", f"* topic tea {NOW} ann Green  leaves"
        )
        bob.gets(f"* topic tea {NOW} ann Green  leaves")
        bob.says("topic tea").gets(f"+ topic tea {NOW} ann Green  leaves")
        bob.says("topic tea -").gets("+ topic tea", f"* topic tea {NOW} bob")
        ann.gets(f"* topic tea {NOW} bob")

    def test_only_members_set_a_topic(self) -> None:
        server = Server(self)
        server.client("ann", "tea")
        server.client("bob").says("topic tea Mine").gets_error("not-a-member")

    def test_only_the_creator_sets_the_welcome_line(self) -> None:
        server = Server(self)
        ann = server.client("ann")
        ann.says("create tea", "welcome tea Come in").gets("+ created tea", "+ welcome tea Come in")
        bob = server.client("bob", "tea")
        bob.says("welcome tea Mine").gets_error("not-allowed")
        bob.says("welcome tea").gets("+ welcome tea Come in")
        ann.says("welcome tea -").gets("+ welcome tea")


class HelpAndPingTests(TestCase):
    def test_help_has_a_row_a_verb(self) -> None:
        client = Server(self).client()
        client.takes()
        rows = client.says("help").takes()
        self.assertEqual(rows[-1], f"+ help {len(rows) - 1}")
        for row in rows[:-1]:
            self.assertRegex(row, r"^= help [a-z-]+( .+)? - [A-Z].*\.$")

    def test_help_on_a_verb_that_is_none_is_refused(self) -> None:
        client = Server(self).client()
        client.takes()
        client.says("help nosuch").gets_error("unknown-command")

    def test_help_on_one_verb_also_by_its_alias(self) -> None:
        client = Server(self).client()
        client.takes()
        client.says("help 1").gets(
            "= help create ROOM - Make a room that stays until it is deleted. Also: 1.", "+ help 1"
        )

    def test_ping_gives_its_token_back(self) -> None:
        client = Server(self).client()
        client.takes()
        client.says("ping").gets("+ pong")
        client.says("PING a b  c").gets("+ pong a b  c")

    def test_quit_and_disconnect_close_after_the_answer(self) -> None:
        server = Server(self)
        for word in ("quit", "disconnect"):
            client = server.client()
            client.says(word, "ping never").gets(HELLO, "+ bye")
            self.assertTrue(client.is_closed)

    def test_whoever_quits_has_left_every_room(self) -> None:
        server = Server(self)
        ann, bob = server.client("ann", "a", "b"), server.client("bob", "a", "b")
        server.forget()
        bob.says("quit").gets("+ bye")
        self.assertEqual(sorted(ann.takes()), ["* left a bob", "* left b bob"])
        self.assertEqual(len(ann.says("who").takes()), 2)
