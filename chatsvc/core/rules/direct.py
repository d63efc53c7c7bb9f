"""Rules for direct messages, and for not hearing somebody.

What one account tells another is kept in their conversation (`core.conversations`), whether
anybody of the other is there or not. What a guest tells, or is told, is told to those who are
there; an account keeps for itself what it has told a guest, and what that guest tells it after
that. What guests tell guests is kept nowhere.

Who is ignored is not told so: what they tell is answered as if it had arrived. In a kept
conversation it has its number, and whoever ignores them has no part in it: the part ends
before the first message that is not to be heard, and begins again with the first one after
that which is. What lies between is never shown to them, found, counted or delivered, also not
when they ignore the other no more.
"""

from collections.abc import Iterable, Iterator, Mapping

import attrs

from chatsvc.core.accounts import Account
from chatsvc.core.commands import (
    ChangeMessage,
    Edit,
    Ignore,
    ListIgnored,
    Redact,
    Tell,
    Unignore,
)
from chatsvc.core.conversations import (
    GUEST,
    as_guest,
    guest_in,
    name_of,
    other_party,
    peer_in,
    readable_in,
    with_peer,
)
from chatsvc.core.errors import (
    NoSuchMessage,
    NotAllowed,
    NotRegistered,
    TooMany,
)
from chatsvc.core.events import (
    UNNUMBERED,
    Edited,
    Event,
    IgnoreAdded,
    IgnoreRemoved,
    IgnoresSet,
    MembershipEnded,
    MembershipKept,
    Redacted,
    RoomCreated,
    Said,
    TakenBack,
    Told,
    with_more,
)
from chatsvc.core.ignoring import Ignored, ignoring
from chatsvc.core.masks import Mask
from chatsvc.core.names import Nick, NickKey, RoomKey, RoomName, nick_key
from chatsvc.core.people import Person, Session
from chatsvc.core.permission import subject_of
from chatsvc.core.replies import (
    Delivered,
    IgnoredNow,
    IgnoredUsers,
    MessageEdited,
    MessageRedacted,
    UnignoredNow,
    Unread,
)
from chatsvc.core.room import Room
from chatsvc.core.rules.rule import Rule
from chatsvc.core.state import State, account_of, person_of
from chatsvc.core.stays import holds, unread
from chatsvc.core.subject import Subject

# Telling


def _decide_tell(state: State, session: Session, command: Tell, now: int) -> tuple[Event, ...]:
    sender = person_of(session)
    receiver = state.account_called(command.nick)
    if receiver is None or receiver is sender.account:
        told = _told_live(state, sender, session.session_id, command, now)
        return _kept_by_sender(state, sender, command, told, now)
    if sender.account is not None:
        return tuple(_kept(state, sender, sender.account, receiver, command, now))
    if receiver.key not in state.owners:
        raise NotRegistered(
            f'"{receiver.name}" is not here. Register first (register PASSWORD) to leave a message.'
        )
    told = _told_live(state, sender, session.session_id, command, now)
    return _kept_by_receiver(state, sender, receiver, command, told, now)


def _told_live(
    state: State, sender: Person, session: int, command: Tell, now: int
) -> tuple[Told, ...]:
    """Tell each session of a person: nobody knows at which one they look.

    The other sessions of who says it get a copy.
    """
    receiver = state.person(command.nick)
    told = Told(
        now,
        sender.nick,
        command.text,
        target=receiver.nick,
        more=command.more,
        serial=state.passed + 1,
    )
    heard = () if is_ignored(receiver, sender) else tuple(receiver.sessions)
    copied = () if receiver is sender else tuple(sender.sessions)
    return (
        *(attrs.evolve(told, to=each) for each in heard),
        *(attrs.evolve(told, to=each, is_copy=True) for each in copied if each != session),
    )


def _kept(
    state: State, sender: Person, own: Account, receiver: Account, command: Tell, now: int
) -> Iterator[Event]:
    """Return what keeps a message for both, with the conversation if it is their first one."""
    if own.ignored.hides(_subject_of_account(receiver)):
        raise NotAllowed(f'You ignore "{receiver.name}"; say first: unignore {receiver.name}.')
    is_heard = not receiver.ignored.hides(subject_of(sender))
    room = state.conversations.between(own.key, receiver.key)
    if room is None:
        yield from _begun(state, own, receiver, now, is_heard)
        name, room_id = name_of(own.key, receiver.key), UNNUMBERED
    else:
        yield from _parts_changed(room, own, receiver, now, is_heard)
        name, room_id = room.name, room.room_id
    yield _said_in(name, room_id, own.name, command, now)


def _kept_by_sender(
    state: State, sender: Person, command: Tell, told: tuple[Told, ...], now: int
) -> tuple[Event, ...]:
    """Return what also keeps what an account tells a guest, or itself, for the account alone.

    Who has begun as many conversations as may be tells it all the same.
    """
    own, receiver = sender.account, state.person(command.nick)
    if own is None:
        return told
    other = as_guest(receiver.nick) if receiver.account is None else own.key
    room = state.conversations.between(own.key, other)
    begun: tuple[Event, ...] = ()
    if room is None:
        if state.conversations.begun_by(own.key) >= state.limits.conversations:
            return told
        name = name_of(own.key, other)
        begun = (
            RoomCreated(name, now, own.name, kept=True),
            MembershipKept(own.name, name, now, 0),
        )
        return (*begun, _said_in(name, UNNUMBERED, own.name, command, now), *told)
    return (_said_in(room.name, room.room_id, own.name, command, now), *told)


def _kept_by_receiver(
    state: State,
    sender: Person,
    receiver: Account,
    command: Tell,
    told: tuple[Told, ...],
    now: int,
) -> tuple[Event, ...]:
    """Return what also keeps what a guest tells an account that has told it something before.

    So nobody fills the store of somebody who wants to know nothing of them, and whoever takes
    the nick later is a stranger again.
    """
    room = state.conversations.between(receiver.key, as_guest(sender.nick))
    is_heard = any(not event.is_copy for event in told)
    if room is None or not is_heard or receiver.key not in sender.known_to:
        return told
    return (_said_in(room.name, room.room_id, sender.nick, command, now), *told)


def _said_in(name: RoomName, room_id: int, nick: Nick, command: Tell, now: int) -> Said:
    said = Said(name, UNNUMBERED, now, nick, command.text, command.client_id, room_id)
    return said if command.more is None else with_more(said, command.more)


def _begun(
    state: State, own: Account, receiver: Account, now: int, is_heard: bool
) -> Iterator[Event]:
    most = state.limits.conversations
    if state.conversations.begun_by(own.key) >= most:
        raise TooMany(f"You have begun {most} conversations, which is the limit.")
    name = name_of(own.key, receiver.key)
    yield RoomCreated(name, now, own.name, kept=True)
    yield MembershipKept(own.name, name, now, 0)
    if is_heard:
        yield MembershipKept(receiver.name, name, now, 0)


def _parts_changed(
    room: Room, own: Account, receiver: Account, now: int, is_heard: bool
) -> Iterator[Event]:
    """Return what gives the two their part in the next message, or keeps it from one."""
    if own.key not in room.keepers:
        yield MembershipKept(own.name, room.name, now, room.last, room.room_id)
    if is_heard and receiver.key not in room.keepers:
        yield MembershipKept(receiver.name, room.name, now, room.last, room.room_id)
    elif not is_heard and receiver.key in room.keepers:
        yield MembershipEnded(receiver.name, room.name, now, room.room_id)


def _answer_tell(
    state: State, _session: Session, command: Tell, events: tuple[Event, ...]
) -> Delivered:
    """Answer what was told live; what is kept has a number, which the hub adds."""
    nick = state.person(command.nick).nick
    for event in events:
        if isinstance(event, Told):
            return Delivered(nick, at=event.at, serial=event.serial)
    return Delivered(nick, serial=state.passed)


# Reading, and changing what was told


def seen_by(state: State, room: Room, account: NickKey) -> RoomName:
    """Return how a conversation is spelt for one of the two."""
    name = with_peer(state.spelt(Nick(other_party(room, account))))
    guest = guest_in(name)
    person = None if guest is None else state.people.get(nick_key(guest))
    return name if person is None else with_peer(Nick(GUEST + person.nick))


def conversation(state: State, session: Session, name: RoomName) -> Room | None:
    """Return the conversation that `name` means for a session, None while there is none.

    A nick that is no account's means the guest that had it. Raises `NotLoggedIn`; whether the
    other has an account is not told.
    """
    own, guest = account_of(session), guest_in(name)
    peer = None if guest is not None else state.account_called(peer_in(name))
    other = as_guest(guest or peer_in(name)) if peer is None else peer.key
    return state.conversations.between(own.key, other)


def check_read(session: Session) -> tuple[Event, ...]:
    """Make sure that who wants to read a conversation is logged in; raise `NotLoggedIn`."""
    account_of(session)
    return ()


def check_change(
    state: State, session: Session, command: Redact | Edit, _now: int
) -> tuple[Event, ...]:
    """Refuse what needs no look into the log."""
    room = conversation(state, session, command.room)
    if room is None or not holds(readable_in(room, account_of(session).key), command.number):
        raise NoSuchMessage(command.room, command.number)
    return ()


def decide_change(
    state: State, session: Session, command: ChangeMessage, now: int
) -> tuple[Event, ...]:
    """Let authors take back and edit what they told; raise `NoSuchMessage` or `NotAllowed`."""
    change, message = command.change, command.message
    check_change(state, session, change, now)
    room = conversation(state, session, change.room)
    is_there = room is not None and (message.number, message.room_id) == (
        change.number,
        room.room_id,
    )
    if room is None or not is_there or isinstance(message, TakenBack):
        raise NoSuchMessage(change.room, change.number)
    own = account_of(session)
    if nick_key(message.nick) != own.key:
        raise NotAllowed("A direct message is changed by nobody but the one who said it.")
    nick = own.name
    if isinstance(change, Redact):
        return (Redacted(room.name, message.number, now, nick, room.room_id, change.reason),)
    return (Edited(room.name, message.number, now, nick, change.text, room.room_id),)


def answer_change(command: ChangeMessage) -> MessageRedacted | MessageEdited:
    """Return the answer to a change, with the conversation spelt as it was asked for."""
    change = command.change
    if isinstance(change, Redact):
        return MessageRedacted(change.room, change.number)
    return MessageEdited(change.room, change.number)


# Ignoring


def is_ignored(person: Person, by: Person) -> bool:
    """Tell whether `person` does not want to hear of `by`: messages, invitations."""
    return ignored_by(person).hides(subject_of(by))


def is_ignored_by(state: State, account: Account, nick: Nick) -> bool:
    """Tell whether an account does not want to hear of whoever is called `nick`."""
    other = state.account_called(nick)
    subject = Subject(nick) if other is None else _subject_of_account(other)
    return account.ignored.hides(subject)


def ignored_by(person: Person) -> Ignored:
    """Return whom somebody ignores: the account's list, or a guest's."""
    return person.ignored if person.account is None else person.account.ignored


def _subject_of_account(account: Account) -> Subject:
    """Return what masks see of an account of which perhaps nobody is there."""
    return Subject(account.name, account.name, (), account.is_operator)


def _decide_ignore(state: State, session: Session, command: Ignore, now: int) -> tuple[Event, ...]:
    person = person_of(session)
    if state.found(command.nick) is person:
        raise NotAllowed("Everybody hears themselves; name somebody else.")
    account = state.account_called(command.nick)
    subject = Subject(command.nick) if account is None else _subject_of_account(account)
    mask, before = ignoring(subject), ignored_by(person)
    after = before.having(mask, state.limits.ignored)
    if after == before:
        return ()
    if person.account is None:
        return (IgnoresSet(session.session_id, after),)
    return (IgnoreAdded(person.account.name, now, mask),)


def _decide_unignore(
    state: State, session: Session, command: Unignore, now: int
) -> tuple[Event, ...]:
    """Take out whatever names this nick: the account, and a guest that had it."""
    person = person_of(session)
    before = ignored_by(person)
    account = state.account_called(command.nick)
    names = {nick_key(command.nick)} | (set() if account is None else {account.key})
    gone = [mask for mask in before if mask.name in names]
    if person.account is not None:
        return tuple(IgnoreRemoved(person.account.name, now, mask) for mask in gone)
    after = before
    for mask in gone:
        after = after.without(mask)
    return (IgnoresSet(session.session_id, after),) if gone else ()


def _answer_ignore(
    _state: State, _session: Session, command: Ignore, _events: tuple[Event, ...]
) -> IgnoredNow:
    return IgnoredNow(command.nick)


def _answer_unignore(
    _state: State, _session: Session, command: Unignore, _events: tuple[Event, ...]
) -> UnignoredNow:
    return UnignoredNow(command.nick)


def _answer_ignored(
    state: State, session: Session, _command: ListIgnored, _events: tuple[Event, ...]
) -> IgnoredUsers:
    masks = ignored_by(person_of(session))
    return IgnoredUsers(tuple(_name_in(state, mask) for mask in masks))


def _name_in(state: State, mask: Mask) -> Nick:
    return state.spelt(Nick(mask.name))


# What comes with an account


def kept_ignores(person: Person, name: Nick, now: int) -> Iterator[IgnoreAdded]:
    """Return what keeps the list of a guest that becomes the account called `name`."""
    if person.account is None:
        for mask in person.ignored:
            yield IgnoreAdded(name, now, mask)


def unread_rows(
    state: State, account: Account, positions: Mapping[RoomKey, int]
) -> Iterator[Unread]:
    """Return a row for each conversation of which an account has not read everything.

    `positions` are the numbers up to which its sessions have read, where that is known.
    """
    for room in state.conversations.of(account.key):
        part = room.keepers.get(account.key)
        if part is None:
            continue
        read = max(part.position, positions.get(room.key, 0))
        count = unread(readable_in(room, account.key), read)
        if count:
            yield Unread(seen_by(state, room, account.key), room.last, count)


def positions_to_note(
    state: State, account: NickKey, positions: Iterable[tuple[RoomKey, int]]
) -> Iterator[tuple[int, int]]:
    """Return those positions in conversations that are higher than what was noted before."""
    for key, position in positions:
        room = state.conversations.get(key)
        part = None if room is None else room.keepers.get(account)
        if room is not None and part is not None and position > part.position:
            yield room.room_id, position


RULES = {
    Tell: Rule(_answer_tell, _decide_tell),
    Ignore: Rule(_answer_ignore, _decide_ignore),
    Unignore: Rule(_answer_unignore, _decide_unignore),
    ListIgnored: Rule(_answer_ignored),
}
