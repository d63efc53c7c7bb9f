"""Who came and who went, told so that a crowd costs the others nothing they notice.

* Gathered: what happens in one reactor turn is told when it ends, in one payload for each
  room and encoding. The order of everything in a room is kept: whatever else is told of it
  first flushes what was gathered (`flush`).
* Counted, not listed: in a room with more than `Limits.listed_members` members nobody is
  told names. Its members get `MembersCounted`, at most once in `COUNT_SECONDS`. A room is
  listed again when it is small enough at the end of such a time, and then its members were
  told the last count before: so a client knows that names it had are out of date.

Whoever enters a room hears those that enter after it, never itself; see `_Gathered`.
"""

from collections.abc import Container, Iterable

import attrs

from chatsvc.core.events import Departed, Joined, Kicked, Left, MembersCounted
from chatsvc.core.names import RoomKey, nick_key
from chatsvc.core.room import Room
from chatsvc.core.state import State
from chatsvc.hub.delivery import Delivery
from chatsvc.hub.next_turn import NextTurn
from chatsvc.ports import Clock, Encoding

Coming = Joined | Left | Kicked
"""What is told here."""

COUNT_SECONDS = 1.0
"""How often the members of a large room are told how many they are."""


@attrs.define(eq=False)
class _Gathered:
    """What was gathered for one room; `entered` says after how many events a session came."""

    events: list[Coming] = attrs.field(factory=list)
    entered: dict[int, int] = attrs.field(factory=dict)

    @property
    def has_comings(self) -> bool:
        """Whether anything was gathered but who is gone from everywhere."""
        return not all(isinstance(each, Left) and each.is_departing for each in self.events)

    def payloads(self, encoding: Encoding) -> tuple[bytes, dict[int, bytes]]:
        """Return what is sent to all, and what instead to each that entered meanwhile."""
        lines = [encoding.encode(event) for event in self.events]
        return b"".join(lines), {who: self._since(who, lines) for who in self.entered}

    def _since(self, who: int, lines: list[bytes]) -> bytes:
        start = self.entered[who]
        pairs = zip(self.events[start:], lines[start:], strict=True)
        return b"".join(line for event, line in pairs if event.session != who)


@attrs.define(eq=False)
class _Tally:
    """A room whose members are counted; `is_resting`: it was told, the next time is not due."""

    is_resting: bool = False
    is_changed: bool = False


class Presence:
    """Tell the members of rooms who comes and goes."""

    def __init__(self, delivery: Delivery, state: State, clock: Clock) -> None:
        self._delivery = delivery
        self._state = state
        self._clock = clock
        self._gathered: dict[RoomKey, _Gathered] = {}
        self._tallies: dict[RoomKey, _Tally] = {}
        self._turn_end = NextTurn(clock, self.flush_all)

    def happened(self, key: RoomKey, event: Coming) -> None:
        """Tell a room's members that somebody came or went, at the end of this turn.

        Who did not ask for it is told so itself, at once: a session that the server put into
        a room, and the other sessions of the same person.
        """
        unasked = self._unasked(event)
        self._delivery.tell(unasked, event, even_if_full=True)
        room = self._state.rooms.get(key)
        if room is not None and room.members:
            self._note(room, event, unasked)

    def _unasked(self, event: Coming) -> list[int]:
        """Return the sessions of a person that came or went without asking for it.

        Who is put out has not asked for it at any session.
        """
        person = self._state.people.get(nick_key(event.nick))
        if person is None:
            return []
        is_put = isinstance(event, Joined) and event.automatic
        return [each for each in person.sessions if is_put or each != event.session]

    def departed(self, event: Departed, sessions: Iterable[int]) -> None:
        """Tell once of somebody who is gone, after what was gathered of who came."""
        if self._delivery.tells_once:
            for key in [key for key, each in self._gathered.items() if each.has_comings]:
                self.flush(key)
            self._delivery.departed(sessions, event)

    def flush(self, key: RoomKey) -> None:
        """Tell now what was gathered for one room."""
        gathered = self._gathered.pop(key, None)
        if gathered is not None and gathered.events:
            self._delivery.tell_members(key, gathered.payloads)
        self._count(key)

    def flush_all(self) -> None:
        """Tell now what was gathered for every room."""
        for key in list(self._gathered):
            self.flush(key)

    def forget_room(self, key: RoomKey) -> None:
        """Tell nothing more of a room that is gone."""
        self._gathered.pop(key, None)
        self._tallies.pop(key, None)

    def rename_room(self, old: RoomKey, new: RoomKey) -> None:
        """Tell what was gathered of a room as it was called; know it by another key."""
        self.flush(old)
        if self._tallies.pop(old, None) is not None:
            self._tallies[new] = _Tally()

    def _note(self, room: Room, event: Coming, unasked: list[int]) -> None:
        gathered = self._gathered.get(room.key)
        if gathered is None:
            gathered = self._gathered[room.key] = _Gathered()
            self._turn_end.ask()
        if len(room.members) > self._state.limits.listed_members:
            self._tallies.setdefault(room.key, _Tally())
        tally = self._tallies.get(room.key)
        if tally is not None:
            tally.is_changed = True
            return
        gathered.events.append(event)
        if room.key in self._rooms_of(event.session):
            # Who has just logged in hears nothing of the guest they were.
            gathered.entered.setdefault(event.session, 0)
        if isinstance(event, Joined):
            gathered.entered.update(dict.fromkeys((event.session, *unasked), len(gathered.events)))

    def _rooms_of(self, session_id: int) -> Container[RoomKey]:
        session = self._state.sessions.get(session_id)
        return () if session is None else session.rooms

    # Large rooms

    def _count(self, key: RoomKey) -> None:
        """Tell a large room's size if it changed, and then nothing more for a while."""
        tally = self._tallies.get(key)
        if tally is not None and tally.is_changed and not tally.is_resting:
            self._tell_count(key, tally)
            tally.is_resting = True
            self._clock.callLater(COUNT_SECONDS, self._rested, key, tally)

    def _rested(self, key: RoomKey, tally: _Tally) -> None:
        room = self._state.rooms.get(key)
        if self._tallies.get(key) is not tally or room is None:
            return
        tally.is_resting = False
        is_small = len(room.members) <= self._state.limits.listed_members
        if is_small:
            # Not `flush`, which would begin the next rest: from now on the room is listed.
            if tally.is_changed:
                self._tell_count(key, tally)
            del self._tallies[key]
        else:
            self._count(key)

    def _tell_count(self, key: RoomKey, tally: _Tally) -> None:
        tally.is_changed = False
        room = self._state.rooms.get(key)
        if room is not None:
            self._delivery.happened(key, MembersCounted(room.name, len(room.members)))
