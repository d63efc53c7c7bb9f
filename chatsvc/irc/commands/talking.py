"""PRIVMSG and NOTICE: what is said in rooms and to people.

Source: https://modern.ircdocs.horse/#sending-messages. Who sends a message to a room gets it
back only with `echo-message`: https://ircv3.net/specs/extensions/echo-message
"""

from collections.abc import Iterator
from functools import partial

from chatsvc.core.commands import Say, Tell
from chatsvc.core.errors import BadNick, Refusal
from chatsvc.core.names import Nick, nick_key, parse_nick, room_key
from chatsvc.core.replies import Delivered, Sent
from chatsvc.core.text import check_text
from chatsvc.irc.asking import Ask, Step, Steps
from chatsvc.irc.channels import channel_of, is_channel, room_of
from chatsvc.irc.client import Client
from chatsvc.irc.commands.joining import words_of
from chatsvc.irc.commands.services import is_service, served
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.isupport import TARGETS
from chatsvc.irc.message import BODY_BYTES, Message, too_long
from chatsvc.irc.msgids import room_msgid
from chatsvc.irc.numerics import (
    ERR_CANNOTSENDTOCHAN,
    ERR_NORECIPIENT,
    ERR_NOSUCHNICK,
    ERR_NOTEXTTOSEND,
    ERR_TOOMANYTARGETS,
    RPL_AWAY,
)
from chatsvc.irc.refusals import reply_to
from chatsvc.irc.replies import LONGEST_SHOWN, Refused, numeric
from chatsvc.irc.texts import Manner, Spoken, parse_spoken

MOST_TARGETS = int(TARGETS["PRIVMSG"])


def _privmsg(client: Client, message: Message) -> Iterator[Step]:
    """Say something to each target; what refuses one of them does not concern the others."""
    if not message.param(0):
        raise Refused(numeric(ERR_NORECIPIENT, command=message.command))
    if not message.param(1):
        raise Refused(numeric(ERR_NOTEXTTOSEND))
    targets = list(dict.fromkeys(words_of(message.param(0))))
    if len(targets) > MOST_TARGETS:
        raise Refused(numeric(ERR_TOOMANYTARGETS, targets[MOST_TARGETS][:LONGEST_SHOWN]))
    for target in targets:
        if is_service(target):
            yield from served(client, target, message.param(1))
        else:
            yield from _say(client, target, message.param(1))


def _say(client: Client, target: str, text: str) -> Iterator[Step]:
    """Say something to one target.

    What would not fit a line with its source in front is refused: nothing is cut silently.
    """
    if len(f":{client.source} PRIVMSG {target} :{text}".encode()) > BODY_BYTES:
        raise Refused(too_long())
    try:
        spoken = parse_spoken(text)
        if spoken.manner is Manner.CTCP:
            yield numeric(ERR_CANNOTSENDTOCHAN, target, sentence="CTCP is not passed on.")
        elif is_channel(target):
            yield _to_room(client, target, spoken)
        else:
            yield _to_person(client, target, spoken)
    except BadNick:
        yield numeric(ERR_NOSUCHNICK, target[:LONGEST_SHOWN])
    except Refusal as refusal:
        yield reply_to(refusal, "PRIVMSG", target[:LONGEST_SHOWN])


def _said_text(spoken: Spoken) -> str:
    """Return what the core is told: an action is shown as such to all."""
    text = check_text(spoken.text)
    return f"* {text}" if spoken.manner is Manner.ACTION else text


def _to_room(client: Client, target: str, spoken: Spoken) -> Ask:
    room, text = room_of(target), _said_text(spoken)
    return Ask(Say(room, text), partial(_sent, client, text), target)


def _to_person(client: Client, target: str, spoken: Spoken) -> Ask:
    nick, text = parse_nick(target), _said_text(spoken)
    return Ask(Tell(nick, text), partial(_delivered, client, text), target)


def _sent(client: Client, text: str, reply: Sent) -> Steps:
    """Give the client its own message back, if it asked for that."""
    room = client.state.rooms.get(room_key(reply.room))
    if room is None or not client.has("echo-message"):
        return ()
    msgid = room_msgid(room.name, reply.number, room.room_id)
    nick = client.nick or Nick("")
    return (
        client.scribe.by(nick, "PRIVMSG", channel_of(room.name), text, at=reply.at, msgid=msgid),
    )


def _delivered(client: Client, text: str, reply: Delivered) -> Iterator[Step]:
    if client.has("echo-message"):
        yield client.own("PRIVMSG", reply.nick, text)
    person = client.state.people.get(nick_key(reply.nick))
    if person is not None and person.away is not None:
        yield numeric(RPL_AWAY, reply.nick, reason=person.away)


def _notice(client: Client, message: Message) -> Iterator[Step]:
    """Do what PRIVMSG does, but refuse nothing aloud.

    "automatic replies MUST NEVER be sent in response to a NOTICE message" (RFC 2812, 3.3.2).
    """
    try:
        for step in _privmsg(client, message):
            if isinstance(step, Ask):
                yield Ask(step.command, step.show, step.target, lambda _refusal: ())
    except Refused:
        return


COMMANDS = {
    "PRIVMSG": Verb(_privmsg, is_talk=True, help="PRIVMSG #channel,nick :text"),
    "NOTICE": Verb(_notice, is_talk=True, help="NOTICE #channel,nick :text"),
}
