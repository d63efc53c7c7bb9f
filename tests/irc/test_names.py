"""Rooms and channels, people and their sources, and message ids: there and back."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.errors import BadRoom
from chatsvc.core.names import RoomName, room_key
from chatsvc.irc.channels import (
    ascii_channel_of,
    channel_of,
    is_channel,
    room_of,
    split_status,
)
from chatsvc.irc.message import Message, format_message, parse_line
from chatsvc.irc.msgids import (
    DirectMessage,
    RoomMessage,
    direct_msgid,
    parse_msgid,
    passing_msgid,
    room_msgid,
)
from chatsvc.irc.sources import HERE, NOBODY, UNKNOWN, USER_LENGTH, Source, cloak, user_name
from tests.core.strategies import room_names

KEY = b"secret"
numbers = st.integers(1, 10**15 - 1)


class ChannelTests(SynchronousTestCase):
    """A channel is a room."""

    def test_names(self) -> None:
        """`#lobby` is `lobby`; what IRC allows besides is no room."""
        self.assertEqual(room_of("#lobby"), "lobby")
        self.assertEqual(channel_of(RoomName("lobby")), "#lobby")
        for channel in ("lobby", "", "#", "##x", "#c++", "#a,b", "#a b", "&local", "#%", "#%FF"):
            self.assertRaises(BadRoom, room_of, channel)

    def test_escapes(self) -> None:
        """Every letter can be written in ASCII; an escape that is none is refused."""
        self.assertEqual(room_of("#k%C3%B6ln"), "köln")
        self.assertEqual(ascii_channel_of(RoomName("köln")), "#k%C3%B6ln")
        for channel in ("#a%", "#a%2", "#a%zz", "#a%20b", "#a%2Cb", "#a%00"):
            self.assertRaises(BadRoom, room_of, channel)

    def test_a_bad_name_is_shown_safely(self) -> None:
        """A refusal holds no control character of what it refuses."""
        error = self.assertRaises(BadRoom, room_of, "\x1b[31mx")
        self.assertNotIn("\x1b", error.sentence)

    def test_targets(self) -> None:
        """A status may stand before a channel; nicks begin otherwise."""
        self.assertEqual(split_status("@#a"), ("@", "#a"))
        self.assertEqual(split_status("@+#a"), ("+", "#a"))
        self.assertEqual(split_status("#a"), ("", "#a"))
        self.assertTrue(is_channel("#a") and is_channel("@#a") and is_channel("+#a"))
        self.assertFalse(is_channel("ann") or is_channel("") or is_channel("@ann"))

    @given(room_names)
    def test_every_room_is_a_channel(self, room: RoomName) -> None:
        """Every room has a channel name, which is one word of a line, and leads back to it."""
        for channel in (channel_of(room), ascii_channel_of(room)):
            self.assertEqual(room_key(room_of(channel)), room_key(room))
            line = format_message("JOIN", (channel, "x"))
            self.assertEqual(parse_line(line[:-2]), Message("JOIN", (channel, "x")))
        self.assertTrue(ascii_channel_of(room).isascii())

    @given(st.text(max_size=20))
    def test_anything_is_a_room_or_refused(self, text: str) -> None:
        """No channel name raises anything but a refusal."""
        for channel in (text, f"#{text}", f"#%{text}"):
            try:
                room_of(channel)
            except BadRoom:
                continue


class SourceTests(SynchronousTestCase):
    """Nobody's address is shown."""

    def test_user_names(self) -> None:
        """What cannot be in a user name is left out; nothing left is `user`."""
        cases = {"myusernam": "myusernam", "a b@c!d": "abcd", "-x": "x", "😊": NOBODY, "": NOBODY}
        for given_name, shown in cases.items():
            self.assertEqual(user_name(given_name), shown)
        self.assertEqual(len(user_name("x" * 99)), USER_LENGTH)

    def test_cloaks_share_the_ends_of_shared_networks(self) -> None:
        """Neighbours have all but the first part in common; strangers only the last."""
        ann, bob = cloak("192.0.2.7", KEY), cloak("192.0.2.8", KEY)
        self.assertNotEqual(ann, bob)
        self.assertEqual(ann.split(".")[1:], bob.split(".")[1:])
        other = cloak("198.51.100.7", KEY)
        self.assertEqual(set(ann.split(".")) & set(other.split(".")), {"ip"})

    def test_one_subscriber_has_one_cloak(self) -> None:
        """All addresses of an IPv6 /64 are one; an IPv4 address in IPv6 is an IPv4 address."""
        self.assertEqual(cloak("2001:db8::7", KEY), cloak("2001:db8::dead:beef", KEY))
        self.assertEqual(cloak("::ffff:192.0.2.7", KEY), cloak("192.0.2.7", KEY))

    def test_no_address(self) -> None:
        """This machine is `localhost`; what has no address is unknown."""
        self.assertEqual([cloak(host, KEY) for host in ("127.0.0.1", "::1")], [HERE, HERE])
        self.assertEqual([cloak(host, KEY) for host in ("", "/tmp/socket")], [UNKNOWN, UNKNOWN])

    def test_the_key_matters(self) -> None:
        """Another server's cloaks are others."""
        self.assertNotEqual(cloak("192.0.2.7", KEY), cloak("192.0.2.7", b"other"))

    @given(st.ip_addresses())
    def test_a_cloak_is_a_host(self, address: object) -> None:
        """Every cloak is one word of at most 64 characters without the address."""
        shown = cloak(str(address), KEY)
        self.assertRegex(shown, r"^[a-z0-9.]{1,64}$")
        self.assertNotIn(str(address), shown)

    def test_written(self) -> None:
        """A source is nick!user@host."""
        self.assertEqual(str(Source("ann", "a", "h.ip")), "ann!a@h.ip")


class MsgidTests(SynchronousTestCase):
    """A message id says which message it is."""

    @given(room_names, numbers, numbers)
    def test_room_messages(self, room: RoomName, number: int, room_id: int) -> None:
        """The id of a room's message leads back to it, also without the room's id."""
        message = RoomMessage(room, number, room_id)
        self.assertEqual(parse_msgid(room_msgid(room, number, room_id)), message)
        self.assertEqual(parse_msgid(f"{room}/{number}"), RoomMessage(room, number))

    @given(numbers, numbers)
    def test_direct_messages(self, conversation: int, number: int) -> None:
        """The id of a direct message leads back to it."""
        message = DirectMessage(conversation, number)
        self.assertEqual(parse_msgid(direct_msgid(conversation, number)), message)

    def test_what_is_kept_nowhere(self) -> None:
        """The id of a passing message, and what is no id, leads nowhere."""
        for text in (passing_msgid(10**12, 7), "", "a", "a/", "a/0", "a/01", "/1", "a b/1", "a/1/"):
            self.assertIsNone(parse_msgid(text), text)

    @given(st.text(max_size=30))
    def test_anything_is_an_id_or_none(self, text: str) -> None:
        """No text raises."""
        parse_msgid(text)
