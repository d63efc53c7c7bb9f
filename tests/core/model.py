"""What the RoomManager should do, said a second time and more simply.

No events, no objects that point at each other, no folding but `lower`, no looks but that
"rn" is "m": dictionaries of strings and numbers. Each method does one command and returns
the code it is refused with, or None. The state machine in test_manager_model.py compares the two.
"""

from dataclasses import dataclass, field

LOBBY = "Lobby"
ROOMS = 4
ROOMS_PER_SESSION = 2


def look(name: str) -> str:
    """Return what a name looks like."""
    return name.lower().replace("rn", "m")


@dataclass
class Den:
    """A room of the model; `members` maps a session to whether the server put it there.

    `held` are those who own it for as long as they are in it, whatever their nick.
    """

    name: str
    owner: str | None
    kept: bool
    said: int = 0
    members: dict[int, bool] = field(default_factory=dict)
    held: set[int] = field(default_factory=set)

    def is_of(self, who: int, nick: str) -> bool:
        """Tell whether the room is a session's, which has this nick."""
        held = self.held & set(self.members)
        is_anybody_s = not self.kept and self.members
        return who in held or (not held and not is_anybody_s and self.owner == nick.lower())


@dataclass
class Model:
    """A server of the model: rooms by lower-case name, nicks by session, "" for none yet."""

    rooms: dict[str, Den] = field(default_factory=dict)
    nicks: dict[int, str] = field(default_factory=dict)
    away: dict[int, str] = field(default_factory=dict)

    def rooms_of(self, who: int) -> set[str]:
        """Return the keys of the rooms that a session is in."""
        return {key for key, room in self.rooms.items() if who in room.members}

    def neighbours(self, who: int) -> set[int]:
        """Return the other sessions in the rooms that a session is in."""
        return {each for key in self.rooms_of(who) for each in self.rooms[key].members} - {who}

    def nick(self, who: int, nick: str) -> str | None:
        """Take a nick; the first one puts the session in the lobby."""
        taken = {look(each) for other, each in self.nicks.items() if other != who}
        if look(nick) in taken:
            return "nick-taken"
        if not self.nicks[who]:
            self._enter(who, LOBBY, automatic=True)
        self.nicks[who] = nick
        return None

    def create(self, who: int, room: str) -> str | None:
        """Make a room that stays."""
        if not self.nicks[who]:
            return "no-nick"
        if room.lower() in self.rooms:
            return "room-exists"
        if self._has_all_rooms(room):
            return "too-many"
        if self._has_like(room):
            return "room-exists"
        self._make(who, room, kept=True)
        return None

    def join(self, who: int, room: str | None, since: int | None) -> str | None:
        """Become a member."""
        if not self.nicks[who]:
            return "no-nick"
        key = (room or LOBBY).lower()
        if key in self.rooms_of(who):
            was_automatic = self.rooms[key].members[who]
            self.rooms[key].members[who] = False
            return None if was_automatic or since is not None else "already-a-member"
        is_full = key not in self.rooms and self._has_all_rooms(key)
        if len(self.rooms_of(who)) >= ROOMS_PER_SESSION or is_full:
            return "too-many"
        if key not in self.rooms and self._has_like(key):
            return "room-exists"
        self._enter(who, room or LOBBY, automatic=False)
        return None

    def _has_all_rooms(self, room: str) -> bool:
        """Tell whether there is no space for one more called `room`; for the lobby there is."""
        return len(self.rooms) >= ROOMS and room.lower() != LOBBY.lower()

    def _has_like(self, room: str) -> bool:
        """Tell whether a room looks like one that is called `room`."""
        return look(room) in map(look, self.rooms)

    def leave(self, who: int, room: str) -> str | None:
        """Stop being a member."""
        refused = self._not_inside(who, room)
        if refused is None:
            del self.rooms[room.lower()].members[who]
        return refused

    def delete(self, who: int, room: str) -> str | None:
        """Remove a room."""
        refused = self._not_inside(who, room)
        if refused in ("no-nick", "no-such-room"):
            return refused
        found = self.rooms[room.lower()]
        if not found.is_of(who, self.nicks[who]) and set(found.members) - {who}:
            return "not-allowed"
        del self.rooms[room.lower()]
        return None

    def kick(self, who: int, room: str, nick: str) -> str | None:
        """Put somebody out of a room."""
        refused = self._not_inside(who, room)
        if refused in ("no-nick", "no-such-room"):
            return refused
        found = self.rooms[room.lower()]
        if not found.is_of(who, self.nicks[who]):
            return "not-allowed"
        target = self.who_is(nick)
        if target is None or target not in found.members:
            return "no-such-user"
        del found.members[target]
        return None

    def say(self, who: int, room: str) -> str | None:
        """Say something in a room."""
        refused = self._not_inside(who, room)
        if refused is None:
            self.rooms[room.lower()].said += 1
        return refused

    def vacate(self, room: str) -> None:
        """Remove a temporary room that nobody is in."""
        found = self.rooms.get(room.lower())
        if found is not None and not found.kept and not found.members:
            del self.rooms[room.lower()]

    def tell(self, who: int, nick: str) -> str | None:
        """Say something to one user."""
        if not self.nicks[who]:
            return "no-nick"
        return None if self.who_is(nick) is not None else "no-such-user"

    def who_is(self, nick: str) -> int | None:
        """Return the session that has a nick."""
        return next((who for who, each in self.nicks.items() if each.lower() == nick.lower()), None)

    def go_away(self, who: int, text: str | None) -> str | None:
        """Be away with a reason, or with None be back."""
        if not self.nicks[who]:
            return "no-nick"
        self.away.pop(who, None)
        if text is not None:
            self.away[who] = text
        return None

    def disconnect(self, who: int) -> None:
        """End a session."""
        for room in self.rooms.values():
            room.members.pop(who, None)
        self.away.pop(who, None)
        del self.nicks[who]

    def _not_inside(self, who: int, room: str) -> str | None:
        if not self.nicks[who]:
            return "no-nick"
        if room.lower() not in self.rooms:
            return "no-such-room"
        return None if who in self.rooms[room.lower()].members else "not-a-member"

    def _enter(self, who: int, room: str, automatic: bool) -> None:
        if room.lower() not in self.rooms:
            self._make(who, room, kept=False)
        found = self.rooms[room.lower()]
        found.held.discard(who)
        if found.is_of(who, self.nicks[who]):
            found.held.add(who)
        found.members[who] = automatic

    def _make(self, who: int, room: str, kept: bool) -> None:
        if room.lower() == LOBBY.lower():
            self.rooms[room.lower()] = Den(LOBBY, None, True)
        else:
            self.rooms[room.lower()] = Den(room, self.nicks[who].lower(), kept)
