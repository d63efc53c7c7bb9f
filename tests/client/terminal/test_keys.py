"""From bytes to keys: UTF-8, escape sequences, bracketed paste, in every chunking."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import TestCase

from chatsvc.client.terminal.keys import PASTE_LIMIT, Key, KeyDecoder, Pasted, Pressed, Typed


def decoded(*chunks: bytes) -> list[Key]:
    decoder = KeyDecoder()
    return [key for chunk in chunks for key in decoder.feed(chunk)]


def names(data: bytes) -> list[str]:
    return [key.name for key in decoded(data) if isinstance(key, Pressed)]


class KeyTests(TestCase):
    """Each key has a name, whatever the terminal sends for it."""

    def test_text(self) -> None:
        """Bytes over 127 are UTF-8, put together across chunks."""
        self.assertEqual([Typed("a"), Typed("漢")], decoded(b"a\xe6", b"\xbc", b"\xa2"))

    def test_not_utf8(self) -> None:
        """What is not UTF-8 is seen as a replacement, not as an error."""
        self.assertEqual([Typed("\ufffd"), Typed("a")], decoded(b"\xffa"))

    def test_controls(self) -> None:
        """Control bytes are keys."""
        self.assertEqual(["ctrl-c", "enter", "tab", "backspace"], names(b"\x03\r\t\x7f"))

    def test_arrows(self) -> None:
        """Both cursor key modes are understood, with modifiers."""
        self.assertEqual(
            ["up", "up", "alt-left", "ctrl-right", "alt-right", "shift-tab"],
            names(b"\x1b[A\x1bOA\x1b[1;3D\x1b[1;5C\x1b\x1b[C\x1b[Z"),
        )

    def test_tilde_keys(self) -> None:
        """Numbered keys have names."""
        self.assertEqual(["page-up", "delete", "ctrl-page-down"], names(b"\x1b[5~\x1b[3~\x1b[6;5~"))

    def test_alt(self) -> None:
        """Escape and a character together are Alt."""
        self.assertEqual(["alt-b", "alt-backspace", "alt-ä"], names("\x1bb\x1b\x7f\x1bä".encode()))

    def test_unknown_sequences_are_ignored(self) -> None:
        """No part of a sequence that nobody knows is taken for text."""
        unknown = b"\x1b[38;5;1q\x1b[?1;2c\x1b[[A\x1bOP\x1b[<0;1;1M\x1b]0;title\x07\x1bPdata\x1b\\"
        self.assertEqual([Typed("x")], [k for k in decoded(unknown + b"x") if k == Typed("x")])
        self.assertEqual([], [k for k in decoded(unknown) if isinstance(k, Typed | Pasted)])

    def test_control_ends_a_broken_sequence(self) -> None:
        """Ctrl+C works even in the middle of a sequence."""
        self.assertEqual(["ctrl-c"], names(b"\x1b[12\x03"))
        self.assertEqual(["ctrl-c"], names(b"\x1b]0;title\x03"))

    def test_lone_escape(self) -> None:
        """After a pause, Escape alone is forgotten and what follows is text again."""
        decoder = KeyDecoder()
        decoder.feed(b"\x1b")
        self.assertTrue(decoder.is_waiting)
        decoder.flush()
        self.assertEqual([Typed("h")], decoder.feed(b"h"))

    def test_unfinished_sequences(self) -> None:
        """After a pause, what looked like the beginning of a sequence takes no further key."""
        for start in (b"\x1b[", b"\x1bO", b"\x1b[12", b"\x1b\x1b", b"\x1b]0;x"):
            decoder = KeyDecoder()
            decoder.feed(start)
            self.assertTrue(decoder.is_waiting)
            self.assertEqual([], decoder.flush())
            self.assertFalse(decoder.is_waiting)
            self.assertEqual([Typed("A")], decoder.feed(b"A"))


class PasteTests(TestCase):
    """A bracketed paste is one key."""

    def test_lines(self) -> None:
        """Line breaks of all kinds become LF, tabs blanks; nothing is a command key."""
        pasted = decoded(b"\x1b[200~one\r\ntwo\rthree\tfour\x03\x1b[201~x")
        self.assertEqual([Pasted("one\ntwo\nthree four"), Typed("x")], pasted)

    def test_escapes_inside(self) -> None:
        """Escape sequences in a paste lose their Escape."""
        self.assertEqual([Pasted("a[2Jb")], decoded(b"\x1b[200~a\x1b[2Jb\x1b[201~"))

    def test_bounded(self) -> None:
        """Of an endless paste the beginning is kept."""
        (key,) = decoded(b"\x1b[200~" + b"x" * (PASTE_LIMIT + 9) + b"\x1b[201~")
        self.assertEqual(Pasted("x" * PASTE_LIMIT), key)

    def test_unfinished(self) -> None:
        """A paste without an end can be ended; keys are keys again."""
        for start in (b"a\rb", b"a\rb\x1b[20"):
            decoder = KeyDecoder()
            decoder.feed(b"\x1b[200~" + start)
            self.assertTrue(decoder.is_waiting and decoder.is_pasting)
            self.assertEqual([Pasted("a\nb")], decoder.flush())
            self.assertEqual([Pressed("ctrl-c")], decoder.feed(b"\x03"))

    def test_end_in_pieces(self) -> None:
        """The end mark is found wherever it was cut, also behind what is not kept."""
        for length in (3, PASTE_LIMIT - 2, PASTE_LIMIT + 9):
            data = b"\x1b[200~" + b"x" * length + b"\x1b[201~y"
            whole = [Pasted("x" * min(length, PASTE_LIMIT)), Typed("y")]
            for cut in range(len(data) - 9, len(data)):
                self.assertEqual(whole, decoded(data[:cut], data[cut:]))


class ChunkTests(TestCase):
    """How the bytes were cut never changes the keys."""

    @given(
        st.lists(
            st.one_of(
                st.binary(max_size=6),
                st.sampled_from(
                    [b"\x1b[A", b"\x1b[200~", b"\x1b[201~", b"\x1b\x1b[C", "漢".encode()]
                ),
            )
        )
    )
    def test_byte_by_byte(self, pieces: list[bytes]) -> None:
        """Byte by byte gives what all at once gives; no key holds a control character."""
        data = b"".join(pieces)
        keys = decoded(data)
        self.assertEqual(keys, decoded(*(data[i : i + 1] for i in range(len(data)))))
        for key in keys:
            if isinstance(key, Typed | Pasted):
                text = key.text.replace("\n", "") if isinstance(key, Pasted) else key.text
                self.assertFalse(any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text))
