"""The shape of a row in the tables of commands."""

from collections.abc import Callable

import attrs

from chatsvc.irc.asking import Steps
from chatsvc.irc.client import Client
from chatsvc.irc.message import Message


@attrs.frozen
class Verb:
    """What carries a command out, and when it may be said.

    `least` parameters are needed. `is_open`: it may be said before registration is over.
    `is_talk`: it changes nothing but says something, so several may be under way together;
    its function asks the core in its first step. `help` is a line for HELP.
    """

    function: Callable[[Client, Message], Steps]
    least: int = 0
    is_open: bool = False
    is_talk: bool = False
    help: str = ""
