"""The short way of the commonest line there is: `PRIVMSG #channel :text`, and nothing else.

What a line means is said once, in `message`, `commands` and `talking`. This recognises those
lines of which nothing is to be found out there, by what they are made of, and has the names and
the text checked by what checks them there; a test compares both ways.
"""

from chatsvc.core.commands import Say
from chatsvc.core.errors import Refusal
from chatsvc.core.text import check_text
from chatsvc.irc.channels import SIGN, room_of
from chatsvc.irc.client import Client
from chatsvc.irc.commands.talking import SURELY_FITS, is_too_long
from chatsvc.irc.message import BODY_BYTES

COMMAND = "PRIVMSG"

_HEAD = f"{COMMAND} {SIGN}".encode()
_WORD = len(f"{COMMAND} ")


def plain_say(client: Client, line: bytes) -> Say | None:
    """Return what a line asks for that says plain text in one channel.

    None for any other line, and for one that is refused: the long way finds out why.
    """
    if not line.startswith(_HEAD) or len(line) > BODY_BYTES:
        return None
    if client.batch is not None or not client.registration.is_done:
        return None
    try:
        head, _, text = line.decode().partition(" :")
        channel = head[_WORD:]
        if len(line) > SURELY_FITS and is_too_long(client, COMMAND, channel, text):
            return None
        room = room_of(channel)
        # What the long way takes out of a text, `check_text` refuses; what answers are about is
        # the channel as it was written, and `ask_to_say` has the room's name.
        return Say(room, check_text(text)) if SIGN + room == channel else None
    except (UnicodeDecodeError, Refusal):
        return None
