"""What NickServ and ChanServ have in common: their words, and how they answer.

A service is nobody: it is in no room and no list, and its words are commands of the core, which
decides who may do what. It answers with NOTICEs, of which one request gets few (`MOST_ROWS`).
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import attrs

from chatsvc.core.commands import Command
from chatsvc.core.errors import Refusal
from chatsvc.irc.advice import in_irc_words
from chatsvc.irc.asking import Ask, Step, Steps
from chatsvc.irc.client import Client
from chatsvc.irc.message import Message

NICKSERV = "NickServ"
CHANSERV = "ChanServ"

MOST_ROWS = 50
"""Rows of a list that a service shows."""

SERVICES = {name.lower(): name for name in (NICKSERV, CHANSERV)}
"""How services are written, by their names in lower case."""

HELP = "HELP"

Serving = Callable[[Client, list[str]], Steps]
"""Carries a word out with what follows it; raises `Usage` where that is too little or wrong."""


class Misused(Exception):
    """Tell that a word needs other parameters."""


@attrs.frozen
class Word:
    """One word of a service: how it is said, and what it does in one sentence."""

    serve: Serving
    usage: str
    meaning: str


def host_of_services(client: Client) -> str:
    """Return the host that is shown of services."""
    return f"services.{client.house.name}"


def notice(client: Client, name: str, text: str) -> Message:
    """Return what a service says."""
    source = f"{name}!{name}@{host_of_services(client)}"
    return Message("NOTICE", (client.shown_nick, text), source, client.scribe.tags())


def _refused(client: Client, name: str, refusal: Refusal) -> Message:
    return notice(client, name, in_irc_words(refusal.sentence))


def ask(
    client: Client, name: str, command: Command, show: Callable[[Any], Steps]
) -> Iterator[Step]:
    """Ask the core; the service tells what is refused."""
    yield Ask(command, show, refuse=lambda refusal: (_refused(client, name, refusal),))


def tell(client: Client, name: str, command: Command, text: str) -> Iterator[Step]:
    """Ask the core, and say `text` when it is done."""
    return ask(client, name, command, lambda _reply: (notice(client, name, text),))


def rows(client: Client, name: str, texts: Iterable[str], none: str) -> Iterator[Step]:
    """Return a list, of which the end is not shown where it is long; `none` if it is empty."""
    remaining = iter(texts)
    shown = list(islice(remaining, MOST_ROWS))
    for text in shown or [none]:
        yield notice(client, name, text)
    if next(remaining, None) is not None:
        yield notice(client, name, f"These are the first {MOST_ROWS}.")


def word_at(words: list[str], place: int) -> str:
    """Return the parameter at a place; raise `Misused` where there is none."""
    if place >= len(words):
        raise Misused
    return words[place]


def served(client: Client, name: str, table: dict[str, Word], text: str) -> Iterator[Step]:
    """Carry out what somebody says to a service."""
    said, *rest = text.split() or [HELP]
    if said.upper() == HELP:
        yield from _help(client, name, table, rest)
        return
    word = table.get(said.upper())
    if word is None:
        yield notice(client, name, f"That is no word of mine; say: {HELP}")
        return
    try:
        yield from word.serve(client, rest)
    except Misused:
        yield notice(client, name, f"Say: {word.usage}")
    except Refusal as refusal:
        yield _refused(client, name, refusal)


def _help(client: Client, name: str, table: dict[str, Word], rest: list[str]) -> Iterator[Step]:
    """Show all words, or what one of them is for."""
    word = table.get(rest[0].upper()) if rest else None
    if word is not None:
        yield notice(client, name, f"{word.usage} - {word.meaning}")
        return
    for each in table.values():
        yield notice(client, name, each.usage)
    yield notice(client, name, f"{HELP} word - What a word is for.")
