"""REDACT: take back what was said.

    REDACT <target> <msgid> [<reason>]

Source: https://ircv3.net/specs/extensions/message-redaction. "The server SHOULD forward this
REDACT [...] in the same way as PRIVMSG messages"; who redacts is shown it as well. What a client
may not read and what is not there are refused alike.
"""

from functools import partial

from chatsvc.core.commands import Redact
from chatsvc.core.conversations import with_peer
from chatsvc.core.errors import BadNick, BadRoom, BadText, Refusal
from chatsvc.core.events import Redacted
from chatsvc.core.names import Nick, RoomName, parse_nick, room_key
from chatsvc.core.permission import visible_room
from chatsvc.core.replies import MessageRedacted
from chatsvc.core.rules.direct import conversation
from chatsvc.core.text import check_text, printable
from chatsvc.irc.asking import Ask, Line, Steps
from chatsvc.irc.channels import channel_of, is_channel, room_of
from chatsvc.irc.client import Client
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.encode.talk import redact_line
from chatsvc.irc.message import Message
from chatsvc.irc.msgids import DirectMessage, RoomMessage, parse_msgid
from chatsvc.irc.numerics import ERR_UNKNOWNCOMMAND
from chatsvc.irc.refusals import reply_to
from chatsvc.irc.replies import LONGEST_SHOWN, Refused, failure, numeric
from chatsvc.irc.texts import plain

CAPABILITY = "draft/message-redaction"


def _redact(client: Client, message: Message) -> Steps:
    if not client.has(CAPABILITY):
        raise Refused(numeric(ERR_UNKNOWNCOMMAND, message.command))
    target, msgid = message.param(0), message.param(1)
    try:
        reason = check_text(plain(message.param(2))) if message.param(2) else ""
    except BadText as refusal:
        raise Refused(failure("REDACT", "INVALID_REASON", text=refusal.sentence)) from None
    try:
        if is_channel(target):
            return _in_room(client, room_of(target), target, msgid, reason)
        return _in_conversation(client, parse_nick(target), target, msgid, reason)
    except (BadRoom, BadNick):
        raise _invalid(target) from None


def _in_room(client: Client, name: RoomName, target: str, msgid: str, reason: str) -> Steps:
    """Take back a message of a room that the client knows of."""
    room = visible_room(client.state, client.session, name)
    if room is None:
        raise _invalid(target)
    meant = parse_msgid(msgid)
    if not isinstance(meant, RoomMessage):
        raise _unknown(target, msgid)
    # The room may have had another name when the id was given out.
    is_id = meant.room_id == room.room_id
    if not (is_id if meant.room_id else room_key(meant.room) == room.key):
        raise _unknown(target, msgid)
    command = Redact(room.name, meant.number, reason)
    return (_ask(client, command, room.room_id, channel_of(room.name), target, msgid),)


def _in_conversation(client: Client, nick: Nick, target: str, msgid: str, reason: str) -> Steps:
    """Take back a direct message that is kept."""
    account, meant = client.session.account, parse_msgid(msgid)
    if account is None or not isinstance(meant, DirectMessage):
        raise _unknown(target, msgid)
    room = conversation(client.state, client.session, with_peer(nick))
    if room is None or room.room_id != meant.conversation:
        raise _unknown(target, msgid)
    command = Redact(with_peer(nick), meant.number, reason)
    return (_ask(client, command, room.room_id, client.state.spelt(nick), target, msgid),)


def _ask(client: Client, command: Redact, room_id: int, shown: str, target: str, msgid: str) -> Ask:
    show = partial(_done, client, command.reason, room_id, shown)
    return Ask(command, show, target, partial(_refused, target, msgid))


def _done(
    client: Client, reason: str, room_id: int, shown: str, reply: MessageRedacted
) -> tuple[Line, ...]:
    nick = client.nick or Nick("")
    event = Redacted(reply.room, reply.number, client.house.now(), nick, room_id, reason)
    return (redact_line(event, client.scribe, shown),)


def _refused(target: str, msgid: str, refusal: Refusal) -> Steps:
    shown = printable(target)[:LONGEST_SHOWN], printable(msgid)[:LONGEST_SHOWN]
    return (reply_to(refusal, "REDACT", shown[0], context=shown),)


def _invalid(target: str) -> Refused:
    shown = printable(target)[:LONGEST_SHOWN]
    text = f"You cannot delete messages from {shown}"
    return Refused(failure("REDACT", "INVALID_TARGET", shown, text=text))


def _unknown(target: str, msgid: str) -> Refused:
    shown = printable(target)[:LONGEST_SHOWN], printable(msgid)[:LONGEST_SHOWN]
    text = "This message does not exist or is too old"
    return Refused(failure("REDACT", "UNKNOWN_MSGID", *shown, text=text))


COMMANDS = {"REDACT": Verb(_redact, 2, help="REDACT #channel|nick msgid [:reason]")}
