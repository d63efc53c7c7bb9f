"""The line editor: graphemes, moving, cutting, history, and the window on a long line."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import TestCase

from chatsvc.client.terminal.editor import LineEditor
from chatsvc.client.terminal.graphemes import columns, graphemes
from chatsvc.client.terminal.history import InputHistory

FAMILY = "👨‍👩‍👧"
GERMANY, FRANCE = "🇩🇪", "🇫🇷"

KEYS = [
    "backspace delete left right home end word_left word_right kill_to_end kill_to_start "
    "kill_blank_word kill_word_left kill_word_right yank older newer submit"
][0].split()

PIECES = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        [FAMILY, GERMANY, "e\u0301", "漢字", "\u0301", "\u200d", "❤️", "a b", "\n", "\t", "\x1b[2J"]
    ),
)


def written(text: str) -> LineEditor:
    editor = LineEditor()
    editor.insert(text)
    return editor


def boundaries(text: str) -> int:
    lines = text.split("\n")
    return sum(len(graphemes(line)) for line in lines) + len(lines) - 1


class GraphemeTests(TestCase):
    """Text is cut into what people take for one character."""

    def test_one_grapheme_each(self) -> None:
        """Accents, families, flags and skin tones belong to their base."""
        for text in ("e\u0301", FAMILY, GERMANY, "👍🏽", "❤️", "각"):
            self.assertEqual([text], [grapheme.text for grapheme in graphemes(text)])

    def test_wide(self) -> None:
        """Chinese characters take two columns."""
        self.assertEqual(4, columns("漢字"))

    def test_lone_accent(self) -> None:
        """A combining mark without a base is drawn on a circle, not on what stands before it."""
        self.assertEqual(("\u25cc\u0301", 1), (graphemes("\u0301")[0].shown, columns("\u0301")))

    def test_controls_are_never_shown(self) -> None:
        """An escape sequence in a text is shown as harmless characters."""
        self.assertEqual("\ufffd[2J", "".join(g.shown for g in graphemes("\x1b[2J")))

    @given(st.text())
    def test_nothing_is_lost(self, text: str) -> None:
        """The graphemes of a text are the text."""
        self.assertEqual(text, "".join(grapheme.text for grapheme in graphemes(text)))


class EditingTests(TestCase):
    """Keys change the text by whole graphemes."""

    def test_backspace_takes_a_whole_grapheme(self) -> None:
        """One press removes a family, a flag, a letter with its accent."""
        for last in (FAMILY, GERMANY, "e\u0301", "漢"):
            editor = written("x" + last)
            editor.backspace()
            self.assertEqual("x", editor.text)

    def test_combining_after_its_base(self) -> None:
        """An accent typed after its letter joins it; the cursor stays behind both."""
        editor = written("e")
        editor.insert("\u0301")
        self.assertEqual(("e\u0301", 1), (editor.text, editor.cursor))

    def test_delete_joins_flags(self) -> None:
        """What stands between two halves of a flag is deleted and they become one."""
        editor = written("🇩x🇪")
        editor.left()
        editor.backspace()
        self.assertEqual((GERMANY, 1), (editor.text, editor.cursor))

    def test_insert_in_the_middle(self) -> None:
        """Text goes in at the cursor."""
        editor = written("hd")
        editor.left()
        editor.insert("ello worl")
        self.assertEqual(("hello worl", "d"), (editor.before, editor.after))

    def test_words(self) -> None:
        """Word moves stop at the ends of words, in every script."""
        editor = written("say grüße, 漢字 now")
        for expected in ("say grüße, 漢字 ", "say grüße, ", "say ", "", ""):
            editor.word_left()
            self.assertEqual(expected, editor.before)
        for expected in ("say", "say grüße", "say grüße, 漢字"):
            editor.word_right()
            self.assertEqual(expected, editor.before)

    def test_kill_and_yank(self) -> None:
        """What was cut last can be put in elsewhere."""
        editor = written("one two")
        editor.kill_blank_word()
        editor.home()
        editor.yank()
        self.assertEqual("twoone ", editor.text)

    def test_kill_nothing_keeps_the_last(self) -> None:
        """Cutting nothing does not forget what was cut."""
        editor = written("one")
        editor.kill_to_start()
        editor.kill_to_end()
        editor.yank()
        self.assertEqual("one", editor.text)

    def test_controls_are_dropped(self) -> None:
        """Control characters do not get into the text; line breaks do."""
        self.assertEqual("a[2J\nb", written("a\x1b[2J\n\x07b").text)

    def test_limit(self) -> None:
        """What does not fit is cut at a character, and the caller learns of it."""
        editor = LineEditor(limit=5)
        self.assertFalse(editor.insert("ab漢字"))
        self.assertEqual("ab漢", editor.text)

    def test_replace_before(self) -> None:
        """Completion replaces the last characters before the cursor."""
        editor = written("hi an!")
        editor.left()
        editor.replace_before(2, "ann ")
        self.assertEqual(("hi ann ", "!"), (editor.before, editor.after))


class HistoryTests(TestCase):
    """Up and Down go through what was entered."""

    def test_up_and_down(self) -> None:
        """The unsent draft is at the end, unharmed."""
        editor = written("first")
        editor.submit()
        editor.insert("second")
        editor.submit()
        editor.insert("draft")
        seen = []
        for move in (editor.older, editor.older, editor.older, editor.newer, editor.newer):
            move()
            seen.append(editor.text)
        self.assertEqual(["second", "first", "first", "second", "draft"], seen)

    def test_same_and_blank_lines(self) -> None:
        """A repeated or blank line is not remembered again."""
        history = InputHistory()
        for line in ("a", "a", " ", ""):
            history.add(line)
        self.assertEqual(["a", None], [history.older(""), history.older("")])

    def test_bounded(self) -> None:
        """Only the newest lines are kept."""
        history = InputHistory(limit=2)
        for line in "abc":
            history.add(line)
        self.assertEqual(["c", "b", None], [history.older("") for _ in range(3)])


class ViewTests(TestCase):
    """A window of the screen's width looks on the line."""

    def test_all_of_a_short_line(self) -> None:
        """A short line is seen whole, the cursor in columns."""
        view = written("漢字!").view(20)
        self.assertEqual(("漢字!", 5), (view.text, view.cursor))

    def test_end_of_a_long_line(self) -> None:
        """While one types at the end, the end is seen."""
        view = written("abcdefghij").view(5)
        self.assertEqual(("ghij", 4), (view.text, view.cursor))

    def test_moving_inside_the_window_does_not_scroll(self) -> None:
        """The text stands still as long as the cursor stays inside."""
        editor = written("abcdefghij")
        editor.view(5)
        editor.left()
        editor.left()
        view = editor.view(5)
        self.assertEqual(("ghij", 2), (view.text, view.cursor))

    def test_room_is_used_when_there_is_more(self) -> None:
        """After the window grew, what was scrolled out is seen again."""
        editor = written("abcdefghij")
        editor.view(1)
        self.assertEqual("abcdefghij", editor.view(11).text)

    def test_pasted_lines(self) -> None:
        """A line break is seen as a sign."""
        self.assertEqual("a⏎b", written("a\nb").view(9).text)

    @given(st.lists(st.one_of(st.sampled_from(KEYS), PIECES)), st.integers(0, 12))
    def test_any_keys(self, steps: list[str], width: int) -> None:
        """Whatever is pressed, the cursor is inside the text, on a boundary, and in the window."""
        editor = LineEditor(limit=200)
        for step in steps:
            if step in KEYS:
                getattr(editor, step)()
            else:
                editor.insert(step)
            self.assertEqual(editor.text, editor.before + editor.after)
            self.assertLessEqual(0, editor.cursor)
            self.assertLessEqual(editor.cursor, boundaries(editor.text))
            self.assertLessEqual(len(editor.text.encode()), 200)
            view = editor.view(width)
            self.assertLessEqual(columns(view.text), width)
            self.assertLessEqual(view.cursor, max(0, width - 1))
            self.assertFalse(any(ord(c) < 32 or 127 <= ord(c) < 160 for c in view.text))
