"""PRIVMSG, NOTICE and TAGMSG: what is said in rooms and to people, and what is passed on.

Source: https://modern.ircdocs.horse/#sending-messages. Who sends a message to a room gets it
back only with `echo-message`: https://ircv3.net/specs/extensions/echo-message

    PRIVMSG, NOTICE                 kept; a notice is a message of that manner
    CTCP ACTION                     kept; a message of that manner
    any other CTCP, TAGMSG,         passed on to those who are here, kept nowhere
      PRIVMSG @#channel
"""

from collections.abc import Callable, Iterator
from functools import partial

import attrs

from chatsvc.core.commands import Command, Say, Signal, Tell
from chatsvc.core.errors import BadNick, Refusal
from chatsvc.core.events import Signalled
from chatsvc.core.limits import LONGEST_NAME
from chatsvc.core.manner import NOTHING_MORE, Manner, More, Piece, Tags, joined
from chatsvc.core.names import Nick, RoomName, nick_key, parse_nick, room_key
from chatsvc.core.replies import Delivered, Passed, Sent
from chatsvc.core.roles import Role
from chatsvc.core.signals import SignalKind
from chatsvc.core.text import check_text, printable
from chatsvc.core.values import lightly_frozen
from chatsvc.irc.asking import Ask, Step, Steps
from chatsvc.irc.channels import channel_of, is_channel, room_of, split_status
from chatsvc.irc.client import Client
from chatsvc.irc.client_batch import Multiline
from chatsvc.irc.commands.joining import words_of
from chatsvc.irc.commands.services import is_service, served
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.encode.talk import Speech, passing, signal_line, speech_lines
from chatsvc.irc.isupport import TARGETS
from chatsvc.irc.message import BODY_BYTES, Message, client_only, too_long
from chatsvc.irc.msgids import direct_msgid, room_msgid
from chatsvc.irc.numerics import (
    ERR_NEEDMOREPARAMS,
    ERR_NORECIPIENT,
    ERR_NOSUCHNICK,
    ERR_NOTEXTTOSEND,
    ERR_TOOMANYTARGETS,
    RPL_AWAY,
)
from chatsvc.irc.refusals import reply_to
from chatsvc.irc.replies import LONGEST_SHOWN, Refused, failure, numeric
from chatsvc.irc.sources import LONGEST_HOST, USER_LENGTH
from chatsvc.irc.texts import DELIMITER, parse_spoken, plain
from chatsvc.irc.texts import Manner as Spoken

MOST_TARGETS = int(TARGETS["PRIVMSG"])

_LONGEST_NICK_BYTES = 4 * LONGEST_NAME

SURELY_FITS = BODY_BYTES - len(": ") - len("!@") - _LONGEST_NICK_BYTES - USER_LENGTH - LONGEST_HOST
"""Bytes of a line that fits with its source, whoever says it."""

_LEAST = {"+": Role.VOICED, "@": Role.MODERATOR}

_SIGNALS = {
    Manner.MESSAGE: SignalKind.MESSAGE,
    Manner.ACTION: SignalKind.ACTION,
    Manner.NOTICE: SignalKind.NOTICE,
    Manner.TAGS: SignalKind.TAGS,
}

PERSIST = "+draft/persist"
"""The tag of a TAGMSG that is to be kept."""

_TAG_TEXT = 200
"""Characters of its tags that a kept TAGMSG shows to those who know no tags."""


@lightly_frozen
class Saying:
    """What a client says: `signal` where that is passed on, and not kept."""

    text: str
    more: More
    signal: SignalKind | None = None


def _talk(is_notice: bool, client: Client, message: Message) -> Iterator[Step]:
    """Say something to each target; what refuses one of them does not concern the others."""
    targets, text = message.param(0), message.param(1)
    if not targets:
        raise Refused(numeric(ERR_NORECIPIENT, command=message.command))
    if not text:
        raise Refused(numeric(ERR_NOTEXTTOSEND))
    tags = tags_of(client, message) if message.tags else ()
    for target in targets_of(targets):
        if is_service(target):
            if not is_notice:
                yield from served(client, target, text)
            continue
        if is_too_long(client, message.command, target, text):
            raise Refused(too_long())
        yield from _say(client, target, partial(_saying, text, is_notice, tags))


def tags_of(client: Client, message: Message) -> Tags:
    """Return the tags that others may be shown, of a client that knows tags."""
    if not client.has("message-tags"):
        return ()
    return tuple(client_only(message.tags).items())


def targets_of(param: str) -> list[str]:
    """Return for whom a message is."""
    if "," not in param:
        return [param]
    targets = list(dict.fromkeys(words_of(param)))
    if len(targets) > MOST_TARGETS:
        raise Refused(numeric(ERR_TOOMANYTARGETS, targets[MOST_TARGETS][:LONGEST_SHOWN]))
    return targets


def is_too_long(client: Client, command: str, target: str, text: str) -> bool:
    """Tell whether it would not fit a line with its source: nothing is cut silently."""
    return len(f":{client.mask} {command} {target} :{text}".encode()) > BODY_BYTES


def _saying(written: str, is_notice: bool, tags: Tags) -> Saying:
    """Return what is said; raise `BadText`."""
    if written[:1] != DELIMITER:
        more = NOTHING_MORE
        if is_notice or tags:
            more = More(Manner.NOTICE if is_notice else Manner.MESSAGE, tags)
        return Saying(check_text(plain(written)), more)
    spoken = parse_spoken(written)
    if spoken.manner is Spoken.CTCP:
        kind = SignalKind.RESPONSE if is_notice else SignalKind.REQUEST
        text = check_text(f"{spoken.verb} {spoken.text}".rstrip())
        return Saying(text, More(tags=tags), kind)
    manner = Manner.NOTICE if is_notice else Manner.MESSAGE
    if spoken.manner is Spoken.ACTION and not is_notice:
        manner = Manner.ACTION
    return Saying(check_text(spoken.text), More(manner, tags))


def _say(client: Client, target: str, make: Callable[[], Saying]) -> Iterator[Step]:
    """Say something to one target."""
    try:
        saying = make()
        if not is_channel(target):
            yield _to_person(client, target, parse_nick(target), saying)
            return
        status, channel = split_status(target)
        if status and saying.signal is None:
            saying = attrs.evolve(saying, signal=_SIGNALS[saying.more.manner])
        yield _to_room(client, target, room_of(channel), _LEAST.get(status), saying)
    except BadNick:
        yield numeric(ERR_NOSUCHNICK, target[:LONGEST_SHOWN])
    except Refusal as refusal:
        yield reply_to(refusal, "PRIVMSG", target[:LONGEST_SHOWN])


def _to_room(
    client: Client, target: str, room: RoomName, least: Role | None, saying: Saying
) -> Ask:
    if saying.signal is not None:
        return _pass_on(
            client,
            target,
            Signal(saying.signal, saying.text, saying.more.tags, room=room, least=least),
        )
    command = Say(room, saying.text, more=saying.more.or_none())
    return Ask(command, partial(_sent, client, saying), target, partial(_refused, target))


def ask_to_say(client: Client, say: Say) -> Ask:
    """Return what the core is asked in order to say what is nothing but plain text."""
    saying = Saying(say.text, say.more or NOTHING_MORE)
    return _to_room(client, channel_of(say.room), say.room, None, saying)


def _to_person(client: Client, target: str, nick: Nick, saying: Saying) -> Ask:
    if saying.signal is not None:
        signal = Signal(saying.signal, saying.text, saying.more.tags, nick=nick)
        return _pass_on(client, target, signal)
    command: Command = Tell(nick, saying.text, more=saying.more.or_none())
    return Ask(command, partial(_delivered, client, saying), target, partial(_refused, target))


def _refused(target: str, refusal: Refusal) -> Steps:
    return (reply_to(refusal, "PRIVMSG", target[:LONGEST_SHOWN]),)


def _sent(client: Client, saying: Saying, reply: Sent) -> Steps:
    """Give the client its own message back, if it asked for that."""
    if "echo-message" not in client.enabled:
        return ()
    room = client.state.rooms.get(room_key(reply.room))
    if room is None:
        return ()
    msgid = room_msgid(room.name, reply.number, room.room_id)
    return _echo(client, channel_of(room.name), saying, reply.at, msgid)


def _echo(client: Client, target: str, saying: Saying, at: int, msgid: str) -> Steps:
    speech = Speech(client.nick or Nick(""), target, saying.text, at, msgid, saying.more)
    return speech_lines(speech, client.scribe)


def _delivered(client: Client, saying: Saying, reply: Delivered) -> Iterator[Step]:
    if client.has("echo-message"):
        msgid = passing(client.scribe, reply.serial)
        number = reply.number or reply.kept
        if number and reply.conversation:
            msgid = direct_msgid(reply.conversation, number)
        yield from _echo(client, reply.nick, saying, reply.at, msgid)
    person = client.state.people.get(nick_key(reply.nick))
    is_silent = saying.more.manner in {Manner.NOTICE, Manner.TAGS}
    if person is not None and person.away is not None and not is_silent:
        yield numeric(RPL_AWAY, reply.nick, reason=person.away)


# What is passed on


def _pass_on(client: Client, target: str, signal: Signal) -> Ask:
    return Ask(signal, partial(_passed, client, signal), target, partial(_refused, target))


def _passed(client: Client, signal: Signal, reply: Passed) -> Steps:
    """Give the client its own signal back, if it asked for that."""
    if not client.has("echo-message"):
        return ()
    event = Signalled(
        reply.at,
        client.nick or Nick(""),
        signal.kind,
        signal.text,
        signal.tags,
        room=reply.room,
        target=reply.nick or Nick(""),
        least="" if signal.least is None else signal.least.word,
        serial=reply.serial,
    )
    line = signal_line(event, client.scribe)
    return () if line is None else (line,)


def _tagmsg(client: Client, message: Message) -> Iterator[Step]:
    """Pass tags on, or keep those that ask for it; a client that does not know tags has none.

    "Servers MUST NOT deliver TAGMSG to clients that haven't negotiated the message tags
    capability" (message-tags).
    """
    if not message.param(0):
        raise Refused(numeric(ERR_NEEDMOREPARAMS, message.command))
    tags = tags_of(client, message)
    is_kept = any(key == PERSIST for key, _ in tags)
    for target in targets_of(message.param(0)) if tags else ():
        saying = _kept_tags(tags) if is_kept else Saying("", More(tags=tags), SignalKind.TAGS)
        yield from _say(client, target, lambda saying=saying: saying)  # type: ignore[misc]


def _kept_tags(tags: Tags) -> Saying:
    """Return tags as a message of that manner, whose text is what can be shown of them."""
    words = (f"{key}={value}" if value else key for key, value in tags if key != PERSIST)
    return Saying(printable(" ".join(words))[:_TAG_TEXT] or PERSIST, More(Manner.TAGS, tags))


def _notice(client: Client, message: Message) -> Iterator[Step]:
    """Do what PRIVMSG does, but refuse nothing aloud.

    "automatic replies MUST NEVER be sent in response to a NOTICE message" (RFC 2812, 3.3.2).
    """
    return _silently(_talk(True, client, message))


def _silently(steps: Iterator[Step]) -> Iterator[Step]:
    try:
        for step in steps:
            if isinstance(step, Ask):
                yield Ask(step.command, step.show, step.target, lambda _refusal: ())
    except Refused:
        return


# Many lines


def say_multiline(client: Client, whole: Multiline) -> Iterator[Step]:
    """Say a text of many lines (https://ircv3.net/specs/extensions/multiline)."""
    is_notice = whole.command == "NOTICE"
    tags = tuple(whole.tags.items()) if client.has("message-tags") else ()
    if split_status(whole.target)[0]:
        steps = _lines_to_rank(client, whole, tags)
        yield from _silently(steps) if is_notice else steps
        return

    def saying() -> Saying:
        manner = Manner.NOTICE if is_notice else Manner.MESSAGE
        pieces = [Piece(plain(part.text), part.is_joined) for part in whole.parts]
        if not any(piece.text for piece in pieces):
            # Who does not know texts of many lines would be shown nothing of it.
            text = "There is no text in it that can be shown"
            raise Refused(failure("BATCH", "MULTILINE_INVALID", text=text))
        text, more = joined(pieces, manner, tags)
        return Saying(check_text(text), more)

    steps = _say(client, whole.target, saying)
    yield from _silently(steps) if is_notice else steps


def _lines_to_rank(client: Client, whole: Multiline, tags: Tags) -> Iterator[Step]:
    """Say each line by itself: what is for a rank is passed on as it is, and so has to fit."""
    texts = [part.text for part in whole.parts if part.text]
    if any(is_too_long(client, whole.command, whole.target, text) for text in texts):
        raise Refused(too_long())
    for text in texts:
        saying = partial(_saying, text, whole.command == "NOTICE", tags)
        yield from _say(client, whole.target, saying)
        tags = ()


COMMANDS = {
    "PRIVMSG": Verb(partial(_talk, False), is_talk=True, help="PRIVMSG #channel,nick :text"),
    "NOTICE": Verb(_notice, is_talk=True, help="NOTICE #channel,nick :text"),
    "TAGMSG": Verb(_tagmsg, is_talk=True, help="@+tag=value TAGMSG #channel,nick"),
}
