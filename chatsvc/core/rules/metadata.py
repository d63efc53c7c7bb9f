"""Rules for metadata: one sets one's own, and who may set anything in a room sets its.

Of somebody who is here anybody may know it. Of a room those who may know what kind of room it
is: a room that one may not know of is refused like one that does not exist.
"""

from collections.abc import Iterator

from chatsvc.core.access_table import Action
from chatsvc.core.commands import (
    ChangeMetadata,
    ChangeRoomMetadata,
    ShowMetadata,
    ShowRoomMetadata,
)
from chatsvc.core.errors import NotAllowed, TooMany
from chatsvc.core.events import Event, GuestMetadataSet, MetadataSet, RoomMetadataSet
from chatsvc.core.limits import METADATA_KEYS
from chatsvc.core.metadata import Change, Metadata
from chatsvc.core.names import Nick
from chatsvc.core.people import Person, Session
from chatsvc.core.permission import permitted
from chatsvc.core.replies import MetadataChanged, MetadataIs
from chatsvc.core.rules.rule import Rule
from chatsvc.core.state import State, person_of


def _decide_show(
    state: State, _session: Session, command: ShowMetadata, _now: int
) -> tuple[Event, ...]:
    state.person(command.nick)
    return ()


def _answer_show(
    state: State, _session: Session, command: ShowMetadata, _events: tuple[Event, ...]
) -> MetadataIs:
    person = state.person(command.nick)
    return MetadataIs(person.nick, person.shown_metadata)


def _decide_change(
    state: State, session: Session, command: ChangeMetadata, now: int
) -> tuple[Event, ...]:
    person = state.person(command.nick)
    if person is not session.person:
        raise NotAllowed(f'What is set of "{person.nick}" is set by themselves.')
    changes = _checked(person.shown_metadata, command.changes)
    if not changes:
        return ()
    account = person.account
    if account is None:
        return (GuestMetadataSet(person.nick, changes, session.session_id),)
    return (MetadataSet(account.name, now, changes, session.session_id),)


def _answer_change(
    _state: State, session: Session, _command: ChangeMetadata, events: tuple[Event, ...]
) -> MetadataChanged:
    return MetadataChanged(person_of(session).nick, tuple(_changes_in(events)))


def _decide_show_room(
    state: State, session: Session, command: ShowRoomMetadata, now: int
) -> tuple[Event, ...]:
    permitted(state, session, command.room, Action.INFO, now)
    return ()


def _answer_show_room(
    state: State, _session: Session, command: ShowRoomMetadata, _events: tuple[Event, ...]
) -> MetadataIs:
    room = state.room(command.room)
    return MetadataIs(room.name, room.metadata)


def _decide_change_room(
    state: State, session: Session, command: ChangeRoomMetadata, now: int
) -> tuple[Event, ...]:
    room = permitted(state, session, command.room, Action.SET, now)
    changes = _checked(room.metadata, command.changes)
    if not changes:
        return ()
    nick = person_of(session).nick
    return (RoomMetadataSet(room.name, now, nick, changes, room.room_id, session.session_id),)


def _answer_change_room(
    state: State, _session: Session, command: ChangeRoomMetadata, events: tuple[Event, ...]
) -> MetadataChanged:
    return MetadataChanged(state.room(command.room).name, tuple(_changes_in(events)))


def kept_metadata(person: Person, name: Nick, now: int) -> Iterator[MetadataSet]:
    """Return what lets an account that a guest has just registered say what the guest said."""
    if person.metadata:
        yield MetadataSet(name, now, person.metadata.pairs)


def _checked(metadata: Metadata, changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """Return the changes that change anything; raise `TooMany` where they set too many keys."""
    differing = metadata.differing(changes)
    after = len(metadata.changed(differing))
    if after > METADATA_KEYS and after > len(metadata):
        raise TooMany(f"At most {METADATA_KEYS} keys are set; take another one away first.")
    return differing


def _changes_in(events: tuple[Event, ...]) -> Iterator[Change]:
    for event in events:
        if isinstance(event, MetadataSet | GuestMetadataSet | RoomMetadataSet):
            yield from event.changes


RULES = {
    ShowMetadata: Rule(_answer_show, _decide_show),
    ChangeMetadata: Rule(_answer_change, _decide_change),
    ShowRoomMetadata: Rule(_answer_show_room, _decide_show_room),
    ChangeRoomMetadata: Rule(_answer_change_room, _decide_change_room),
}
