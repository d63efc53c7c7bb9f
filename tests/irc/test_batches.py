"""Labels of answers, and texts of many lines."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.irc.client_batch import (
    CONCAT,
    MOST_BYTES,
    MOST_LINES,
    MULTILINE,
    ClientBatch,
    Multiline,
    Part,
)
from chatsvc.irc.labels import labeled, within
from chatsvc.irc.message import Message, Written, parse_line
from chatsvc.irc.replies import Refused
from chatsvc.irc.scribe import written

ONE, TWO = Message("PONG", ("a",), "s"), Message("NOTICE", ("b", "c"), "s", {"time": "t"})


class LabelTests(SynchronousTestCase):
    """The whole answer has the label once."""

    def test_no_line(self) -> None:
        """Nothing to say is an ACK."""
        self.assertEqual(labeled([], "L", "1", "s"), (Message("ACK", (), "s", {"label": "L"}),))

    def test_one_line(self) -> None:
        """One line gets the label itself."""
        expected = Message("NOTICE", ("b", "c"), "s", {"label": "L", "time": "t"})
        self.assertEqual(labeled([TWO], "L", "1", "s"), (expected,))

    def test_more_lines(self) -> None:
        """More lines are put into a batch."""
        self.assertEqual(
            labeled([ONE, TWO], "L", "1", "s"),
            (
                Message("BATCH", ("+1", "labeled-response"), "s", {"label": "L"}),
                Message("PONG", ("a",), "s", {"batch": "1"}),
                Message("NOTICE", ("b", "c"), "s", {"batch": "1", "time": "t"}),
                Message("BATCH", ("-1",), "s"),
            ),
        )

    def test_lines_that_are_bytes_already(self) -> None:
        """They are put into batches like others, once, and get the label; a tag is escaped."""
        bare, tagged = Written(b":s PONG a\r\n"), Written(b"@time=t :s PONG b\r\n")
        inside = [within(line, "1") for line in (bare, tagged)]
        data = b"@batch=1 :s PONG a\r\n@batch=1;time=t :s PONG b\r\n"
        self.assertEqual(b"".join(map(written, inside)), data)
        self.assertEqual([within(line, "2") for line in inside], inside)
        (only,) = labeled([bare], "L;", "1", "s")
        self.assertEqual(written(only), b"@label=L\\: :s PONG a\r\n")
        self.assertEqual(len(labeled([bare, tagged], "L", "1", "s")), 4)

    def test_a_batch(self) -> None:
        """An answer that is one batch already has the label where that opens."""
        lines = [
            Message("BATCH", ("+7", "chathistory", "#a"), "s"),
            Message("PRIVMSG", ("#a", "x"), "n", {"batch": "7"}),
            Message("BATCH", ("-7",), "s"),
        ]
        first, *rest = labeled(lines, "L", "1", "s")
        self.assertEqual((first.label, rest), ("L", lines[1:]))

    def test_a_batch_among_others(self) -> None:
        """A batch that is a part of the answer is inside of the other, from beginning to end.

        "end of batch `inner` is tagged by batch `outer`" (https://ircv3.net/specs/extensions/batch)
        """
        lines = [
            ONE,
            Message("BATCH", ("+7", "metadata"), "s"),
            Message("761", ("x",), "s", {"batch": "7"}),
            Message("BATCH", ("-7",), "s"),
        ]
        inside = labeled(lines, "L", "1", "s")[1:-1]
        self.assertEqual(
            [line.tags["batch"] for line in inside],
            ["1", "1", "7", "1"],
        )

    @given(st.lists(st.sampled_from([ONE, TWO]), max_size=6))
    def test_the_label_is_there_once(self, lines: list[Message]) -> None:
        """Whatever the answer, exactly one line has the label, and none is lost."""
        answer = labeled(lines, "L", "1", "s")
        self.assertEqual([line.label for line in answer].count("L"), 1)
        self.assertEqual(answer[0].label, "L")
        shown = [line.params for line in answer if line.command in ("PONG", "NOTICE")]
        self.assertEqual(shown, [line.params for line in lines])


def message(line: str) -> Message:
    """Return a line as a message."""
    parsed = parse_line(line.encode())
    assert parsed is not None
    return parsed


def batch(*lines: str) -> Multiline:
    """Return what a batch with these lines comes to."""
    begun = ClientBatch(message(f"@label=L;+a=b;c BATCH +12 {MULTILINE} #x"))
    for line in lines:
        done = begun.feed(message(line))
        if done is not None:
            return done
    raise AssertionError("the batch has no end")


class MultilineTests(SynchronousTestCase):
    """A text of many lines."""

    def code(self, *lines: str) -> str:
        """Return the code with which a batch is refused."""
        error = self.assertRaises(Refused, batch, *lines)
        self.assertEqual(error.label, "L")
        return str(error.reply.params[1])

    def test_lines(self) -> None:
        """Lines are joined by line feeds, or without anything where it is said."""
        done = batch(
            "@batch=12 PRIVMSG #x hello",
            "@batch=12 PRIVMSG #x :",
            "@batch=12 PRIVMSG #x :how is ",
            f"@batch=12;{CONCAT} PRIVMSG #x :everyone?",
            "BATCH -12",
        )
        self.assertEqual(done.text, "hello\n\nhow is everyone?")
        self.assertEqual(done.parts[2:], (Part("how is "), Part("everyone?", True)))
        self.assertEqual((done.command, done.target, done.label), ("PRIVMSG", "#x", "L"))
        self.assertEqual(done.tags, {"+a": "b"})

    def test_refusals(self) -> None:
        """What does not belong together is refused."""
        line = "@batch=12 PRIVMSG #x hi"
        invalid = "MULTILINE_INVALID"
        self.assertEqual(self.code("@batch=13 PRIVMSG #x hi"), invalid)
        self.assertEqual(self.code("PRIVMSG #x hi"), invalid)
        self.assertEqual(self.code(line, "@batch=12 NOTICE #x hi"), invalid)
        self.assertEqual(self.code("@batch=12 JOIN #x"), invalid)
        self.assertEqual(self.code("@batch=12 PRIVMSG #y hi"), "MULTILINE_INVALID_TARGET")
        self.assertEqual(self.code(line, f"@batch=12;{CONCAT} PRIVMSG #x :"), invalid)
        self.assertEqual(self.code("BATCH -12"), invalid)
        self.assertEqual(self.code("@batch=12 PRIVMSG #x :", "BATCH -12"), invalid)
        self.assertEqual(self.code(line, "BATCH -13"), invalid)

    def test_limits(self) -> None:
        """Neither lines nor bytes may be too many."""
        line = "@batch=12 PRIVMSG #x "
        self.assertEqual(len(batch(*[f"{line}a"] * MOST_LINES, "BATCH -12").parts), MOST_LINES)
        self.assertEqual(self.code(*[f"{line}a"] * (MOST_LINES + 1)), "MULTILINE_MAX_LINES")
        count = MOST_BYTES // 401
        self.assertEqual(self.code(*[line + "x" * 400] * (count + 1)), "MULTILINE_MAX_BYTES")

    def test_what_cannot_be_begun(self) -> None:
        """Only texts of many lines can be batches, with a plain reference and a target."""
        for words in (
            "+1 chathistory #x",
            f"+1 {MULTILINE}",
            f"+ {MULTILINE} #x",
            f"+ü {MULTILINE} #x",
        ):
            self.assertRaises(Refused, ClientBatch, message(f"BATCH {words}"))
