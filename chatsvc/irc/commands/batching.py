"""BATCH: texts of many lines, as clients send them (`client_batch`).

The lines of a batch are taken one by one as they come; nothing is said before the last. A
batch that cannot be is refused once, with a FAIL; what else comes of it is passed over.
"""

from functools import partial

from chatsvc.irc.asking import Request
from chatsvc.irc.client import Client
from chatsvc.irc.client_batch import ClientBatch, Multiline, RefusedBatch
from chatsvc.irc.commands.talking import say_multiline
from chatsvc.irc.labels import NEEDS
from chatsvc.irc.message import Message
from chatsvc.irc.replies import Refused, failure

_TALK = frozenset({"PRIVMSG", "NOTICE"})


def batch_request(client: Client, message: Message) -> Request | None:
    """Return the request that a line of a batch is; None for a line of no batch.

    The client has asked for texts of many lines.
    """
    if not client.is_registered:
        return None
    batch = client.batch
    if isinstance(batch, RefusedBatch):
        is_in_it = batch.has(message)
        if not is_in_it or message.command == "BATCH":
            client.batch = None
        if is_in_it:
            return Request("BATCH", _label(client, message.label), lambda: (), is_talk=True)
        batch = None
    try:
        if batch is not None:
            whole = batch.feed(message)
            if whole is not None:
                client.batch = None
                return _said(client, whole)
        elif message.command == "BATCH" and message.param(0).startswith("+"):
            client.batch = ClientBatch(message)
        elif message.command == "BATCH" or (message.command in _TALK and "batch" in message.tags):
            raise Refused(_none_open(), message.label)
        else:
            return None
    except Refused as refused:
        client.batch = RefusedBatch(_reference(batch, message))
        reply = refused.reply
        return Request("BATCH", _label(client, refused.label), lambda: (reply,), is_talk=True)
    return Request("BATCH", "", lambda: (), is_talk=True)


def _reference(batch: ClientBatch | None, message: Message) -> str:
    """Return the reference of the batch under way, or of the one that a line is about."""
    if batch is not None:
        return batch.reference
    return message.param(0)[1:] if message.command == "BATCH" else message.tags["batch"]


def _said(client: Client, whole: Multiline) -> Request:
    begin = partial(say_multiline, client, whole)
    return Request(whole.command, _label(client, whole.label), begin, is_talk=True)


def _label(client: Client, label: str) -> str:
    return label if client.enabled >= NEEDS else ""


_none_open = partial(failure, "BATCH", "MULTILINE_INVALID", text="No batch is under way")
