"""Rules for what is said in a room, its topic and its welcome line."""

from chatsvc.core.access import ACTIONS
from chatsvc.core.access_table import Action
from chatsvc.core.commands import (
    ReadHappenings,
    ReadHistory,
    ReadHistoryAt,
    Say,
    SearchRoom,
    SetTopic,
    SetWelcome,
    ShowTopic,
    ShowWelcome,
    TalkIn,
)
from chatsvc.core.conversations import is_direct
from chatsvc.core.events import UNNUMBERED, Event, Said, TopicSet, WelcomeSet, with_more
from chatsvc.core.names import room_key
from chatsvc.core.people import Session
from chatsvc.core.permission import permitted
from chatsvc.core.replies import Sent, TalkingIn, TopicIs, WelcomeIs
from chatsvc.core.rules import direct
from chatsvc.core.rules.rooms import topic_of
from chatsvc.core.rules.rule import Rule
from chatsvc.core.state import State, nick_of, person_of


def _decide_say(state: State, session: Session, command: Say, now: int) -> tuple[Event, ...]:
    person = person_of(session)
    room = person.rooms.get(room_key(command.room))
    if room is None or not room.all_speak:
        room = permitted(state, session, command.room, Action.SAY, now)
    said = Said(
        room.name,
        UNNUMBERED,
        now,
        person.nick,
        command.text,
        command.client_id,
        room.room_id,
    )
    return (said,) if command.more is None else (with_more(said, command.more),)


def _answer_say(_state: State, _session: Session, _command: Say, events: tuple[Event, ...]) -> Sent:
    said = events[0]
    assert isinstance(said, Said)
    return Sent(said.room, said.number)


def _check_talk(state: State, session: Session, command: TalkIn, now: int) -> tuple[Event, ...]:
    if command.room is not None:
        permitted(state, session, command.room, Action.TALK, now)
    return ()


def _answer_talk(
    state: State, _session: Session, command: TalkIn, _events: tuple[Event, ...]
) -> TalkingIn:
    if command.room is None:
        return TalkingIn(None)
    return TalkingIn(state.room(command.room).name)


def check_reading(
    state: State,
    session: Session,
    command: ReadHistory | ReadHistoryAt | ReadHappenings | SearchRoom | ShowTopic | ShowWelcome,
    now: int,
) -> tuple[Event, ...]:
    """Let those ask who may."""
    if is_direct(command.room):
        return direct.check_read(session)
    permitted(state, session, command.room, ACTIONS[type(command)], now)
    return ()


def _decide_topic(state: State, session: Session, command: SetTopic, now: int) -> tuple[Event, ...]:
    room = permitted(state, session, command.room, Action.SET_TOPIC, now)
    return (TopicSet(room.name, now, nick_of(session), command.text, room.room_id),)


def _answer_topic(
    state: State, _session: Session, command: SetTopic | ShowTopic, _events: tuple[Event, ...]
) -> TopicIs:
    return topic_of(state.room(command.room))


def _decide_welcome(
    state: State, session: Session, command: SetWelcome, now: int
) -> tuple[Event, ...]:
    room = permitted(state, session, command.room, Action.SET_WELCOME, now)
    return (WelcomeSet(room.name, now, nick_of(session), command.text, room.room_id),)


def _answer_welcome(
    state: State, _session: Session, command: SetWelcome | ShowWelcome, _events: tuple[Event, ...]
) -> WelcomeIs:
    room = state.room(command.room)
    return WelcomeIs(room.name, room.welcome)


RULES = {
    Say: Rule(_answer_say, _decide_say),
    TalkIn: Rule(_answer_talk, _check_talk),
    ReadHistory: Rule(None, check_reading),
    SearchRoom: Rule(None, check_reading),
    SetTopic: Rule(_answer_topic, _decide_topic),
    ShowTopic: Rule(_answer_topic, check_reading),
    SetWelcome: Rule(_answer_welcome, _decide_welcome),
    ShowWelcome: Rule(_answer_welcome, check_reading),
}
