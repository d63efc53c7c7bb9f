"""What the server answers: numerics, and standard replies (FAIL, WARN, NOTE).

    :server NUMERIC nick parameters :text
    :server FAIL command CODE context :text

A `Reply` has neither the server's name nor the client's nick; whoever sends it adds both.
Standard replies: https://ircv3.net/specs/extensions/standard-replies
"""

import attrs

from chatsvc.core.text import printable
from chatsvc.irc.numerics import Numeric

LONGEST_SHOWN = 50
"""Characters of what a client sent that are given back in a refusal."""

ECHOED_BYTES = 300
"""Bytes of a parameter that an answer ends with as it was sent: all, unless the line that it was
in was nearly full and the answer's would be longer."""

NOTHING_GIVEN = "*"
"""What stands for a parameter that is empty, or for a client that has no nick yet."""


@attrs.frozen
class Reply:
    """One line of an answer; `is_numeric`: the client's nick goes before `params`."""

    command: str
    params: tuple[str, ...] = ()
    is_numeric: bool = False


class Refused(Exception):
    """Say that a line cannot be carried out, with the reply that says so.

    `label` is that of the line, where the line was too broken to be a message.
    """

    def __init__(self, reply: Reply, label: str = "") -> None:
        super().__init__(" ".join((reply.command, *reply.params)))
        self.reply = reply
        self.label = label


def numeric(what: Numeric, *params: str, **words: str) -> Reply:
    """Return a numeric with these parameters, and its text with `words` filled in."""
    given = tuple([shown(param) for param in params])
    text = (what.text.format(**words),) if what.text else ()
    return Reply(what.number, given + text, is_numeric=True)


def failure(command: str, code: str, *context: str, text: str) -> Reply:
    """Return a FAIL: "the command could not be carried out"."""
    return _standard("FAIL", command, code, context, text)


def warning(command: str, code: str, *context: str, text: str) -> Reply:
    """Return a WARN: non-fatal, but the client or its user should know."""
    return _standard("WARN", command, code, context, text)


def note(command: str, code: str, *context: str, text: str) -> Reply:
    """Return a NOTE: nothing is wrong."""
    return _standard("NOTE", command, code, context, text)


def _standard(kind: str, command: str, code: str, context: tuple[str, ...], text: str) -> Reply:
    given = tuple(shown(word) for word in context)
    return Reply(kind, (command or NOTHING_GIVEN, code, *given, text))


def shown(word: str) -> str:
    """Return what a client sent as it is given back: safe, and one parameter.

    Longer ones are kept whole up to a line's length, which whoever sends them sees to.
    """
    if word.isalnum() or _is_plain_word(word):
        return word
    safe = printable(word)
    if not safe or safe.startswith(":") or " " in safe:
        safe = safe.replace(" ", "_").lstrip(":")
    return safe or NOTHING_GIVEN


def _is_plain_word(word: str) -> bool:
    """Tell whether a word is one as it is: of letters, digits and signs that everybody can type."""
    return word.isascii() and word.isprintable() and " " not in word and word[:1] not in ("", ":")


def echoed(word: str) -> str:
    """Return a parameter as a client sent it, as far as it fits any answer."""
    return word.encode()[:ECHOED_BYTES].decode(errors="ignore") or NOTHING_GIVEN
