"""Rules for what needs neither a nick nor a room."""

from chatsvc.core.commands import Help, Ping, Quit
from chatsvc.core.events import Event
from chatsvc.core.people import Session
from chatsvc.core.replies import Bye, HelpOn, Pong
from chatsvc.core.rules.rule import Rule
from chatsvc.core.state import State


def _answer_ping(
    _state: State, _session: Session, command: Ping, _events: tuple[Event, ...]
) -> Pong:
    return Pong(command.token)


def _answer_help(
    _state: State, _session: Session, command: Help, _events: tuple[Event, ...]
) -> HelpOn:
    return HelpOn(command.verb)


def _answer_quit(
    _state: State, _session: Session, _command: Quit, _events: tuple[Event, ...]
) -> Bye:
    return Bye()


RULES = {
    Ping: Rule(_answer_ping, needs_nick=False, for_guests=True),
    Help: Rule(_answer_help, needs_nick=False, for_guests=True),
    Quit: Rule(_answer_quit, needs_nick=False, for_guests=True),
}
