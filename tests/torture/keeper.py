"""Somebody who rules a room and the server, and finds after every crash what was acknowledged.

    keeper.seed()                events that make the accounts and the room it needs
    keeper.compare(folder)       after a server's death, before the next one starts

What is kept of it is a set of values by name: the kind of a room, a role, a ban. Each has
been acknowledged once, and may have been asked for anew since. After a crash it has the
value that was acknowledged last, or one that was asked for later; and there is nothing that
nobody asked for. Messages that were taken back are gone for good once that is acknowledged.
"""

import random
import shutil
import tempfile
from pathlib import Path

import attrs

from chatsvc.core.events import DurableEvent, OperatorSet, Registered, RoomCreated
from chatsvc.core.kinds import format_settings
from chatsvc.core.names import Nick, RoomName
from chatsvc.core.room import Stored
from chatsvc.identity.passwords import COSTS, Hasher, prepared
from chatsvc.storage.maintenance import log_in, reading
from chatsvc.storage.sqlite import SqliteLog
from tests.torture.crowd import Client, Ledger
from tests.torture.logs import Inbox

ROOM = "court"
NICK = "keeper"
OTHERS = ("olga", "oona")
BANNED, INVITED = ("otto", "oleg"), ("ivan", "inge")
"""Who is banned by name has no role, and loses what invitation it has."""
PASSWORD = "s3cret"
MASKS = ("~otto", "~oleg", "spam*", "192.0.2.0/24", "guest7", "$guest")
SETTINGS = {
    "listed": ("yes", "no"),
    "announce": ("yes", "no"),
    "history": ("members", "joined", "everyone"),
    "keep": ("all", "1d", "30d 1000"),
}
SERVER_MASKS = ("evil*", "192.0.2.0/24", "spam?")
TOLD = "@oona"
PLACES = {ROOM: f"send {ROOM}", TOLD: "tell oona"}
"""Where something is said, and how."""
ABSENT = ""
"""The value of what is not there."""

ROLES = {"owner": "owner", "op": "moderator", "deop": ABSENT}
Key = tuple[str, str]


@attrs.define
class Value:
    """What was acknowledged, and what was asked for since, the last one last."""

    sure: str = ABSENT
    asked: list[str] = attrs.field(factory=list)


class Keeper(Client):
    """Change everything that there is to change, one thing after another."""

    @property
    def is_in_doubt(self) -> bool:
        """Tell whether something is asked and not answered."""
        return self._in_doubt

    def __init__(self, port: int, ledger: Ledger, seed: int = 1) -> None:
        super().__init__(NICK, port, ledger)
        self.is_talking = True
        self.values: dict[Key, Value] = {}
        self.changes = 0
        self.last = dict.fromkeys(PLACES, 0)
        self.newest: list[tuple[str, int, str]] = []
        self._texts = 0
        self._chance = random.Random(seed)
        self._in_doubt = False

    # Before the first server

    def seed(self) -> list[DurableEvent]:
        """Return the events that make the accounts, the operator and the room."""
        secret = Hasher(COSTS["test"]).secret_of(prepared(PASSWORD))
        names = [Nick(name) for name in (NICK, *OTHERS, *BANNED, *INVITED)]
        return [
            *(Registered(name, 1, secret) for name in names),
            OperatorSet(names[0], 1, None, True),
            RoomCreated(RoomName(ROOM), 1, names[0], True, by_account=True),
        ]

    # While a server lives

    def _named(self, line: str) -> None:
        """Log in: the nick is refused, since it is an account's."""
        self.ask(f"login {NICK} {PASSWORD}", self._logged_in)

    def _logged_in(self, line: str) -> None:
        if self.expect(line, "+ login "):
            self.ask(f"join {ROOM}", self._joined)

    def _joined(self, line: str) -> None:
        if line.startswith("- already-a-member "):
            line = f"+ join {ROOM}"
        if self.expect(line, "+ join "):
            self.is_settled = True
            self.go_on()

    def go_on(self) -> None:
        """Change the next thing, unless it is not known what there is."""
        if not self.is_settled or not self.is_talking or self._in_doubt:
            return
        self._in_doubt = True
        key, value, request = self._next()
        self.values.setdefault(key, Value()).asked.append(value)
        self.ask(request, lambda line: self._done(line, key, value))

    def _done(self, line: str, key: Key, value: str) -> None:
        if line.startswith("- closing "):
            return
        if line.startswith("- storage "):
            # It may be there all the same: it is compared after the next crash.
            self.ledger.refused += 1
        elif self.expect(line, "+ "):
            known = self.values[key]
            known.sure, known.asked = value, []
            self.changes += 1
            if value and key[0] in PLACES:
                self._note_number(key, int(line.split(" ")[3]))
        self._in_doubt = False
        self.go_on()

    def _note_number(self, key: Key, number: int) -> None:
        place, text = key
        if number <= self.last[place]:
            self.ledger.doubled.append(f"{place} {number} after {self.last[place]}: {text}")
        self.last[place] = number
        self.newest.append((place, number, text))

    def _next(self) -> tuple[Key, str, str]:
        """Return what to change, to what, and how that is asked."""
        chance = self._chance
        name, mask = chance.choice(OTHERS), chance.choice(MASKS)
        match chance.randrange(12):
            case 0:
                key = chance.choice(tuple(SETTINGS))
                value = chance.choice(SETTINGS[key])
                return ("set", key), value, f"set {ROOM} {key} {value}"
            case 1 | 2:
                means = chance.choice(("ban", "mute"))
                return self._laid(
                    (means, mask), f"{means} {ROOM} {mask}", f"un{means} {ROOM} {mask}"
                )
            case 3:
                word = chance.choice(("owner", "op", "deop"))
                return ("role", name), ROLES[word], f"{word} {ROOM} {name}"
            case 4:
                invited = chance.choice(INVITED)
                return self._laid(
                    ("invitation", f"~{invited}"),
                    f"invite {ROOM} {invited}",
                    f"uninvite {ROOM} {invited}",
                )
            case 5:
                name = chance.choice(BANNED)  # Who is ignored is told nothing.
                return self._laid(("ignore", f"~{name}"), f"ignore {name}", f"unignore {name}")
            case 6:
                ban = chance.choice(SERVER_MASKS)
                return self._laid(("server-ban", ban), f"server-ban {ban}", f"server-unban {ban}")
            case 7:
                value = chance.choice(("open", "closed"))
                return ("server", "sign-ups"), value, f"server-set sign-ups {value}"
            case 8:
                return self._laid(("operator", name), f"oper {name}", f"deoper {name}")
            case 9 | 10:
                return self._say()
        return self._take_back() if self.newest else self._say()

    def _laid(self, key: Key, lay: str, lift: str) -> tuple[Key, str, str]:
        """Return the lifting of what is there, or the laying of what is not."""
        is_there = self.values.get(key, Value()).sure != ABSENT
        return (key, ABSENT, lift) if is_there else (key, "there", lay)

    def _say(self) -> tuple[Key, str, str]:
        self._texts += 1
        place, text = self._chance.choice(tuple(PLACES)), f"text-{self._texts}"
        return (place, text), text, f"{PLACES[place]} #{text} {text}"

    def _take_back(self) -> tuple[Key, str, str]:
        place, number, text = self.newest.pop()
        return (place, text), ABSENT, f"redact {place} {number}"

    # Between two servers

    def compare(self, folder: Path) -> None:
        """Compare what is kept in the data folder `folder` with what was acknowledged."""
        with tempfile.TemporaryDirectory() as name:
            copy = Path(name, "copy")
            shutil.copytree(folder, copy)
            inbox = Inbox()
            log = SqliteLog(copy, inbox)
            found = _values_of(log.open())
            inbox.wait(log.close())
            found |= _texts_in(copy)
        for key in found.keys() | self.values.keys():
            self._check(key, found.get(key, ABSENT))
        self._in_doubt = False

    def _check(self, key: Key, found: str) -> None:
        known = self.values.setdefault(key, Value())
        allowed = [known.sure, *known.asked]
        is_as_at_first = key[0] in ("set", "server") and known.sure == ABSENT
        if found not in allowed and not is_as_at_first and key != ("role", NICK):
            self.ledger.lost.append(f"{' '.join(key)} is {found!r} and should be one of {allowed}")
        known.sure, known.asked = found, []


def _values_of(stored: Stored) -> dict[Key, str]:
    """Return everything that a log has, as values."""
    [room] = [room for room in stored.rooms if room.room == ROOM]
    found: dict[Key, str] = {("set", key): value for key, value in format_settings(room.kind)}
    found["set", "history"] = room.kind.history.word
    del found["set", "kind"]
    found |= {("role", name): role.word for name, role in room.roles}
    found |= {("ban", each.mask.text): "there" for each in room.bans}
    found |= {("mute", each.mask.text): "there" for each in room.mutes}
    found |= {("invitation", each.mask.text): "there" for each in room.invitations}
    found |= {("server-ban", each.mask.text): "there" for each in stored.server.bans}
    found["server", "sign-ups"] = "open" if stored.server.sign_ups else "closed"
    for account in stored.accounts:
        if account.name == NICK:
            found |= {("ignore", mask.text): "there" for mask in account.ignored}
        elif account.is_operator:
            found["operator", account.name] = "there"
    return found


def _texts_in(folder: Path) -> dict[Key, str]:
    """Return every text of the keeper's, in its room and in its conversation."""
    with reading(log_in(folder)) as connection:
        rows = connection.execute(
            "SELECT rooms.name, text FROM messages JOIN rooms ON room_id = messages.id >> 34 "
            "WHERE nick_key = ? AND text <> ''",
            (NICK,),
        ).fetchall()
    return {(ROOM if name == ROOM else TOLD, text): text for name, text in rows}
