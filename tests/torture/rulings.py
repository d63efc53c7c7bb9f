"""What moderators and operators do, kept through every crash: bans, roles, invitations, settings.

A *ruling* is what was last acknowledged of one thing: whether a mask is banned, which role
somebody has. From the moment on in which it is asked to be another it is either; once that is
acknowledged it is the new one.

Rulings          what clients were promised, from the lines they sent and got
rulings_in       the same, out of an opened log
Ruler            a client that rules, on and on, and talks to somebody directly
"""

from collections.abc import Iterator
from itertools import count
from typing import Any

import attrs

from chatsvc.core.conversations import is_direct
from chatsvc.core.names import room_key
from chatsvc.core.room import Stored
from tests.torture.crowd import Client, Ledger

COURT, VASSAL, RULER, PASSWORD = "court", "vassal", "ruler", "s3cret"

Slot = tuple[str, ...]
"""The kind of a ruling, and whom or what it is about."""

_REQUESTS = {
    "ban": "ban", "unban": "ban", "mute": "mute", "unmute": "mute", "invite": "invite",
    "uninvite": "invite", "op": "role", "deop": "role", "voice": "role", "devoice": "role",
    "server-ban": "server-ban", "server-unban": "server-ban", "set": "set",
}  # fmt: skip
"""Which kind of ruling each verb is about."""

_ANSWERS = {
    "banned": ("ban", "yes"), "unbanned": ("ban", "no"), "muted": ("mute", "yes"),
    "unmuted": ("mute", "no"), "invited": ("invite", "yes"), "uninvited": ("invite", "no"),
}  # fmt: skip


@attrs.define
class Rulings:
    """What clients were told is so; `told` counts the direct messages that are kept."""

    promised: dict[Slot, str] = attrs.field(factory=dict)
    told: int = 0
    _wished: dict[Slot, str] = attrs.field(factory=dict)

    def request(self, line: str) -> None:
        """Take a line that a client sent: what it is about is certain no more."""
        match line.split(" "):
            case ["set", room, key, *values]:
                slot: Slot = ("set", room, key)
                # One after the other: of an older one that was refused nothing is wished any more.
                self._wished = {slot: " ".join(values)}
                self.promised.pop(slot, None)
            case ["server-ban" | "server-unban", mask, *_]:
                self.promised.pop(("server-ban", mask), None)
            case [verb, room, whom, *_] if verb in _REQUESTS:
                self.promised.pop((_REQUESTS[verb], room, whom), None)

    def answer(self, line: str) -> None:
        """Take a line that the server sent."""
        match line.split(" "):
            case ["+", "role", room, whom, role]:
                self.promised["role", room, whom] = role
            case ["+", "server-ban", mask, *_]:
                self.promised["server-ban", mask] = "yes"
            case ["+", "server-unban", mask]:
                self.promised["server-ban", mask] = "no"
            case ["+", "set", room]:
                for slot in [slot for slot in self._wished if slot[1] == room]:
                    self.promised[slot] = self._wished.pop(slot)
            case ["+", "told", whom, number] if whom == VASSAL:
                self.told = max(self.told, int(number))
            case ["+", verb, room, whom, *_] if verb in _ANSWERS:
                kind, value = _ANSWERS[verb]
                self.promised[kind, room, whom] = value

    def broken_in(self, stored: Stored) -> list[str]:
        """Return what is not so in a log, though it was promised."""
        found = dict(rulings_in(stored))
        broken = [
            f"{' '.join(slot)} was {value}, and is {found.get(slot, 'no')}"
            for slot, value in self.promised.items()
            if found.get(slot, "member" if slot[0] == "role" else "no") != value
        ]
        kept = max(
            (room.last for room in stored.rooms if is_direct(room_key(room.room))), default=0
        )
        if kept < self.told:
            broken.append(f"{self.told} direct messages were acknowledged, {kept} are kept")
        return broken


def rulings_in(stored: Stored) -> Iterator[tuple[Slot, str]]:
    """Return every ruling in a log; what is not there is `no`, or the role `member`."""
    for room in stored.rooms:
        name = str(room.room)
        yield from ((("ban", name, ban.mask.text), "yes") for ban in room.bans)
        yield from ((("mute", name, mute.mask.text), "yes") for mute in room.mutes)
        yield from ((("invite", name, each.mask.name), "yes") for each in room.invitations)
        yield from ((("role", name, str(nick)), role.word) for nick, role in room.roles)
        keeping = room.kind.keeping
        yield ("set", name, "keep"), str(keeping.messages) if keeping.messages else "all"
        yield ("set", name, "announce"), "yes" if room.kind.announce else "no"
    for ban in stored.server.bans:
        yield ("server-ban", ban.mask.text), "yes"


def requests() -> Iterator[str]:
    """Return requests of a ruler, without end; nothing is let grow."""
    for number in count():
        yield f"ban {COURT} spam{number}* 2h why"
        yield f"mute {COURT} loud{number}*"
        yield f"op {COURT} {VASSAL}"
        yield f"set {COURT} keep {1000 + number}"
        yield f"tell {VASSAL} order {number}"
        yield f"server-ban 10.{number // 250 % 250}.{number % 250}.0/24 2h"
        yield f"deop {COURT} {VASSAL}"
        yield f"invite {COURT} {VASSAL}" if number % 2 == 0 else f"uninvite {COURT} {VASSAL}"
        yield f"set {COURT} announce {('yes', 'no')[number % 2]}"
        if number > 20:
            yield f"unban {COURT} spam{number - 20}*"
            yield f"unmute {COURT} loud{number - 20}*"
            old = number - 20
            yield f"server-unban 10.{old // 250 % 250}.{old % 250}.0/24"


def install(server: Any) -> None:
    """Make the accounts of the ruler, an operator, and of the vassal, and the room."""
    code = server.output.find(r"say: claim (\S+)").group(1)
    vassal, ruler = server.client(VASSAL), server.client(RULER)
    for client, line in (
        (vassal, f"register {PASSWORD}"),
        (ruler, f"register {PASSWORD}"),
        (ruler, f"claim {code}"),
        (ruler, f"create {COURT}"),
    ):
        answer = client.asks(line)[-1]
        assert answer.startswith("+ "), answer
    for client in (vassal, ruler):
        client.close()


class Ruler(Client):
    """Rule, one request after the other; what it was promised others must remember."""

    def __init__(self, port: int, ledger: Ledger) -> None:
        super().__init__(f"{RULER}-guest", port, ledger)
        self.is_talking = True
        self.ruled = 0
        self._requests = requests()

    def arrive(self) -> None:
        """Log in."""
        self.ask(f"login {RULER} {PASSWORD}", self._logged_in)

    def _logged_in(self, line: str) -> None:
        if self.expect(line, "+ login "):
            self.is_settled = True
            self.talk()

    def talk(self) -> None:
        """Rule once more."""
        if self.is_talking:
            self.ask(next(self._requests), self._answered)

    def _answered(self, line: str) -> None:
        """Go on; after a crash it may be so already, which is refused."""
        self.ruled += line[0] == "+"
        if line.startswith(("- usage ", "- unknown-command ", "- not-allowed ", "- no-such-room ")):
            self.ledger.wrong.append(f"{self.nick}: {line}")
        if not line.startswith("- closing "):
            self.talk()
