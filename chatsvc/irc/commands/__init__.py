"""What each IRC command does: one function a command, in one table.

    connecting.py   PASS NICK USER PING PONG QUIT, and the registration's end
    offering.py     CAP
    accounts.py     AUTHENTICATE
    registering.py  REGISTER VERIFY
    services.py     NICKSERV NS CHANSERV CS, and messages to those
    operators.py    OPER KILL WALLOPS REHASH DIE
    talking.py      PRIVMSG NOTICE TAGMSG
    batching.py     BATCH
    redacting.py    REDACT
    joining.py      JOIN PART
    rooms.py        TOPIC NAMES LIST
    renaming.py     RENAME
    modes.py        MODE
    guarding.py     KICK INVITE
    who.py          WHO
    whois.py        WHOIS WHOWAS USERHOST ISON
    presence.py     AWAY SETNAME
    monitoring.py   MONITOR
    history.py      CHATHISTORY MARKREAD
    metadata.py     METADATA
    server.py       MOTD LUSERS VERSION TIME INFO HELP LINKS ADMIN

The other modules are what several of these need: arriving (what comes with a JOIN), welcoming,
names, playback, stretches, describing, user_modes, serving, and the two services.

A function gets the client and the message and gives steps (`asking`); it is pure, so it is
tested without a server. A new command is a function and a row of its module's `COMMANDS`.
"""

from functools import partial

from chatsvc.irc.asking import Request, Steps
from chatsvc.irc.client import Client
from chatsvc.irc.client_batch import MULTILINE
from chatsvc.irc.commands import (
    accounts,
    connecting,
    guarding,
    history,
    joining,
    metadata,
    modes,
    monitoring,
    offering,
    operators,
    presence,
    redacting,
    registering,
    renaming,
    rooms,
    server,
    services,
    talking,
    who,
    whois,
)
from chatsvc.irc.commands.batching import batch_request
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.labels import NEEDS
from chatsvc.irc.message import Message
from chatsvc.irc.numerics import (
    ERR_NEEDMOREPARAMS,
    ERR_NOTREGISTERED,
    ERR_UNKNOWNCOMMAND,
)
from chatsvc.irc.replies import LONGEST_SHOWN, Refused, Reply, numeric

COMMANDS: dict[str, Verb] = {
    **connecting.COMMANDS,
    **offering.COMMANDS,
    **accounts.COMMANDS,
    **registering.COMMANDS,
    **operators.COMMANDS,
    **services.COMMANDS,
    **talking.COMMANDS,
    **redacting.COMMANDS,
    **joining.COMMANDS,
    **rooms.COMMANDS,
    **renaming.COMMANDS,
    **modes.COMMANDS,
    **guarding.COMMANDS,
    **who.COMMANDS,
    **whois.COMMANDS,
    **presence.COMMANDS,
    **monitoring.COMMANDS,
    **history.COMMANDS,
    **metadata.COMMANDS,
    **server.COMMANDS,
}
"""Every command, in capitals."""


def request_for(client: Client, message: Message) -> Request:
    """Return the request that a message is."""
    if MULTILINE in client.enabled:
        request = batch_request(client, message)
        if request is not None:
            return request
    verb = COMMANDS.get(message.command)
    begin = partial(_steps, client, verb, message)
    is_talk = verb is not None and verb.is_talk
    label = message.label if client.enabled >= NEEDS else ""
    return Request(message.command, label, begin, is_talk)


def refused_request(client: Client, refused: Refused) -> Request:
    """Return what stands for a line that is no message."""
    label = refused.label if client.enabled >= NEEDS else ""
    return Request("", label, lambda: (refused.reply,))


def _steps(client: Client, verb: Verb | None, message: Message) -> Steps:
    """Carry out a command when it is its turn: who may say it depends on what was before."""
    refused = _why_not(client, verb, message)
    if refused is not None or verb is None:
        return () if refused is None else (refused,)
    return verb.function(client, message)


def _why_not(client: Client, verb: Verb | None, message: Message) -> Reply | None:
    if verb is None:
        return numeric(ERR_UNKNOWNCOMMAND, message.command[:LONGEST_SHOWN])
    if not (client.is_registered or verb.is_open):
        return numeric(ERR_NOTREGISTERED)
    if len(message.params) < verb.least:
        return numeric(ERR_NEEDMOREPARAMS, message.command)
    return None
