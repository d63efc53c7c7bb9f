"""NickServ and ChanServ: words that people know, for commands of the core; they are no persons.

    PRIVMSG NickServ :IDENTIFY name password        NS IDENTIFY name password
    PRIVMSG ChanServ :OP #tea ann                   CS OP #tea ann

They answer with NOTICEs, and do nothing that the core would not let who asks do anyway.
"""

from collections.abc import Callable, Iterator

from chatsvc.irc.asking import Step, Steps
from chatsvc.irc.client import Client
from chatsvc.irc.commands import chanserv, nickserv, serving
from chatsvc.irc.commands.serving import CHANSERV, NICKSERV, SERVICES
from chatsvc.irc.commands.verb import Verb
from chatsvc.irc.message import Message

_WORDS = {NICKSERV: nickserv.WORDS, CHANSERV: chanserv.WORDS}


def is_service(target: str) -> bool:
    """Tell whether a message to `target` is for a service."""
    return target.lower() in SERVICES


def served(client: Client, target: str, text: str) -> Iterator[Step]:
    """Carry out what somebody says to a service."""
    name = SERVICES[target.lower()]
    return serving.served(client, name, _WORDS[name], text)


def _direct(name: str) -> Callable[[Client, Message], Steps]:
    """Return the command that stands for a message to a service."""
    return lambda client, message: served(client, name, " ".join(message.params))


COMMANDS = {
    "NICKSERV": Verb(_direct(NICKSERV), help="NICKSERV words, as to NickServ"),
    "NS": Verb(_direct(NICKSERV), help="NS words, as to NickServ"),
    "CHANSERV": Verb(_direct(CHANSERV), help="CHANSERV words, as to ChanServ"),
    "CS": Verb(_direct(CHANSERV), help="CS words, as to ChanServ"),
}
