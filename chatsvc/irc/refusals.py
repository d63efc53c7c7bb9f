"""What a refusal of the core is in IRC: one numeric for each code, some by the command.

What has no numeric is `400 nick COMMAND :sentence`, so nothing is refused in silence. The
sentence of the core is given wherever the numeric leaves the wording to the server.
Source: https://modern.ircdocs.horse/#numerics
"""

from collections.abc import Callable

import attrs

from chatsvc.core.errors import Refusal
from chatsvc.irc import numerics as n
from chatsvc.irc.advice import in_irc_words
from chatsvc.irc.channels import is_channel
from chatsvc.irc.numerics import Numeric
from chatsvc.irc.replies import Reply, failure, numeric


@attrs.frozen
class _Case:
    """What was refused; `context` goes before the sentence of a FAIL."""

    command: str
    target: str
    refusal: Refusal
    context: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Why, for people."""
        return in_irc_words(self.refusal.sentence)


Form = Callable[[_Case], Reply]


def reply_to(
    refusal: Refusal, command: str, target: str = "", context: tuple[str, ...] | None = None
) -> Reply:
    """Return the reply that tells of `refusal`.

    `command` is in capitals, `target` the channel or nick it was about. `context` is what the
    specification of the command puts into a FAIL, if that is more than the target.
    """
    refused = _Case(command, target, refusal, (target,) if context is None else context)
    form = _BY_COMMAND.get((refusal.code, command)) or _BY_CODE.get(refusal.code, _unknown)
    return form(refused)


def _unknown(refused: _Case) -> Reply:
    return numeric(n.ERR_UNKNOWNERROR, refused.command, sentence=refused.sentence)


def _of_target(what: Numeric) -> Form:
    """Return a numeric about the target."""

    def form(refused: _Case) -> Reply:
        return numeric(what, refused.target, sentence=refused.sentence)

    return form


def _of_command(what: Numeric) -> Form:
    """Return a numeric about the command."""

    def form(refused: _Case) -> Reply:
        return numeric(what, refused.command, sentence=refused.sentence)

    return form


def _plain(what: Numeric) -> Form:
    """Return a numeric without any parameter but its text."""

    def form(refused: _Case) -> Reply:
        return numeric(what, sentence=refused.sentence)

    return form


def _fail(code: str, words: int | None = None) -> Form:
    """Return a FAIL with the first so many words of the context; None: with all."""

    def form(refused: _Case) -> Reply:
        return failure(refused.command, code, *refused.context[:words], text=refused.sentence)

    return form


_FOR_OPERATORS = frozenset({"KILL", "WALLOPS", "REHASH", "DIE"})


def _not_allowed(refused: _Case) -> Reply:
    if is_channel(refused.target):
        return _of_target(n.ERR_CHANOPRIVSNEEDED)(refused)
    if refused.command in _FOR_OPERATORS:
        return _plain(n.ERR_NOPRIVILEGES)(refused)
    return _unknown(refused)


def _not_to_be_said(refused: _Case) -> Reply:
    return _of_target(n.ERR_CANNOTSENDTOCHAN)(refused) if refused.target else _unknown(refused)


_BY_CODE: dict[str, Form] = {
    "unknown-command": _of_command(n.ERR_UNKNOWNCOMMAND),
    "usage": _of_command(n.ERR_NEEDMOREPARAMS),
    "line-too-long": _plain(n.ERR_INPUTTOOLONG),
    "bad-text": _not_to_be_said,
    "no-nick": _plain(n.ERR_NOTREGISTERED),
    "bad-nick": _of_target(n.ERR_ERRONEUSNICKNAME),
    "nick-taken": _of_target(n.ERR_NICKNAMEINUSE),
    "nick-registered": _of_target(n.ERR_NICKNAMEINUSE),
    "bad-room": _of_target(n.ERR_NOSUCHCHANNEL),
    "no-such-room": _of_target(n.ERR_NOSUCHCHANNEL),
    "not-a-member": _of_target(n.ERR_NOTONCHANNEL),
    "no-such-user": _of_target(n.ERR_NOSUCHNICK),
    "not-allowed": _not_allowed,
    "not-registered": _of_target(n.ERR_NEEDREGGEDNICK),
    "banned": _of_target(n.ERR_BANNEDFROMCHAN),
    "muted": _of_target(n.ERR_CANNOTSENDTOCHAN),
    "need-invitation": _of_target(n.ERR_NOTONCHANNEL),
    "need-password": _of_target(n.ERR_NOTONCHANNEL),
    "room-full": _of_target(n.ERR_CHANNELISFULL),
    "too-fast": _of_command(n.RPL_TRYAGAIN),
    "busy": _of_command(n.RPL_TRYAGAIN),
}

_BY_COMMAND: dict[tuple[str, str], Form] = {
    ("bad-room", "JOIN"): _of_target(n.ERR_BADCHANMASK),
    ("need-invitation", "JOIN"): _of_target(n.ERR_INVITEONLYCHAN),
    ("need-password", "JOIN"): _of_target(n.ERR_BADCHANNELKEY),
    ("muted", "NICK"): _of_target(n.ERR_BANONCHAN),
    ("banned", "PRIVMSG"): _of_target(n.ERR_CANNOTSENDTOCHAN),
    ("not-a-member", "PRIVMSG"): _of_target(n.ERR_CANNOTSENDTOCHAN),
    ("not-allowed", "PRIVMSG"): _of_target(n.ERR_CANNOTSENDTOCHAN),
    ("too-many", "JOIN"): _of_target(n.ERR_TOOMANYCHANNELS),
    ("too-many", "MODE"): _of_target(n.ERR_BANLISTFULL),
    ("bad-login", "AUTHENTICATE"): _plain(n.ERR_SASLFAIL),
    ("too-many-logins", "AUTHENTICATE"): _plain(n.ERR_SASLFAIL),
    ("busy", "AUTHENTICATE"): _plain(n.ERR_SASLFAIL),
    ("bad-login", "OPER"): _plain(n.ERR_PASSWDMISMATCH),
    ("too-many-logins", "OPER"): _plain(n.ERR_PASSWDMISMATCH),
    ("bad-password", "REGISTER"): _fail("UNACCEPTABLE_PASSWORD"),
    ("nick-taken", "REGISTER"): _fail("ACCOUNT_EXISTS"),
    ("nick-registered", "REGISTER"): _fail("ACCOUNT_EXISTS"),
    ("bad-nick", "REGISTER"): _fail("BAD_ACCOUNT_NAME"),
    ("busy", "REGISTER"): _fail("TEMPORARILY_UNAVAILABLE"),
    ("room-exists", "RENAME"): _fail("CHANNEL_NAME_IN_USE"),
    ("bad-room", "RENAME"): _fail("CANNOT_RENAME"),
    ("not-registered", "RENAME"): _fail("CANNOT_RENAME"),
    ("busy", "RENAME"): _fail("CANNOT_RENAME"),
    ("no-such-room", "CHATHISTORY"): _fail("INVALID_TARGET"),
    ("not-a-member", "CHATHISTORY"): _fail("INVALID_TARGET"),
    ("no-such-user", "CHATHISTORY"): _fail("INVALID_TARGET"),
    ("storage", "CHATHISTORY"): _fail("MESSAGE_ERROR"),
    ("no-such-room", "REDACT"): _fail("INVALID_TARGET", 1),
    ("not-a-member", "REDACT"): _fail("INVALID_TARGET", 1),
    ("no-such-user", "REDACT"): _fail("INVALID_TARGET", 1),
    ("need-invitation", "REDACT"): _fail("INVALID_TARGET", 1),
    ("need-password", "REDACT"): _fail("INVALID_TARGET", 1),
    ("not-allowed", "REDACT"): _fail("REDACT_FORBIDDEN"),
    ("no-such-message", "REDACT"): _fail("UNKNOWN_MSGID"),
    ("no-such-room", "METADATA"): _fail("INVALID_TARGET"),
    ("no-such-user", "METADATA"): _fail("INVALID_TARGET"),
    ("storage", "MARKREAD"): _fail("INTERNAL_ERROR"),
}
"""What is another reply with a command of IRCv3, or of old."""
