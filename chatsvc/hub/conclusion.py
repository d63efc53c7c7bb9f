"""What a decision comes to: its events become true, the requester is answered, all are told.

In that order: state first, then the answer, then the events it caused, then what only
the requester is told (topic and welcome of a room it joined, old messages it asked for).
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from chatsvc.core.commands import (
    BecomeAccount,
    Command,
    JoinRoom,
    Kick,
    Quit,
    RegisterAccount,
    SetNick,
    Tell,
)
from chatsvc.core.conversations import is_direct, parties
from chatsvc.core.errors import Refusal
from chatsvc.core.events import (
    DURABLE,
    AccountDropped,
    Appeared,
    Called,
    CalledIn,
    Departed,
    Edited,
    Event,
    Joined,
    Kicked,
    Left,
    LoggedIn,
    LoggedOut,
    RealnameSet,
    Redacted,
    Registered,
    RoomCreated,
    RoomDeleted,
    RoomRenamed,
    RoomSet,
    Said,
    SaidMore,
    SanctionLaid,
    SanctionLifted,
    Signalled,
    SourceChanged,
    Told,
    Vanished,
)
from chatsvc.core.manager import RoomManager
from chatsvc.core.names import RoomKey, RoomName, nick_key, room_key
from chatsvc.core.people import Session
from chatsvc.core.replies import (
    NO_PORT,
    Delivered,
    Entered,
    LoggedInAs,
    Reply,
    RoomDetails,
    RoomMade,
    Sent,
)
from chatsvc.core.room import Room
from chatsvc.core.state import State
from chatsvc.hub import direct, positions
from chatsvc.hub.committer import Decision, RecordedAll
from chatsvc.hub.delivery import NOBODY, Delivery, Own
from chatsvc.hub.presence import Presence
from chatsvc.hub.subscriber import Subscriber
from chatsvc.ports import Missing, Repeated, RoomPorts


class Conclusion:
    """Carry decisions through: RoomManager, audiences and room ports stay in step here.

    `emptied` is called with a room that has lost a member, after everybody was told; it
    returns whether the room is removed now.
    """

    def __init__(
        self,
        manager: RoomManager,
        delivery: Delivery,
        presence: Presence,
        emptied: Callable[[RoomName], bool],
    ) -> None:
        self._manager = manager
        self._delivery = delivery
        self._presence = presence
        self._emptied = emptied
        self.room_ports: RoomPorts | None = None
        self.tellings: Mapping[type, Callable[[Any], None]] = {}
        """What tells events that concern more than rooms and single sessions, by class."""
        self.came_home: Callable[[Session], None] = _ignored
        """Called with a session that has just become that of an account."""
        self._own: dict[RoomKey, Own] = {}

    def open_room_ports(self) -> None:
        """Listen for every room in the list, where rooms have ports."""
        for room in self._manager.state.rooms.values():
            self._keep_port(room)

    def _keep_port(self, room: Room) -> None:
        """Listen for a room while it is in the list: its port tells of it, and lets people in."""
        if self.room_ports is None:
            return
        is_open = self.room_ports.port_of(room.name) != NO_PORT
        if room.kind.listed and not is_open:
            self.room_ports.open(room.name)
        elif is_open and not room.kind.listed:
            self.room_ports.close(room.name)

    def conclude(
        self, subscriber: Subscriber | None, command: Command, events: tuple[Event, ...]
    ) -> None:
        """Carry through any decision but a message; durable events are as the log has them.

        An event may be refused even now (somebody else's came first); then the
        requester gets that refusal and the live events after it do not happen.
        """
        refusal: Refusal | None = None
        tellings: list[Callable[[], None]] = []
        happened: list[Event] = []
        moved: set[int] = set()
        heard = set() if subscriber is None else subscriber.hears.copy()
        author = _author(subscriber)
        for event in map(self._manager.as_it_is, events):
            if author != NOBODY and isinstance(command, Kick) and isinstance(event, Kicked):
                event = attrs.evolve(event, session=author)
            if refusal is not None and not isinstance(event, DURABLE):
                continue
            try:
                tellings.append(self._apply(event, author))
                happened.append(event)
            except Refusal as late:
                if _matters(command, event):
                    refusal = late
            moved.update(self._sessions_moved(event))
        for session_id in moved:
            self._delivery.attune(session_id)
        if subscriber is not None and not subscriber.gone:
            self._answer(subscriber, refusal or self._reply_or_refuse(subscriber, command, events))
        for tell in tellings:
            tell()
        self._tell_watchers()
        if subscriber is not None and refusal is None:
            self._follow_up(subscriber, command, happened)
            has_arrived = isinstance(command, SetNick) and _logs_in(happened)
            if isinstance(command, BecomeAccount | RegisterAccount) or has_arrived:
                self.came_home(subscriber.session)
            if has_arrived:
                self._note_unread(subscriber)
            if isinstance(command, BecomeAccount) or has_arrived:
                self._show_rooms(subscriber, heard.union(_rooms_joined(happened)))
                self._show_invitations(subscriber)

    def _note_unread(self, subscriber: Subscriber) -> None:
        """Remember what somebody has not read who was logged in before it had a nick."""
        session = subscriber.session
        if session.account is not None:
            reply = self._manager.answer(session, BecomeAccount(session.account.name), ())
            assert isinstance(reply, LoggedInAs)
            self._note_rows(subscriber, reply)

    def _note_rows(self, subscriber: Subscriber, reply: LoggedInAs) -> None:
        positions.logged_in(subscriber, reply)
        direct.logged_in(self._manager.state, subscriber, reply)

    def _answer(self, subscriber: Subscriber, answer: Reply | Refusal) -> None:
        if isinstance(answer, LoggedInAs):
            self._note_rows(subscriber, answer)
        subscriber.connection.answer(answer)

    def _sessions_moved(self, event: Event) -> Iterable[int]:
        """Return the sessions that may hear other rooms now that `event` is true."""
        match event:
            case Joined(nick=nick) | Left(nick=nick) | Kicked(nick=nick):
                person = self._manager.state.people.get(nick_key(nick))
                return () if person is None else person.sessions
            case LoggedIn(session) | LoggedOut(session):
                return (session,)
        return ()

    def conclude_said(
        self,
        room: RoomName,
        recorded: Said | Repeated,
        said: dict[RoomKey, list[Said]],
        author: Subscriber | None,
    ) -> Reply | Refusal:
        """Make one message true, add it to `said` for delivery, and return its answer.

        The `author` is who said it, if still here.
        """
        if type(recorded) is Said or type(recorded) is SaidMore:
            try:
                key = self._manager.apply(recorded)
            except Refusal as refusal:
                return refusal
            assert isinstance(key, str)
            said.setdefault(key, []).append(recorded)
            if author is not None and author.skips_author:
                own = self._own.setdefault(key, {}).setdefault(author.session.session_id, set())
                own.add(recorded.number)
                if key in author.behind:
                    author.own.setdefault(key, set()).add(recorded.number)
            return Sent(room, recorded.number, recorded.at)
        return Sent(room, recorded.number)

    def conclude_told(self, decision: Decision, recorded: RecordedAll) -> None:
        """Make a kept direct message true, answer it and tell it to the two.

        It is the last event of those that were recorded. One that is kept for one of the two
        alone is told to both like one that is kept nowhere.
        """
        subscriber, command = decision.subscriber, decision.command
        assert isinstance(command, Tell)
        events = recorded if isinstance(recorded, tuple) else (recorded,)
        last = events[-1]
        assert isinstance(last, Said | Repeated)
        told = [event for event in decision.events if isinstance(event, Told)]
        is_aside = any(len(parties(each.room)) == 1 for each in decision.said)
        nick = self._manager.state.spelt(command.nick)
        answer: Reply | Refusal = Delivered(nick, None if is_aside else last.number)
        if isinstance(last, Said):
            answer = Delivered(nick, last.number, last.at, last.room_id)
            if is_aside:
                person = self._manager.state.found(command.nick)
                nick = nick if person is None else person.nick
                answer = Delivered(nick, None, last.at, last.room_id, kept=last.number)
        try:
            for event in events:
                if not isinstance(event, Repeated | Missing):
                    self._manager.apply(event)
        except Refusal as refusal:
            answer = refusal
        if subscriber is not None and not subscriber.gone:
            subscriber.connection.answer(answer)
        if not isinstance(last, Said) or isinstance(answer, Refusal):
            return
        if not is_aside:
            self._delivery.direct.told(subscriber, last)
        for each in told:
            self._apply(attrs.evolve(each, kept=last.room_id, number=last.number))()

    def deliver_said(self, said: dict[RoomKey, list[Said]]) -> None:
        """Send what `conclude_said` collected, room by room, and empty it."""
        for key, messages in said.items():
            self._presence.flush(key)
            own = self._own.pop(key, None) if self._own else None
            self._delivery.said(key, messages, own)
        said.clear()

    def leave_everything(self, subscriber: Subscriber) -> None:
        """End a lost connection's session; a person without any is out of every room at once."""
        rooms = [room.name for room in subscriber.session.rooms.values()]
        events = self._manager.disconnect(subscriber.session, subscriber.farewell)
        tellings = [self._apply(event) for event in events]
        self._delivery.attune(subscriber.session.session_id)
        self._delivery.disconnect(subscriber)
        for tell in tellings:
            tell()
        self._tell_watchers()
        for room in rooms:
            self._emptied(room)

    def _apply(self, event: Event, author: int = NOBODY) -> Callable[[], None]:
        """Make one event true; return what tells it to those concerned, but not to `author`."""
        members = self._members_to_move_out(event)
        recipients = self._manager.apply(event)
        self._keep_in_step(event, members)
        telling = self.tellings.get(type(event))
        if telling is not None:
            return lambda: telling(event)
        if isinstance(recipients, str):
            return lambda: self._tell_room(recipients, event, author)
        must_reach = isinstance(event, Told | RoomDeleted | RoomRenamed | Called)
        answered = SanctionLaid | SanctionLifted | CalledIn | RoomRenamed | AccountDropped
        is_own = isinstance(event, answered)
        sessions = tuple(each for each in recipients if not (is_own and each == author))
        return lambda: self._tell_sessions(sessions, event, must_reach)

    def _tell_room(self, key: RoomKey, event: Event, author: int) -> None:
        if isinstance(event, Joined | Left | Kicked):
            self._presence.happened(key, event)
        elif isinstance(event, Redacted | Edited):
            self._presence.flush(key)
            self._delivery.changed(key, event, author)
        else:
            self._presence.flush(key)
            self._delivery.happened(key, event, author)

    def _tell_sessions(self, sessions: Iterable[int], event: Event, must_reach: bool) -> None:
        if isinstance(event, Departed):
            self._presence.departed(event, sessions)
            return
        if isinstance(event, Called):
            sessions = [each for each in sessions if not self._delivery.is_overfull(each)]
        if not isinstance(event, Told | Signalled):
            self._presence.flush_all()
        self._delivery.tell(sessions, event, must_reach)

    def _tell_watchers(self) -> None:
        """Tell of who is shown otherwise, and those who wait for somebody who has come or gone."""
        state = self._manager.state
        if state.reshown.has_news:
            self._tell_reshown(state)
        watching = state.watching
        if watching.has_news:
            for news in watching.take():
                event = Appeared(news.nick) if news.is_here else Vanished(news.nick)
                self._delivery.tell(news.sessions, event)

    def _tell_reshown(self, state: State) -> None:
        """Tell those who see somebody how they are shown now."""
        for person, old, new in state.reshown.take():
            sessions = tuple(state.those_concerned(person, NOBODY))
            if old.source != new.source:
                self._delivery.tell(sessions, SourceChanged(person.nick, old.source, new.source))
            if old.realname != new.realname:
                self._delivery.tell(sessions, RealnameSet(person.nick, new.realname))

    def _members_to_move_out(self, event: Event) -> tuple[int, ...]:
        if not isinstance(event, RoomDeleted):
            return ()
        room = self._manager.state.rooms.get(room_key(event.room))
        return () if room is None else tuple(room.sessions())

    def _keep_in_step(self, event: Event, moved_out: tuple[int, ...]) -> None:
        match event:
            case RoomCreated() | RoomSet():
                self._keep_port(self._manager.state.room(event.room))
            case RoomDeleted():
                self._close_room(event.room, moved_out)
            case RoomRenamed(room, new=new):
                self._rename_room(room, new)
            case Redacted() | Edited():
                self._delivery.rewrites.note(event)
            case _:
                pass

    def _close_room(self, room: RoomName, moved_out: tuple[int, ...]) -> None:
        key = room_key(room)
        for session_id in moved_out:
            self._delivery.attune(session_id)
        self._presence.forget_room(key)
        self._delivery.forget_room(key)
        if self.room_ports is not None and not is_direct(room):
            self.room_ports.close(room)

    def _rename_room(self, room: RoomName, new: RoomName) -> None:
        self._presence.rename_room(room_key(room), room_key(new))
        self._delivery.rename_room(room_key(room), room_key(new))
        if self.room_ports is not None:
            self.room_ports.rename(room, new)

    def _reply_or_refuse(
        self, subscriber: Subscriber, command: Command, events: tuple[Event, ...]
    ) -> Reply | Refusal:
        """Return the answer; a refusal where what it is about is gone meanwhile."""
        try:
            return self._reply(subscriber, command, events)
        except Refusal as late:
            return late

    def _reply(self, subscriber: Subscriber, command: Command, events: tuple[Event, ...]) -> Reply:
        reply = self._manager.answer(subscriber.session, command, events)
        if self.room_ports is not None:
            if isinstance(reply, RoomMade | Entered):
                return attrs.evolve(reply, port=self.room_ports.port_of(reply.room))
            if isinstance(reply, RoomDetails):
                return attrs.evolve(reply, port=self.room_ports.port_of(reply.summary.room))
        return reply

    def _follow_up(self, subscriber: Subscriber, command: Command, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, Joined):
                for notice in self._arrival_notices(subscriber, event.room):
                    subscriber.connection.deliver(notice)
            elif isinstance(event, Left | Kicked) and self._emptied(event.room):
                subscriber.emptied = room_key(event.room)
        if isinstance(command, JoinRoom) and command.since is not None:
            key = self._manager.room_of(subscriber.session, command)
            if key is not None:
                positions.replayed(subscriber, key, command.since)
                self._delivery.replay(subscriber, key, command.since)
        elif isinstance(command, Quit):
            subscriber.farewell = command.reason
            subscriber.connection.close()

    def _arrival_notices(self, subscriber: Subscriber, room: RoomName) -> tuple[Event, ...]:
        """Return what a session is told of a room it has entered, if it does not ask itself."""
        return () if subscriber.skips_author else self._manager.arrival_notices(room)

    def _show_rooms(self, subscriber: Subscriber, known: Container[RoomKey]) -> None:
        """Tell a session that logged in where others of its account are, as if it had joined."""
        session = subscriber.session
        for key, room in sorted(session.rooms.items()):
            if key not in known and session.nick is not None:
                joining = Joined(room.name, session.nick, session.session_id, automatic=True)
                for event in (joining, *self._arrival_notices(subscriber, room.name)):
                    subscriber.connection.deliver(event)

    def _show_invitations(self, subscriber: Subscriber) -> None:
        """Tell a session that logged in where its account is invited."""
        account = subscriber.session.account
        if account is not None:
            for event in self._manager.open_invitations(account):
                subscriber.connection.deliver(event)


def _ignored(_session: Session) -> None:
    """Do nothing; nobody wants to know."""


def _author(subscriber: Subscriber | None) -> int:
    """Return the session that shows itself what it has done; `NOBODY` if it does not."""
    if subscriber is None or not subscriber.skips_author:
        return NOBODY
    return subscriber.session.session_id


def _logs_in(events: Iterable[Event]) -> bool:
    return any(isinstance(event, LoggedIn) for event in events)


def _rooms_joined(events: Iterable[Event]) -> Iterator[RoomKey]:
    return (room_key(event.room) for event in events if isinstance(event, Joined))


def _matters(command: Command, event: Event) -> bool:
    """Tell whether a request is refused when `event` came too late.

    Who logs in is who they are, also if one of the rooms they were in is gone meanwhile.
    """
    is_about_account = isinstance(command, BecomeAccount | RegisterAccount)
    return not is_about_account or isinstance(event, Registered | LoggedIn)
