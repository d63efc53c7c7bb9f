"""What a person in front of a terminal has: rooms, a current one, and lines to look at.

Pure state. Happenings and answers come in; some of them raise questions of the model's
own (who is here, what was said before), which it returns as commands. `conversation`
asks them, `screen` draws the result.
"""

from collections.abc import Callable, Container, Iterable, Iterator
from typing import TypeVar

import attrs

from chatsvc.client import happenings as h
from chatsvc.client.answers import render_answer
from chatsvc.client.happenings import ClientError
from chatsvc.client.lines import Kind, Line, clock_time, notice
from chatsvc.client.rendering import edited, redacted, render_happening, render_refusal, render_said
from chatsvc.client.requests import Answer
from chatsvc.client.terminal.completion import Names
from chatsvc.client.terminal.intents import Place
from chatsvc.client.terminal.manual import help_lines, menu_lines
from chatsvc.client.terminal.views import Entry, RoomView, Transcript, newest_first
from chatsvc.client.terminal.words import argument_kinds
from chatsvc.core import commands as c
from chatsvc.core import events as e
from chatsvc.core import replies as r
from chatsvc.core.conversations import is_direct, peer_in, with_peer
from chatsvc.core.errors import NoSuchRoom, NotAMember
from chatsvc.core.names import Nick, RoomKey, RoomName, nick_key, room_key

PAST_LINES = 20
"""Messages from before one entered a room that are shown on entering."""

NICKS_KNOWN = 1000
"""Nicks outside one's rooms that are kept for completion."""

Questions = tuple[c.Command, ...]
"""What the model wants to know."""


class Model:
    """The state of one person's chat. `now` returns milliseconds since 1970 UTC.

    `is_new` says that the person has not entered anything yet; `height` is that of the
    screen in rows.
    """

    def __init__(self, now: Callable[[], int]) -> None:
        self.nick = Nick("")
        self.server_name = ""
        self.is_connected = False
        self.shows_all = False
        self.is_leaving = False
        self.is_new = True
        self.height = 24
        self.ignores: Callable[[Nick], bool] = lambda _nick: False
        self._now = now
        self._rooms: dict[RoomKey, RoomView] = {}
        self._current: RoomKey | None = None
        self._loose = Transcript()
        self._next = 0
        self._first = 0
        self._left_rooms: set[RoomKey] = set()
        self._known_rooms: tuple[RoomName, ...] = ()
        self._known_nicks: tuple[Nick, ...] = ()

    # Looking

    @property
    def rooms(self) -> tuple[RoomView, ...]:
        """The rooms one is in, in the order one entered them."""
        return tuple(self._rooms.values())

    @property
    def current(self) -> RoomView | None:
        """The room in which plain lines are said; None in no room."""
        return None if self._current is None else self._rooms[self._current]

    @property
    def place(self) -> Place:
        """Where a line is entered."""
        current = self.current
        room = None if current is None else current.room
        return Place(room, tuple(view.room for view in self.rooms), self._known_rooms)

    @property
    def names(self) -> Names:
        """What completion can offer here."""
        mine = [view.room for view in self.rooms]
        rooms = _unique((*mine, *self._known_rooms), room_key)
        views = sorted(self.rooms, key=lambda view: view is not self.current)
        nicks = [nick for view in views for nick in view.nicks]
        others = _unique((*nicks, *self._known_nicks), nick_key)
        return Names(
            argument_kinds(),
            rooms,
            tuple(nick for nick in others if not self._is_me(nick)),
            bare=self.current is None,
        )

    def shown(self) -> Iterator[Entry]:
        """Return the lines to look at now, from the newest to the oldest."""
        current = self.current
        views = self.rooms if self.shows_all or current is None else (current,)
        return newest_first((self._loose, *(view.transcript for view in views)))

    # What a person does

    def used(self) -> None:
        """Note that the person entered something, and so has seen the menu."""
        self.is_new = False

    def go_to(self, room: RoomName | None) -> None:
        """Make `room` the current one; None is the next one."""
        if room is None:
            self.step(1)
        elif room_key(room) in self._rooms:
            self._current = room_key(room)
            self._look()

    def step(self, by: int) -> None:
        """Go `by` rooms forward, round and round."""
        keys = list(self._rooms)
        if self._current is not None:
            self._current = keys[(keys.index(self._current) + by) % len(keys)]
            self._look()

    def go_to_number(self, number: int) -> None:
        """Go to the room that is the `number`th, counted from 1, if there is one."""
        keys = list(self._rooms)
        if 1 <= number <= len(keys):
            self._current = keys[number - 1]
            self._look()

    def toggle_all(self) -> None:
        """Show all rooms together, or again only the current one."""
        self.shows_all = not self.shows_all
        self._look()

    def clear(self) -> None:
        """Forget the lines that are shown."""
        self._loose.clear()
        for view in self.rooms:
            if self._is_looked_at(view):
                view.transcript.clear()

    def show_help(self, word: str) -> None:
        """Show what one can type, or how one word is used."""
        self._show(help_lines(word, self.height - 2))

    def problem(self, sentence: str) -> None:
        """Show why something was not done."""
        self._show([Line(Kind.ERROR, sentence)])

    def waits(self, text: str) -> None:
        """Show that a line will be said when there is a connection again."""
        self._show([notice(f"Waiting for the connection: {text}")])

    def leaving(self) -> None:
        """Note that the person wants to end."""
        self.is_leaving = True

    def _look(self) -> None:
        for view in self.rooms:
            if self._is_looked_at(view):
                view.seen()

    # What happens

    def met(self, server_name: str, nick: Nick, is_connected: bool) -> None:
        """Note where one is when the terminal begins to show it, and show the menu."""
        self.server_name, self.nick, self.is_connected = server_name, nick, is_connected
        self._show(menu_lines())

    def happened(self, happening: h.Happening) -> Questions:
        """Note what happens and show it; return what the model wants to know now."""
        if self._is_old_news(happening):
            return ()
        if isinstance(happening, e.Said) and is_direct(happening.room):
            self._know_nicks(peer_in(happening.room))
            self._show(render_happening(happening, self.nick))
            return ()
        questions = self._note_place(happening)
        self._note_people(happening)
        if isinstance(happening, e.Edited):
            # It is on the screen already, in its place, where a redaction finds it.
            happening = attrs.evolve(happening, text="")
        if isinstance(happening, e.Said) and self.ignores(happening.nick):
            return questions
        for line in render_happening(happening, self.nick):
            self._tell(line)
        return questions

    def _is_old_news(self, happening: h.Happening) -> bool:
        """Tell whether something is about a room that one has left already."""
        match happening:
            case e.Left(room) | e.RoomDeleted(room) | e.Kicked(room):
                return room_key(room) not in self._rooms
            case e.Said(room) | h.CaughtUp(room) | e.Welcomed(room):
                return room_key(room) in self._left_rooms
        return False

    def _note_place(self, happening: h.Happening) -> Questions:
        """Note what changes about oneself: the connection, the nick, the rooms one is in."""
        match happening:
            case h.Connected(server_name, nick):
                self.server_name, self.nick, self.is_connected = server_name, nick, True
                return (c.ListRooms(), *(c.ListUsers(view.room) for view in self.rooms))
            case h.Disconnected() | h.TurnedAway():
                self.is_connected = False
            case h.NickChanged(_, new):
                self.nick = new
            case e.Joined(room, nick) if self._is_me(nick):
                return self.entered(room)
            case e.Joined(room) | e.Left(room) if self._is_listed_again(room):
                return (c.ListUsers(room),)
            case e.Said(room) | h.CaughtUp(room) | e.Welcomed(room):
                return self.entered(room)
            case e.Resumed(room):
                return (c.ListUsers(room),)
            case e.Left(room, nick) | e.Kicked(room, nick) if self._is_me(nick):
                self._left(room)
            case e.RoomDeleted(room):
                self._deleted(room)
            case e.RoomRenamed(room, new=new):
                self._renamed(room, new)
            case h.RoomLost(room):
                self._left(room)
        return ()

    def _note_people(self, happening: h.Happening) -> None:
        """Note what others do, and how far a room is."""
        match happening:
            case e.Said(room):
                self._rooms[room_key(room)].heard(happening)
            case e.Joined(room, nick) if not self._is_me(nick):
                self._in(room, lambda view: view.arrived(nick))
            case e.Left(room, nick) | e.Kicked(room, nick):
                self._in(room, lambda view: view.departed(nick))
            case e.Renamed(_, old, new):
                for view in self.rooms:
                    view.renamed(old, new)
            case e.MembersCounted(room, members):
                self._in(room, lambda view: view.counted(members))
            case e.Redacted(room, number, _, nick):
                self._change(room, number, lambda line: redacted(line, nick))
            case e.Edited(room, number, _, _, text):
                self._change(room, number, lambda line: edited(line, text))
            case e.Told(_, nick):
                self._know_nicks(nick)
            case e.Called(room, _, by):
                self._know_nicks(by)
                self._known_rooms = _unique((room, *self._known_rooms), room_key)
            case e.Resumed(room, last):
                self._in(room, lambda view: view.reset(last))
            case h.RoomReplaced(room):
                self._in(room, lambda view: view.reset(0))

    def _change(self, room: RoomName, number: int, how: Callable[[Line], Line]) -> None:
        """Change what is shown of a message, wherever it is."""
        self._loose.change(room, number, how)
        self._in(room, lambda view: view.transcript.change(room, number, how))

    def _is_listed_again(self, room: RoomName) -> bool:
        """Tell whether names come again from a room whose members were only counted."""
        view = self._rooms.get(room_key(room))
        return view is not None and view.is_counted

    def _in(self, room: RoomName, do: Callable[[RoomView], object]) -> None:
        if view := self._rooms.get(room_key(room)):
            do(view)

    def entered(self, room: RoomName) -> Questions:
        """Note that one is in `room`; the first room becomes the current one."""
        self._left_rooms.discard(room_key(room))
        if room_key(room) in self._rooms:
            return ()
        self._rooms[room_key(room)] = RoomView(room, self._places_for_past())
        self._current = self._current or room_key(room)
        self._known_rooms = _unique((room, *self._known_rooms), room_key)
        return c.ReadHistory(room, PAST_LINES), c.ListUsers(room)

    def _places_for_past(self) -> range:
        """Keep places free for what was said before; at first above the menu and all else."""
        if self.is_new:
            self._first -= PAST_LINES
            return range(self._first, self._first + PAST_LINES)
        self._next += PAST_LINES
        return range(self._next - PAST_LINES, self._next)

    def _deleted(self, room: RoomName) -> None:
        """Note that there is no `room` any more."""
        self._left(room)
        gone = room_key(room)
        self._known_rooms = tuple(each for each in self._known_rooms if room_key(each) != gone)

    def _renamed(self, room: RoomName, new: RoomName) -> None:
        """Note that a room has another name; it stays where it is among the others."""
        old, key = room_key(room), room_key(new)
        views = list(self._rooms.items())
        self._rooms.clear()
        for each, view in views:
            if each == old:
                view.room = new
                view.transcript.rename_room(room, new)
            self._rooms[key if each == old else each] = view
        self._current = key if self._current == old else self._current
        self._loose.rename_room(room, new)
        self._left_rooms.discard(key)
        others = (each for each in self._known_rooms if room_key(each) != old)
        self._known_rooms = _unique((new, *others), room_key)

    def _left(self, room: RoomName) -> None:
        """Note that one is not in `room` any more; a neighbour becomes the current one."""
        keys, gone = list(self._rooms), room_key(room)
        self._left_rooms.add(gone)
        if self._rooms.pop(gone, None) is not None and gone == self._current:
            at = keys.index(gone)
            self._current = next(iter([*keys[at + 1 :], *reversed(keys[:at])]), None)
            self._look()

    # What is answered

    def answered(self, command: c.Command, answer: Answer) -> Questions:
        """Note and show the answer to what the person asked."""
        match answer:
            case r.Entered():
                return self._let_in(answer)
            case r.Delivered(nick, number) if isinstance(command, c.Tell):
                room = None if number is None else with_peer(nick)
                text = f"You tell {nick}: {command.text}"
                self._show([Line(Kind.DIRECT, text, room, self._now(), number=number or 0)])
                return ()
            case r.NickIs() | r.Sent():
                return ()
            case r.RoomLeft(room):
                self._left(room)
            case r.RoomGone(room):
                self._deleted(room)
            case r.LoggedInAs(nick, rooms):
                self.nick = nick
                self._is_only_in({room_key(row.room) for row in rooms})
            case r.LoggedOff():
                self._is_only_in(set())
        self.learned(command, answer)
        self._show(render_answer(answer, self.nick, self._now()))
        return ()

    def _is_only_in(self, rooms: Container[RoomKey]) -> None:
        for view in self.rooms:
            if room_key(view.room) not in rooms:
                self._left(view.room)

    def _let_in(self, reply: r.Entered) -> Questions:
        questions = self.entered(reply.room)
        view = self._rooms[room_key(reply.room)]
        view.last = max(view.last, reply.last)
        view.count = view.count or reply.members
        self.go_to(reply.room)
        for line in render_answer(reply, self.nick, self._now()):
            self._tell(line)
        return questions

    def failed(self, command: c.Command, error: Exception, asked: str) -> None:
        """Show why what the person `asked` was not done."""
        line = render_refusal(error)
        match command, error:
            case c.Say(_, text), _:
                line = attrs.evolve(line, text=f"Not said: {text} - {line.text}")
            case c.LeaveRoom(room), NotAMember() | NoSuchRoom():
                self._left(room)
            case _, ClientError():
                line = attrs.evolve(line, text=f"{asked}: {line.text}")
        self._show([line])

    def learned(self, question: c.Command, answer: Answer) -> None:
        """Note what an answer tells, also one to a question of the model's own."""
        match answer:
            case r.History(room, messages) if question == c.ReadHistory(room, PAST_LINES):
                self._recall(room, messages)
            case r.RoomList(rooms):
                self._known_rooms = tuple(row.room for row in rooms)
            case r.UserList(users):
                nicks = [row.nick for row in users]
                self._know_nicks(*nicks)
                if isinstance(question, c.ListUsers) and question.room is not None:
                    self._in(question.room, lambda view: view.know_members(nicks))

    def _recall(self, room: RoomName, messages: tuple[e.Said, ...]) -> None:
        """Show what was said before one entered, in the places kept for it."""
        view = self._rooms.get(room_key(room))
        if view is None:
            return
        past = (said for said in messages if not self.ignores(said.nick))
        before = [said for said in past if view.is_past(said.number)]
        lines = [render_said(said, self.nick, self._is_from_before(said.at)) for said in before]
        entries = zip(view.past, before, lines, strict=False)
        view.transcript.insert(Entry(order, line, said.at) for order, said, line in entries)
        view.past = range(0)
        view.last = max((view.last, *(said.number for said in before)))

    def _know_nicks(self, *nicks: Nick) -> None:
        self._known_nicks = _unique((*nicks, *self._known_nicks), nick_key)[:NICKS_KNOWN]

    def _is_from_before(self, at: int) -> bool:
        """Tell whether a time is on another day than today."""
        return clock_time(at, with_day=True)[:10] != clock_time(self._now(), with_day=True)[:10]

    def _is_me(self, nick: Nick) -> bool:
        return nick_key(nick) == nick_key(self.nick)

    # Showing

    def _show(self, lines: Iterable[Line]) -> None:
        """Show lines whatever room is looked at."""
        for line in lines:
            self._loose.add(self._entry(line))

    def _tell(self, line: Line) -> None:
        """Show a line in its room, and count it if the room is not looked at."""
        view = line.room and self._rooms.get(room_key(line.room))
        if not view:
            self._show([line])
            return
        view.transcript.add(self._entry(line))
        if line.number and line.kind is not Kind.OWN and not self._is_looked_at(view):
            view.unread += 1
            view.mentions += line.kind is Kind.MENTION

    def _is_looked_at(self, view: RoomView) -> bool:
        return self.shows_all or view is self.current

    def _entry(self, line: Line) -> Entry:
        self._next += 1
        return Entry(self._next - 1, line, line.at or self._now())


Name = TypeVar("Name")


def _unique(names: Iterable[Name], key: Callable[[Name], object]) -> tuple[Name, ...]:
    """Return `names` in order, each once; the first spelling wins."""
    found: dict[object, Name] = {}
    for name in names:
        found.setdefault(key(name), name)
    return tuple(found.values())
