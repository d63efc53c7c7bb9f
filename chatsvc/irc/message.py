r"""One line of IRC: tags, source, command, parameters; read and written.

    message = ["@" tags SPACE] [":" source SPACE] command parameters crlf
    tags    = tag *(";" tag)
    tag     = ["+"] [vendor "/"] key ["=" value]

Sources: https://modern.ircdocs.horse/#message-format,
https://ircv3.net/specs/extensions/message-tags, https://ircv3.net/specs/extensions/utf8-only

What comes in is UTF-8 without NUL or CR, and within the limits of the specifications;
anything else is `Refused`. What goes out keeps to them whatever it is made of: what would
break the line is replaced, and what does not fit is cut at the end of a character.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import accumulate

import attrs

from chatsvc.core.text import printable
from chatsvc.core.values import lightly_frozen
from chatsvc.irc.numerics import ERR_INPUTTOOLONG, ERR_UNKNOWNCOMMAND
from chatsvc.irc.replies import LONGEST_SHOWN, NOTHING_GIVEN, Refused, Reply, failure, numeric

LINE_BYTES = 512
"""Longest line without its tags, with its CR LF ("Modern", Message Format)."""

CLIENT_TAG_BYTES = 4096
"""Longest tags that a client sends, with `@` and the space (message-tags, Size limit)."""

SERVER_TAG_BYTES = 8191
"""Longest tags that a client gets, with `@` and the space (message-tags, Size limit)."""

BODY_BYTES = LINE_BYTES - len("\r\n")
"""Longest line without its tags and its end."""

INPUT_BYTES = CLIENT_TAG_BYTES + BODY_BYTES
"""Longest line that a client may send, without its end."""

_MOST_BYTES = 4
"""Bytes of one character in UTF-8 at most."""

LABEL_BYTES = 64
"""Longest label (https://ircv3.net/specs/extensions/labeled-response)."""

_LONGEST_COMMAND = 32
_NUMERIC = re.compile(r"[0-9]{3}")
_KEY = re.compile(r"\+?(?:[A-Za-z0-9.-]{1,200}/)?[A-Za-z0-9-]{1,200}")
_LABEL = re.compile(rb"(?:@|;)label=([^; ]*)")
_BREAKS = re.compile("[\0\r\n]")

_PLAIN = {":": ";", "s": " ", "\\": "\\", "r": "\r", "n": "\n"}
_ESCAPES = {ord(plain): f"\\{sign}" for sign, plain in _PLAIN.items()}
_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_TO_ESCAPE = re.compile(r"[; \\\r\n\0]")

_TRAILING = frozenset({"PRIVMSG", "NOTICE", "302", "319", "353"})
"""What ends in a text or list that is written with a colon though it be one word.

Old clients and bots take it from behind the colon; other servers write it so.
"""

Tags = Mapping[str, str]
"""Tags by key; "" stands for one without a value, which means the same."""


@lightly_frozen
class Message:
    """One line; `command` is in capitals, `source` is "" where there is none."""

    command: str
    params: tuple[str, ...] = ()
    source: str = ""
    tags: Tags = attrs.field(factory=dict)

    @property
    def label(self) -> str:
        """The label that the answer has to carry; "" if there is none that may be given back."""
        return _usable_label(self.tags.get("label", ""))

    def param(self, place: int) -> str:
        """Return the parameter at `place`, "" if there is none."""
        return self.params[place] if place < len(self.params) else ""

    @property
    def is_in_batch(self) -> bool:
        """Whether it stands in a batch already."""
        return "batch" in self.tags

    def tagged(self, key: str, value: str) -> "Message":
        """Return it with one more tag."""
        return Message(self.command, self.params, self.source, {key: value, **self.tags})


@lightly_frozen
class Written:
    """One line that is bytes already, with its end: of what many are sent, or much of it.

    It has all tags that its client is to get, but for those that tell what it belongs to.
    """

    data: bytes
    is_in_batch: bool = False

    def tagged(self, key: str, value: str) -> "Written":
        """Return it with one more tag."""
        tag = f"@{key}={escape(value)}".encode()
        rest = b";" + self.data[1:] if self.data.startswith(b"@") else b" " + self.data
        return Written(tag + rest, self.is_in_batch or key == "batch")


# Reading


def parse_line(line: bytes) -> Message | None:
    """Return the message in a line without its end; None for a blank one.

    Raises `Refused`, with the label of the line where it has one.
    """
    tag_bytes = line.find(b" ") + 1 if line[:1] == b"@" else 0
    if tag_bytes > CLIENT_TAG_BYTES or len(line) - tag_bytes > BODY_BYTES:
        raise Refused(too_long(), _label_in(line))
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(_not_utf8(line), _label_in(line)) from None
    if "\0" in text or "\r" in text or "\n" in text:
        raise Refused(_WITH_BREAKS, _label_in(line))
    return _parsed(text)


def read_back(data: bytes) -> list[Message]:
    """Return the messages in lines that `format_message` or the like has written."""
    parsed = (_parsed(line) for line in data.decode().split("\r\n"))
    return [message for message in parsed if message is not None]


def too_long() -> Reply:
    """Return the reply to a line that is longer than a client may send."""
    return numeric(ERR_INPUTTOOLONG)


def _not_utf8(line: bytes) -> Reply:
    """Return the reply to a line that is no UTF-8, with its command where that can be read.

    "FAIL <command or *> INVALID_UTF8" (https://ircv3.net/specs/extensions/utf8-only).
    """
    try:
        message = _parsed(line.decode("utf-8", "replace"))
    except Refused:
        message = None
    command = NOTHING_GIVEN if message is None else message.command
    return failure(command, "INVALID_UTF8", text="Message rejected, your client has to send UTF-8")


_WITH_BREAKS = failure(
    NOTHING_GIVEN, "INVALID_MESSAGE", text="Message rejected: a line has no NUL and no CR in it"
)


def _label_in(line: bytes) -> str:
    """Return the label of a line that is no message, so that its refusal can carry it."""
    if not line.startswith(b"@"):
        return ""
    found = _LABEL.search(line, 0, CLIENT_TAG_BYTES)
    if found is None:
        return ""
    return _usable_label(unescape(found[1].decode("utf-8", "replace")))


def _usable_label(label: str) -> str:
    """Return a label, "" for one that is too long or cannot be shown safely."""
    return label if len(label.encode()) <= LABEL_BYTES and printable(label) == label else ""


def _parsed(text: str) -> Message | None:
    tags: dict[str, str] = {}
    source = ""
    rest = text.lstrip(" ")
    if rest[:1] == "@":
        written, _, rest = rest[1:].partition(" ")
        tags = parse_tags(written)
        rest = rest.lstrip(" ")
    if rest[:1] == ":":
        source, _, rest = rest[1:].partition(" ")
    head, colon, trailing = rest.partition(" :")
    words = head.split(" ")
    if "" in words:
        words = [word for word in words if word]
        if not words:
            return None
    command, *params = words
    is_plain = command.isascii() and command.isalpha() and len(command) <= _LONGEST_COMMAND
    if not is_plain and not _NUMERIC.fullmatch(command):
        unknown = numeric(ERR_UNKNOWNCOMMAND, command[:LONGEST_SHOWN])
        raise Refused(unknown, Message("", tags=tags).label)
    if colon:
        params.append(trailing)
    return Message(command.upper(), tuple(params), source, tags)


def parse_tags(written: str) -> dict[str, str]:
    """Return the tags in what stands between `@` and the space; of two with one key the last.

    What is no key is passed over: "Implementations MUST [...] ignore" what they do not know.
    """
    tags: dict[str, str] = {}
    for tag in written.split(";"):
        key, _, value = tag.partition("=")
        if _KEY.fullmatch(key):
            tags[key] = unescape(value)
    return tags


def client_only(tags: Tags) -> dict[str, str]:
    """Return the tags that are for other clients and may be shown to them.

    "Client-only tags are client-initiated [...] prefixed with a plus sign (+)". One with a
    value that cannot be shown safely is left out, like such text anywhere.
    """
    return {
        key: value
        for key, value in tags.items()
        if key.startswith("+") and printable(value) == value
    }


def unescape(value: str) -> str:
    r"""Return the value that is written so: `\:` is `;`, `\s` a space, `\r` and `\n` breaks.

    "If a lone \ exists at the end of an escaped value [...] this trailing \ SHOULD be
    dropped"; before any other character it counts for nothing.
    """
    if "\\" not in value:
        return value
    return _ESCAPE.sub(lambda found: _PLAIN.get(found[1], found[1]), value)


def escape(value: str) -> str:
    """Return a value as it is written in a tag."""
    return value.translate(_ESCAPES).replace("\0", "\ufffd")


# Writing


def format_message(
    command: str, params: Iterable[str] = (), source: str = "", tags: Tags | None = None
) -> bytes:
    """Return a line with its end, whatever is in its parts.

    The last parameter may be any text, with spaces or empty. Those before it are words.
    """
    return format_tags(tags).encode() + _body(command, tuple(params), source)


def format_tags(tags: Tags | None) -> str:
    """Return tags as they begin a line, with `@` and the space; "" for none.

    Those that do not fit the longest line of tags are left out, the last ones first.
    """
    if not tags:
        return ""
    if _TO_ESCAPE.search("".join(tags.values())) is not None:
        tags = {key: escape(value) for key, value in tags.items()}
    every = [f"{key}={value}" if value else key for key, value in tags.items()]
    written = ";".join(every)
    room = SERVER_TAG_BYTES - len("@ ")
    if len(written) * _MOST_BYTES > room:
        sizes = accumulate(len(tag.encode()) + len(";") for tag in every)
        written = ";".join(
            tag for tag, size in zip(every, sizes, strict=True) if size - len(";") <= room
        )
    return f"@{written} " if written else ""


def _body(command: str, params: tuple[str, ...], source: str) -> bytes:
    words = [f":{source}", command] if source else [command]
    for param in params[:-1]:
        # Nearly always a word, so that this saves a call each.
        is_word = param and param[0] != ":" and " " not in param
        words.append(param if is_word else _word(param))
    if params:
        last = params[-1]
        words.append(f":{last}" if command in _TRAILING else _last(last))
    text = " ".join(words)
    if "\r" in text or "\n" in text or "\0" in text:
        text = _BREAKS.sub("\ufffd", text)
    line = text.encode("utf-8", "replace")
    return (line if len(line) <= BODY_BYTES else cut(line, BODY_BYTES)) + b"\r\n"


def _word(param: str) -> str:
    """Return a word in place of a parameter that others follow, and that is none."""
    return param.replace(" ", "_").lstrip(":") or NOTHING_GIVEN


def _last(param: str) -> str:
    return f":{param}" if not param or param[0] == ":" or " " in param else param


def cut(data: bytes, most: int) -> bytes:
    """Return at most `most` bytes of UTF-8, cut at the end of a character."""
    if len(data) <= most:
        return data
    while most and data[most] & 0xC0 == 0x80:
        most -= 1
    return data[:most]
