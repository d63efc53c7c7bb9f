"""Lines of IRC are read and written as the specifications say, whatever they hold."""

from hypothesis import example, given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.irc.message import (
    BODY_BYTES,
    CLIENT_TAG_BYTES,
    INPUT_BYTES,
    LINE_BYTES,
    SERVER_TAG_BYTES,
    Message,
    client_only,
    cut,
    escape,
    format_message,
    format_tags,
    parse_line,
    parse_tags,
    unescape,
)
from chatsvc.irc.replies import Refused, Reply

keys = st.from_regex(r"\+?([a-z0-9.-]{1,9}/)?[A-Za-z0-9-]{1,9}", fullmatch=True)
values = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
words = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r\n "), min_size=1, max_size=12
).filter(lambda word: not word.startswith(":"))
trailings = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=30)


class ReadingTests(SynchronousTestCase):
    """`parse_line` takes a line apart."""

    def test_every_part(self) -> None:
        """Tags, source, command and parameters are told apart; the command is in capitals."""
        line = rb"@label=a\sb;+x;+y=z\: :nick!u@h privmsg #a  :hi  there "
        tags = {"label": "a b", "+x": "", "+y": "z;"}
        whole = Message("PRIVMSG", ("#a", "hi  there "), "nick!u@h", tags)
        self.assertEqual(parse_line(line), whole)

    def test_trailing_parameters(self) -> None:
        """What follows a colon after a space is the last parameter, whatever is in it."""
        cases = {
            b"PING": (),
            b"PING :": ("",),
            b"PING a:b": ("a:b",),
            b"PING  a   b ": ("a", "b"),
            b"PING ::a": (":a",),
            b"PING : a :b": (" a :b",),
            "PING\xa0x".encode(): None,
        }
        for line, params in cases.items():
            if params is None:
                self.assertRaises(Refused, parse_line, line)
            else:
                self.assertEqual(parse_line(line), Message("PING", params))

    def test_blank_lines(self) -> None:
        """A line without a command is no message."""
        for line in (b"", b" ", b"@a=b", b"@a ", b":source", b":source ", b"@a :source  "):
            self.assertIsNone(parse_line(line), line)

    def test_what_is_no_command(self) -> None:
        """A word that can be no command is refused as an unknown one, and shown safely."""
        with self.assertRaises(Refused) as caught:
            parse_line(b"@label=7 \x1b[31m x")
        expected = Reply("421", ("\ufffd[31m", "Unknown command"), is_numeric=True)
        self.assertEqual((caught.exception.reply, caught.exception.label), (expected, "7"))

    def test_not_utf8(self) -> None:
        """Bytes that are no UTF-8 get INVALID_UTF8, with the label of the line."""
        with self.assertRaises(Refused) as caught:
            parse_line(b"@label=xyz PRIVMSG #qux hi\xaa")
        self.assertEqual(caught.exception.label, "xyz")
        self.assertEqual(caught.exception.reply.params[:2], ("PRIVMSG", "INVALID_UTF8"))

    def test_labels(self) -> None:
        """A label that is too long, or cannot be shown safely, is none."""
        for label, usable in (("x" * 64, True), ("x" * 65, False), ("\x1b", False), ("é", True)):
            message = parse_line(f"@label={label} PING".encode())
            assert message is not None
            self.assertEqual(message.label, label if usable else "")
            broken = f"@label={label} ".encode() + b"\xff"
            error = self.assertRaises(Refused, parse_line, broken)
            self.assertEqual(error.label, message.label)

    def test_nul_and_cr(self) -> None:
        """NUL and CR inside a line are refused."""
        for line in (b"PING a\0b", b"PING a\rb", b"@a=\0 PING"):
            self.assertRaises(Refused, parse_line, line)

    def test_limits(self) -> None:
        """A line has 510 bytes and 4,096 of tags besides; one more of either is too long."""
        tags = b"@+a=" + b"x" * (CLIENT_TAG_BYTES - 5) + b" "
        body = b"PING " + b"y" * (BODY_BYTES - 5)
        self.assertEqual((len(tags), len(tags + body)), (CLIENT_TAG_BYTES, INPUT_BYTES))
        self.assertIsNotNone(parse_line(tags + body))
        for line in (b"@b;" + tags[1:] + b"PING", b"PING " + body, tags + b"P" + body):
            with self.assertRaises(Refused) as caught:
                parse_line(line)
            self.assertEqual(caught.exception.reply.command, "417")

    @given(st.binary(max_size=200))
    @example(b"@ :\xff")
    def test_anything_is_a_message_or_refused(self, line: bytes) -> None:
        """No bytes at all raise anything but a refusal."""
        try:
            message = parse_line(line)
        except Refused:
            return
        if message is not None:
            self.assertTrue(message.command.isupper() or message.command.isdigit())


class TagTests(SynchronousTestCase):
    """Tags are escaped and unescaped."""

    def test_escapes(self) -> None:
        """Each escape of the specification, an unknown one, and a lone backslash at the end."""
        self.assertEqual(unescape(r"a\:b\sc\\d\re\nf\bg" + "\\"), "a;b c\\d\re\nfbg")
        self.assertEqual(escape("a;b c\\d\re\nf"), r"a\:b\sc\\d\re\nf")

    def test_the_last_of_two_counts(self) -> None:
        """Of two tags with one key the last one counts; what is no key is passed over."""
        self.assertEqual(parse_tags("a=1;a=2;;=x;b c;*=3"), {"a": "2"})

    def test_what_other_clients_get(self) -> None:
        """Only client-only tags are passed on, and none that cannot be shown safely."""
        tags = {"label": "1", "+typing": "active", "+x": "\x1b[31m", "+draft/reply": "a/1/2"}
        self.assertEqual(client_only(tags), {"+typing": "active", "+draft/reply": "a/1/2"})

    def test_too_many_tags_are_left_out(self) -> None:
        """A line never has more than 8,191 bytes of tags; whole tags are left out."""
        tags = {f"+t{number}": "ü" * 100 for number in range(60)}
        written = format_tags(tags)
        self.assertLessEqual(len(written.encode()), SERVER_TAG_BYTES)
        self.assertGreater(len(written.encode()), SERVER_TAG_BYTES - 210)

    @given(values)
    def test_a_value_comes_back(self, value: str) -> None:
        """What is escaped is unescaped to the same, and breaks no line."""
        self.assertEqual(unescape(escape(value)), value)
        self.assertFalse(set(escape(value)) & set("; \r\n\0"))


class WritingTests(SynchronousTestCase):
    """`format_message` writes lines that every client can read."""

    def test_every_part(self) -> None:
        """The last parameter has a colon where it needs one."""
        tags = {"time": "x", "bot": ""}
        line = format_message("353", ("foo", "=", "#a", "@foo bar"), "My.Server", tags)
        self.assertEqual(line, b"@time=x;bot :My.Server 353 foo = #a :@foo bar\r\n")
        self.assertEqual(format_message("PING", ("a",)), b"PING a\r\n")
        self.assertEqual(format_message("A", ("", ":b", "c d", "")), b"A * b c_d :\r\n")

    def test_texts(self) -> None:
        """What is said has a colon though it is one word, and so have lists of people."""
        for command, *params, written in (
            ("PRIVMSG", "#a", "hi", b"PRIVMSG #a :hi"),
            ("NOTICE", "ann", "hi", b"NOTICE ann :hi"),
            ("302", "ann", "ann=+a@b", b"302 ann :ann=+a@b"),
            ("353", "ann", "=", "#a", "@ann", b"353 ann = #a :@ann"),
            ("JOIN", "#a", b"JOIN #a"),
        ):
            self.assertEqual(format_message(command, params), written + b"\r\n")

    @given(st.dictionaries(keys, values, max_size=4), words, st.lists(words, max_size=5), trailings)
    def test_what_is_written_is_read(
        self, tags: dict[str, str], source: str, params: list[str], trailing: str
    ) -> None:
        """A message that fits comes back as it was."""
        message = Message("PRIVMSG", (*params, trailing), source, tags)
        line = format_message("PRIVMSG", message.params, source, tags)
        tag_bytes = len(format_tags(tags).encode())
        if tag_bytes <= CLIENT_TAG_BYTES and len(line) - tag_bytes < LINE_BYTES:
            self.assertEqual(parse_line(line[:-2]), message)

    @given(st.text(max_size=600), st.lists(st.text(max_size=300), max_size=4), st.text())
    def test_nothing_breaks_a_line(self, source: str, params: list[str], tag: str) -> None:
        """Whatever the parts are, there is one line of 512 bytes at most."""
        line = format_message("X", params, source.replace(" ", ""), {"t": tag})
        self.assertEqual((line.count(b"\n"), line[-2:]), (1, b"\r\n"))
        body = line[line.index(b" ") + 1 :] if line.startswith(b"@") else line
        self.assertLessEqual(len(body), LINE_BYTES)
        self.assertNotIn(b"\0", line)
        line.decode("utf-8")

    @given(st.text(max_size=50), st.integers(0, 60))
    def test_a_cut_is_at_the_end_of_a_character(self, text: str, most: int) -> None:
        """What is cut is the beginning of the text, and nearly as long as it may be."""
        data = text.encode("utf-8", "replace")
        whole = cut(data, most)
        self.assertTrue(data.startswith(whole))
        self.assertLessEqual(len(whole), most)
        self.assertGreater(len(whole) + 4, min(most, len(data)))
        whole.decode("utf-8")
