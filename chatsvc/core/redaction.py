"""Taking back and editing what was said: who may, and what stays.

    redact ROOM NUMBER             the author, a moderator, an owner
    edit ROOM NUMBER TEXT          the author alone: nobody edits the words of others

| of a message | after `redact` | after `edit` |
|---|---|---|
| room, number, time, nick | stay | stay |
| client id | stays, so that a late repetition is not said again | stays |
| text | gone from log, search and every later backup | the new one; the old one is gone too |
| mark | when, and by whom if it was not the author | when it was edited last |

A number never vanishes: readers count on having all of them, and are told `redacted` or
`edited` with it. Redacting again changes nothing. What is redacted cannot be edited, and
what nobody can edit cannot be brought back.

Authors: what was said by an account, only that account said, whatever nick it has now. A
guest said what was said under its nick by a guest since it took that nick; what an earlier
guest said under it stays somebody else's.
"""

import attrs

from chatsvc.core.access_table import Action
from chatsvc.core.errors import NotAllowed
from chatsvc.core.names import Nick, nick_key
from chatsvc.core.subject import Subject


@attrs.frozen
class Mark:
    """What is known of a change to a message: when, and by whom if not by its author."""

    at: int
    by: Nick | None = None


@attrs.frozen
class Authored:
    """A kept message as far as its author matters; `account` None: a guest said it.

    Times are milliseconds since 1970 UTC. `redacted` and `edited` are None where it was not.
    """

    number: int
    at: int
    nick: Nick
    account: Nick | None = None
    text: str = ""
    redacted: Mark | None = None
    edited: Mark | None = None


def is_author(message: Authored, subject: Subject, named_at: int) -> bool:
    """Tell whether `subject` said this; `named_at` is when it took its nick."""
    if message.account is not None:
        return subject.account is not None and _same(message.account, subject.account)
    is_guest = subject.account is None and subject.nick is not None
    return is_guest and _same(message.nick, subject.nick or Nick("")) and message.at >= named_at


def _same(one: Nick, other: Nick) -> bool:
    return nick_key(one) == nick_key(other)


def redacting(message: Authored, subject: Subject, named_at: int) -> Action:
    """Return the action, for `access.check`, that taking this back is."""
    is_own = is_author(message, subject, named_at)
    return Action.REDACT_OWN if is_own else Action.REDACT_OTHERS


def editing(message: Authored, subject: Subject, named_at: int) -> Action:
    """Return the action, for `access.check`, that editing this is."""
    return Action.EDIT_OWN if is_author(message, subject, named_at) else Action.EDIT_OTHERS


def redacted(message: Authored, by: Nick | None, now: int) -> Authored:
    """Return what stays of a message; `by` None: its author took it back.

    One that was taken back before stays as it is.
    """
    if message.redacted is not None:
        return message
    return attrs.evolve(message, text="", redacted=Mark(now, by), edited=None)


def check_editable(message: Authored) -> None:
    """Make sure that there is something to edit; raise `NotAllowed`."""
    if message.redacted is not None:
        raise NotAllowed("This was taken back and stays so; say it again instead.")


def edited(message: Authored, text: str, now: int) -> Authored:
    """Return a message with another text and its mark; the same text changes nothing."""
    if message.text == text:
        return message
    return attrs.evolve(message, text=text, edited=Mark(now))
