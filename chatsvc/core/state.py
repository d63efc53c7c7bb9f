"""The state that rules read: every room, person and account, with the look-ups they share."""

from collections.abc import Callable, Collection, Iterable

import attrs

from chatsvc.core.accounts import Account, Membership
from chatsvc.core.certificate_keys import Holders
from chatsvc.core.conversations import Conversations, is_direct
from chatsvc.core.departures import Departures
from chatsvc.core.errors import (
    BadLogin,
    BadNick,
    NickRegistered,
    NickTaken,
    NoNick,
    NoSuchRoom,
    NoSuchUser,
    NotAMember,
    NotLoggedIn,
    RoomExists,
)
from chatsvc.core.kinds import Keeping
from chatsvc.core.limits import Limits
from chatsvc.core.markers import Markers
from chatsvc.core.names import (
    LookAlikes,
    Nick,
    NickKey,
    RoomKey,
    RoomName,
    is_reserved,
    looks,
    nick_key,
    room_key,
    suggest_nick,
)
from chatsvc.core.order import OrderedKeys
from chatsvc.core.people import Mark, Person, Session
from chatsvc.core.reshown import Reshown
from chatsvc.core.room import Room
from chatsvc.core.server import Server
from chatsvc.core.watching import Watching


@attrs.define(eq=False)
class State:
    """Hold rooms by key, sessions by id, those who are here by nick, and accounts by name.

    `owners` are those who are here and logged in, by account, whatever their nick is; `awaiting`
    the sessions that are logged in and have no nick yet. `memberships` has, for each account with
    any, what lasts of it by room. `changing` has the marks (`marks`) of the rooms, accounts and
    whatever else is being made, changed or removed by what is decided but not applied yet, and
    `making` what those that are being made look like; whoever appends decisions gives both.
    `forgetful` are the rooms that do not keep all messages, `passing` those where a ban, mute or
    favour ends by itself, `departures` those who went last, `watching` who waits for whom,
    `marked` the sessions that have a mark, `certificates` whose each certificate is, `reshown`
    who is shown otherwise from now on, `markers` up to when people say that they have read.
    `passed` counts what was told and is kept nowhere, `named` the sessions that have a nick,
    `applied` the events that have made all this what it is. `operators` are the accounts that
    are operators, `operating` who is here and operates while being somebody else, by id.
    `room_looks`, `nick_looks` and `account_looks` know what is in use. `now` is when something
    was decided last, in milliseconds since 1970 UTC.
    """

    limits: Limits
    lobby: RoomName | None
    rooms: OrderedKeys[RoomKey, Room] = attrs.field(factory=OrderedKeys)
    conversations: Conversations = attrs.field(factory=Conversations)
    sessions: dict[int, Session] = attrs.field(factory=dict)
    people: OrderedKeys[NickKey, Person] = attrs.field(factory=OrderedKeys)
    accounts: dict[NickKey, Account] = attrs.field(factory=dict)
    owners: dict[NickKey, Person] = attrs.field(factory=dict)
    awaiting: dict[int, Session] = attrs.field(factory=dict)
    memberships: dict[NickKey, dict[RoomKey, Membership]] = attrs.field(factory=dict)
    changing: Collection[RoomKey] = ()
    making: LookAlikes[RoomKey] = attrs.field(factory=lambda: LookAlikes[RoomKey](()))
    server: Server = attrs.field(factory=Server)
    forgetful: set[RoomKey] = attrs.field(factory=set)
    unlisted: set[RoomKey] = attrs.field(factory=set)
    passing: set[RoomKey] = attrs.field(factory=set)
    departures: Departures = attrs.field(factory=Departures)
    watching: Watching = attrs.field(factory=Watching)
    marked: dict[Mark, set[int]] = attrs.field(factory=lambda: {mark: set() for mark in Mark})
    reshown: Reshown = attrs.field(factory=Reshown)
    markers: Markers = attrs.field(factory=Markers)
    named: int = 0
    applied: int = 0
    certificates: Holders = attrs.field(factory=Holders)
    operators: set[NickKey] = attrs.field(factory=set)
    operating: set[int] = attrs.field(factory=set)
    last_person: int = 0
    passed: int = 0
    now: int = 0
    cloak: Callable[[str], str] = lambda _host: ""
    server_name: str = ""
    room_looks: LookAlikes[RoomKey] = attrs.field(init=False)
    nick_looks: LookAlikes[NickKey] = attrs.field(init=False)
    account_looks: LookAlikes[NickKey] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.room_looks = LookAlikes(self.rooms)
        self.nick_looks = LookAlikes(self.people)
        self.account_looks = LookAlikes(self.accounts)

    @property
    def nameless(self) -> int:
        """How many sessions have no nick yet."""
        return len(self.sessions) - self.named

    @property
    def operators_here(self) -> int:
        """How many people who are here are operators of the server."""
        owners = (self.owners[key].person_id for key in self.operators & self.owners.keys())
        return len(self.operating.union(owners))

    def add_room(self, room: Room) -> None:
        """Take up a room that exists from now on."""
        self.rooms[room.key] = room
        self.room_looks.add(room.name, room.key)
        self.note_settings(room)
        self.note_sanctions(room)

    def note_settings(self, room: Room) -> None:
        """Bring `forgetful` and `unlisted` up to date: a room is new, or something is set in it."""
        if room.kind.listed:
            self.unlisted.discard(room.key)
        else:
            self.unlisted.add(room.key)
        if room.kind.keeping == Keeping():
            self.forgetful.discard(room.key)
        else:
            self.forgetful.add(room.key)

    def note_sanctions(self, room: Room) -> None:
        """Bring `passing` up to date: a room is new, or its bans, mutes or favours changed."""
        if room.has_passing:
            self.passing.add(room.key)
        else:
            self.passing.discard(room.key)

    def remove_room(self, room: Room) -> None:
        """Forget a room that exists no more."""
        self.forgetful.discard(room.key)
        self.unlisted.discard(room.key)
        self.passing.discard(room.key)
        del self.rooms[room.key]
        self.room_looks.discard(room.name, room.key)

    def add_person(self, person: Person) -> None:
        """Take up somebody who has their nick from now on."""
        key = nick_key(person.nick)
        self.people[key] = person
        self.nick_looks.add(person.nick, key)
        self.watching.came(person.nick, key)
        if person.operates_as is not None:
            self.operating.add(person.person_id)

    def remove_person(self, person: Person) -> None:
        """Free the nick of somebody; they are about to get another, or gone."""
        key = nick_key(person.nick)
        del self.people[key]
        self.nick_looks.discard(person.nick, key)
        self.watching.went(person.nick, key)
        self.operating.discard(person.person_id)

    def add_account(self, account: Account) -> None:
        """Take up an account that exists from now on."""
        self.accounts[account.key] = account
        self.account_looks.add(account.name, account.key)
        self.certificates.add(account)
        self._note_operator(account)

    def change_account(self, account: Account) -> None:
        """Put an account in the place of what it was."""
        self.certificates.discard(self.accounts[account.key])
        self.accounts[account.key] = account
        self.certificates.add(account)
        self._note_operator(account)

    def _note_operator(self, account: Account) -> None:
        if account.is_operator:
            self.operators.add(account.key)
        else:
            self.operators.discard(account.key)

    def remove_account(self, account: Account) -> None:
        """Forget an account that exists no more."""
        del self.accounts[account.key]
        self.account_looks.discard(account.name, account.key)
        self.certificates.discard(account)
        self.operators.discard(account.key)

    def room(self, name: RoomName) -> Room:
        """Return the room called `name`; raise `NoSuchRoom`."""
        room = self.rooms.get(room_key(name))
        if room is None:
            raise NoSuchRoom(name)
        return room

    def joined_room(self, session: Session, name: RoomName) -> Room:
        """Return the room called `name` if the person behind `session` is in it.

        Raises `NoSuchRoom` or `NotAMember`.
        """
        room = session.rooms.get(room_key(name))
        if room is None:
            raise NotAMember(self.room(name).name)
        return room

    def person(self, nick: Nick) -> Person:
        """Return who is here as `nick`, or as the owner of an account so called.

        Raises `NoSuchUser`.
        """
        person = self.found(nick)
        if person is None:
            raise NoSuchUser(nick)
        return person

    def found(self, nick: Nick) -> Person | None:
        """Return who is here as `nick`, or as the owner of an account so called."""
        key = nick_key(nick)
        return self.people.get(key) or self.owners.get(key)

    def account_called(self, nick: Nick) -> Account | None:
        """Return the account of who has this nick now, or else the one that has this name."""
        key = nick_key(nick)
        person = self.people.get(key)
        return self.accounts.get(key) if person is None else person.account

    def nick_of_owner(self, name: Nick) -> Nick:
        """Return the nick of who is here from the account called `name`; nobody: the name."""
        person = self.owners.get(nick_key(name))
        return name if person is None else person.nick

    def account(self, name: Nick) -> Account:
        """Return the account called `name`; raise `BadLogin` if it is gone meanwhile."""
        account = self.accounts.get(nick_key(name))
        if account is None:
            raise BadLogin
        return account

    def spelt(self, nick: Nick) -> Nick:
        """Return a nick as its account writes it; as it is where no account has it."""
        account = self.accounts.get(nick_key(nick))
        return nick if account is None else account.name

    def kept_by(self, account: Account) -> dict[RoomKey, Membership]:
        """Return what lasts of the account's memberships, by room."""
        return self.memberships.get(account.key, {})

    @property
    def has_all_rooms(self) -> bool:
        """Tell whether there are as many rooms as may be, with those that are being made."""
        most, known = self.limits.rooms, len(self.rooms)
        if known + len(self.changing) < most:
            return False
        made = (key for key in self.changing if key not in self.rooms and not is_direct(key))
        return known + sum(1 for _ in made) >= most

    def is_lobby(self, name: RoomName) -> bool:
        """Tell whether `name` is the lobby, in any spelling."""
        return self.lobby is not None and room_key(self.lobby) == room_key(name)

    def is_free(self, nick: Nick) -> bool:
        """Tell whether nobody has this nick, or one that looks like it, here or in an account."""
        key = nick_key(nick)
        if key in self.people or key in self.accounts or self._is_reserved(nick, key):
            return False
        return (
            self.nick_looks.like(nick, key) is None and self.account_looks.like(nick, key) is None
        )

    def check_free(self, nick: Nick, session: Session, account: Account | None = None) -> None:
        """Make sure that nobody but `session` has this nick, or one that looks like it.

        Neither here nor in an account but its own, or the `account` that it is about to be one
        of. Raises `NickTaken` or `NickRegistered`.
        """
        key = nick_key(nick)
        self._check_not_registered(nick, key, account or session.account)
        holder = self.people.get(key)
        if holder is not None:
            if holder is not session.person:
                raise NickTaken(nick, self.suggestion(nick))
            return
        own = None if session.nick is None else nick_key(session.nick)
        like = self.nick_looks.like(nick, key, own)
        if like is not None:
            raise NickTaken.by_look(nick, self.people[like].nick, self.suggestion(nick))

    def _is_reserved(self, nick: Nick, key: NickKey) -> bool:
        return is_reserved(nick, key, nick_key(Nick(self.server_name)) if self.server_name else "")

    def _check_not_reserved(self, nick: Nick, key: NickKey) -> None:
        if self._is_reserved(nick, key):
            raise BadNick(f'"{nick}" looks like a service of this server; choose another nick.')

    def _check_not_registered(self, nick: Nick, key: NickKey, own: Account | None) -> None:
        account = self.accounts.get(key)
        if account is not None and (own is None or own.key != key):
            raise NickRegistered(nick, self.suggestion(nick))
        if own is None or own.key != key:
            self._check_not_reserved(nick, key)
        like = self.account_looks.like(nick, key, None if own is None else own.key)
        if like is not None:
            raise NickRegistered.by_look(nick, self.accounts[like].name, self.suggestion(nick))

    def check_unlike(self, name: RoomName, own: RoomKey | None = None) -> None:
        """Make sure that a room that is to be called `name` looks like no other.

        `own` is the key that it has now, if it is there. The lobby counts before it is made,
        too. Raises `RoomExists`.
        """
        key = room_key(name)
        like = self.room_looks.like(name, key, own)
        if like is not None:
            raise RoomExists.by_look(name, self.rooms[like].name)
        if self.lobby is not None and not set(looks(name, key)).isdisjoint(
            looks(self.lobby, room_key(self.lobby))
        ):
            raise RoomExists.by_look(name, self.lobby)

    def room_like(self, name: RoomName, own: RoomKey | None = None) -> Room | None:
        """Return the room that a room called `name` would look like, if there is one.

        `own` as for `check_unlike`.
        """
        like = self.room_looks.like(name, room_key(name), own)
        return None if like is None else self.rooms[like]

    def suggestion(self, nick: Nick) -> Nick:
        """Return a free nick near `nick`."""
        return suggest_nick(nick, self.is_free, self.limits.nick_length)

    def neighbours(self, person: Person, session: int) -> Iterable[int]:
        """Return the sessions of `person` and of all in their rooms that are not large ones.

        `session` itself is not among them. In a room with more than `listed_members` nobody
        is told names.
        """
        ids = set(person.sessions)
        for room in person.rooms.values():
            if len(room.members) <= self.limits.listed_members:
                ids.update(room.sessions())
        ids.discard(session)
        return ids

    def those_concerned(self, person: Person, session: int) -> Iterable[int]:
        """Return the `neighbours` of somebody, and the sessions that wait for them."""
        ids = set(self.neighbours(person, session))
        ids.update(self.watching.sessions_for(person.nick))
        ids.discard(session)
        return ids


def nick_of(session: Session) -> Nick:
    """Return the session's nick; raise `NoNick` when it has none yet."""
    if session.person is None:
        raise NoNick
    return session.person.nick


def person_of(session: Session) -> Person:
    """Return who is behind a session; raise `NoNick` when it has no nick yet."""
    if session.person is None:
        raise NoNick
    return session.person


def account_of(session: Session) -> Account:
    """Return the account that a session is logged in to; raise `NotLoggedIn`."""
    if session.account is None:
        raise NotLoggedIn
    return session.account
