"""Take the arguments of a command apart; and the shape of a row in the table of commands."""

from collections.abc import Callable

import attrs

from chatsvc.core import commands as c
from chatsvc.core.conversations import is_direct, parse_direct
from chatsvc.core.errors import BadText
from chatsvc.core.limits import CLIENT_ID_LENGTH, COUNTER_DIGITS, REASON_LENGTH
from chatsvc.core.masks import Mask, parse_mask
from chatsvc.core.names import Nick, RoomName, parse_nick, parse_room_name
from chatsvc.core.text import check_text


class Misused(Exception):
    """Say that arguments do not fit the syntax; becomes a `Usage` with the row's syntax."""


class Arguments:
    """Take a command's arguments one after the other. Every method may raise `Misused`."""

    __slots__ = ("_rest",)

    def __init__(self, rest: str) -> None:
        self._rest = rest

    def word(self) -> str:
        """Take the next word; an empty string when there is none."""
        word, _, self._rest = self._rest.lstrip(" ").partition(" ")
        return word

    def needed_word(self) -> str:
        """Take the next word."""
        return self.word() or misused()

    def room(self) -> RoomName:
        """Take a room name; may raise `BadRoom`."""
        return parse_room_name(self.word() or misused())

    def optional_room(self) -> RoomName | None:
        """Take a room name if there is one; may raise `BadRoom`."""
        word = self.word()
        return parse_room_name(word) if word else None

    def place(self) -> RoomName:
        """Take a room, or a conversation: `@NICK`, `@~NICK`; may raise `BadRoom` or `BadNick`."""
        word = self.needed_word()
        if not is_direct(word):
            return parse_room_name(word)
        return parse_direct(word)

    def nick(self) -> Nick:
        """Take a nick; may raise `BadNick`."""
        return parse_nick(self.needed_word())

    def mask(self) -> Mask:
        """Take a mask; may raise `BadMask`."""
        return parse_mask(self.needed_word())

    def number(self, word: str) -> int:
        """Return `word` as a number: ASCII digits only, at most `COUNTER_DIGITS`."""
        if not (word.isascii() and word.isdigit() and len(word) <= COUNTER_DIGITS):
            misused()
        return int(word)

    def client_id(self) -> str:
        """Take `#ID ` if text follows it; an id is cut from the text only then."""
        if not self._rest.startswith("#"):
            return ""
        word, space, rest = self._rest.partition(" ")
        if not space or not rest:
            return ""
        if len(word) - 1 > CLIENT_ID_LENGTH:
            misused()
        self._rest = rest
        return check_text(word)[1:]

    def rest(self) -> str:
        """Take all that is left, without spaces about it, whatever it is."""
        rest, self._rest = self._rest.strip(" "), ""
        return rest

    def text(self) -> str:
        """Take all that is left, as it is; may raise `BadText`."""
        text, self._rest = self._rest, ""
        return check_text(text) if text else misused()

    def optional_text(self) -> str:
        """Take all that is left, perhaps nothing; may raise `BadText`."""
        return self.text() if self._rest.strip(" ") else ""

    def reason(self) -> str:
        """Take all that is left as a reason, perhaps none; may raise `BadText`."""
        reason = self.optional_text()
        if len(reason) > REASON_LENGTH:
            raise BadText(f"A reason has at most {REASON_LENGTH} characters; say it shorter.")
        return reason

    def secret(self) -> str:
        """Take all that is left as a password, without the spaces at its ends."""
        text, self._rest = self._rest.strip(" "), ""
        return text or misused()

    def end(self) -> None:
        """Make sure that nothing is left."""
        if self._rest and self._rest.strip(" "):
            misused()


def misused() -> str:
    """Raise `Misused`, where a word is missing."""
    raise Misused


@attrs.frozen
class Verb:
    """A row: the canonical verb, other spellings, syntax, help, and the parser."""

    name: str
    aliases: tuple[str, ...]
    syntax: str
    summary: str
    parse: Callable[[Arguments], c.Command]
