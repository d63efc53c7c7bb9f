"""Mode strings and masks are read and written."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.core.errors import BadMask
from chatsvc.core.masks import parse_mask
from chatsvc.irc.hostmasks import (
    Hostmask,
    ListMask,
    from_core,
    parse_hostmask,
    parse_list_mask,
    to_core,
)
from chatsvc.irc.modes import (
    CHANNEL_MODES,
    MOST_WITH_PARAMETER,
    Change,
    Changes,
    Kind,
    format_modes,
    parse_channel_modes,
    parse_user_modes,
)


def changes(*params: str) -> tuple[Change, ...]:
    """Return the changes that a MODE with these parameters asks for."""
    return parse_channel_modes(params).changes


class ChannelModeTests(SynchronousTestCase):
    """`parse_channel_modes` gives each letter its parameter."""

    def test_parameters_in_order(self) -> None:
        """Letters that take a parameter get them in turn."""
        expected = (
            Change("o", True, "ann"),
            Change("v", True, "bob"),
            Change("b", False, "*!*@x"),
            Change("m", True),
            Change("l", True, "5"),
        )
        self.assertEqual(changes("+ov-b+ml", "ann", "bob", "*!*@x", "5"), expected)

    def test_without_a_sign(self) -> None:
        """Letters without a sign before them are set."""
        self.assertEqual(changes("m-i"), (Change("m"), Change("i", False)))

    def test_lists_are_asked_for(self) -> None:
        """A list's letter without a parameter asks for the list, once."""
        self.assertEqual(changes("b"), (Change("b"),))
        self.assertEqual(changes("+bb+b"), (Change("b"),))
        self.assertTrue(Change("b").asks_for_list)
        self.assertFalse(Change("b", True, "x").asks_for_list)

    def test_taken_away_without_a_parameter(self) -> None:
        """A limit is taken away without one; a key with any or none."""
        self.assertEqual(changes("-l"), (Change("l", False),))
        self.assertEqual(changes("-k"), (Change("k", False, "*"),))
        self.assertEqual(changes("-k", "old"), (Change("k", False, "old"),))

    def test_what_lacks_and_what_is_unknown(self) -> None:
        """Unknown letters are named once each, and those that lack a parameter."""
        asked = parse_channel_modes(["+okZlZm"])
        self.assertEqual(asked, Changes((Change("m"),), "Z", "okl"))

    def test_an_empty_parameter_is_one(self) -> None:
        """An empty parameter is there: whoever carries it out says what is wrong with it."""
        self.assertEqual(changes("+k", ""), (Change("k", True, ""),))

    def test_too_many(self) -> None:
        """What is beyond the limit is passed over."""
        count = MOST_WITH_PARAMETER + 3
        asked = changes("+" + "v" * count, *(f"n{number}" for number in range(count)))
        self.assertEqual(len(asked), MOST_WITH_PARAMETER)

    @given(st.lists(st.text(max_size=12), max_size=6))
    def test_anything(self, params: list[str]) -> None:
        """No parameters raise, and each change is of a letter that there is."""
        for change in parse_channel_modes(params).changes:
            self.assertIn(change.letter, CHANNEL_MODES)

    def test_user_modes(self) -> None:
        """Modes of users take no parameter."""
        asked = parse_user_modes("+iB-wx")
        self.assertEqual(asked.unknown, "x")
        self.assertEqual(asked.changes, (Change("i"), Change("B"), Change("w", False)))


def a_change(letter: str, is_set: bool, parameter: str) -> Change:
    """Return a change with a parameter where it takes one."""
    kind = CHANNEL_MODES[letter]
    takes = kind is not Kind.FLAG and (is_set or kind is not Kind.SETTING)
    return Change(letter, is_set, parameter if takes else None)


some_changes = st.lists(
    st.builds(
        a_change,
        st.sampled_from(sorted(CHANNEL_MODES)),
        st.booleans(),
        st.text("abc!*@", min_size=1, max_size=60),
    ),
    max_size=40,
)


class WritingModesTests(SynchronousTestCase):
    """`format_modes` writes changes in as few lines as it can."""

    def test_signs(self) -> None:
        """A sign stands only where it changes."""
        asked = changes("+o+v-m-i", "a", "b")
        self.assertEqual(format_modes(asked), [("+ov-mi", "a", "b")])
        self.assertEqual(format_modes([]), [])

    @given(some_changes, st.integers(70, 300))
    def test_what_is_written_is_read(self, asked: list[Change], room: int) -> None:
        """The lines hold all changes in order, and none is too long."""
        lines = format_modes(asked, room)
        read = [change for line in lines for change in parse_channel_modes(line).changes]
        self.assertEqual(read, asked)
        for line in lines:
            self.assertLessEqual(sum(len(word) + 1 for word in line), room)
            self.assertLessEqual(len(line) - 1, MOST_WITH_PARAMETER)


class MaskTests(SynchronousTestCase):
    """Masks are completed, and translated where the core has the like."""

    def test_what_is_left_out(self) -> None:
        """Missing parts are `*`."""
        cases = {
            "bob": "bob!*@*",
            "bob!*@*": "bob!*@*",
            "a!b": "a!b@*",
            "b@c": "*!b@c",
            "@c": "*!*@c",
            "a!b@c@d": "a!b@c@d",
            "*": "*!*@*",
            "!@": "*!*@*",
        }
        for written, whole in cases.items():
            self.assertEqual(str(parse_hostmask(written)), whole)

    def test_there_and_back(self) -> None:
        """What both can say is the same after there and back."""
        cases = {
            "bob!*@*": "bob",
            "ba*!*@*": "ba*",
            "*!*@*": "*",
            "*!*@192.0.2.0/24": "192.0.2.0/24",
            "*!*@2001:db8::/32": "2001:db8::/32",
            "~a:bob": "~bob",
            "~a:*": "~*",
            "~U:*": "$guest",
            "192.0.2.7!*@*": "@192.0.2.7",
        }
        for written, of_core in cases.items():
            for mute in ("", "~m:"):
                entry = parse_list_mask(mute + written)
                mask = to_core(entry)
                self.assertEqual(mask.text, parse_mask(of_core).text)
                self.assertEqual(str(from_core(mask, entry.is_mute)), mute + written)

    def test_by_user_and_host(self) -> None:
        """User names, cloaks, and a nick together with a host come back as they were given."""
        for written in ("*!evan@*", "*!*@*.ip", "bob!*@192.0.2.7", "*!*@host%1"):
            mask = to_core(parse_list_mask(written))
            self.assertEqual(str(from_core(mask)), written)

    def test_bad_masks(self) -> None:
        """Unknown extended bans and what cannot be shown are refused."""
        for written in ("", "~x:a", "~a", "~a:", "~m:", "~m:~m:a", "a b", "\x1b", "~"):
            self.assertRaises(BadMask, parse_list_mask, written)

    def test_guests(self) -> None:
        """The mask of guests is written in one way."""
        self.assertEqual(str(ListMask(is_guests=True, is_mute=True)), "~m:~U:*")
        self.assertEqual(ListMask(), parse_list_mask("*"))
        self.assertEqual(Hostmask("a"), parse_hostmask("a"))

    @given(st.text("abc*?!@~:amU/.0129$ü\x1b ", max_size=25))
    def test_anything_is_a_mask_or_refused(self, text: str) -> None:
        """No text raises anything but a refusal, and what is written is read as the same."""
        try:
            entry = parse_list_mask(text)
            to_core(entry)
        except BadMask:
            return
        self.assertEqual(parse_list_mask(str(entry)), entry)
