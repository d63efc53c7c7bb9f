"""What is hidden, asked for in every way, also while somebody is being put out.

    python -m tests.torture.secrecy [--full]

A real server with its log on the disk. A word is in everything that is said and set in rooms
that are hidden; whoever is outside asks with every verb, in every spelling, and then one who
is a member is put out again and again while its requests are under way, at one connection
that reads and one that does not. Promises: every answer is the one about a missing room;
the word, and how a room is really spelt, never come; after `* kicked` nothing comes of the
room. The same is asked by IRC (`irc_secrecy`). The exit status is 1 when a promise was broken.
"""

import argparse
import random
import re
import socket
import tempfile

from tests.end_to_end.line_socket import LineSocket
from tests.end_to_end.server_process import LOOPBACK, ServerProcess
from tests.torture.irc_secrecy import ask_by_irc, compare_times, irc_client
from tests.torture.results import Results, say

WORD, PASSWORD = "xyzzy", "plughpass"

KINDS = {
    "ZqUnlisted": ("kind unlisted",),
    "ZqInvite": ("kind invite-only",),
    "ZqPassword": (f"kind password {PASSWORD}",),
    "ZqAnnounce": ("kind invite-only", "announce yes"),
    "ZqJoined": ("kind invite-only", "history joined"),
}

ASKED = (
    "info R|set R|set R keep 30d|set R kind public|topic R|topic R tea|topic R -|welcome R|"
    "welcome R hi|history R|history R 5 after 0|history R 5 before 3|search R xyzzy|redact R 1|"
    "redact R 99|edit R 1 tea|who R|leave R|send R hi|send R #a hi|talk R|kick R mona|"
    "kick R nobody|ban R mona|ban R *|tryban R *|tryban R 127.0.0.0/8|unban R eve*|bans R|"
    "mute R mona 2h|unmute R eve*|mutes R|invite R mona|uninvite R ida|voice R mona|"
    "devoice R mona|op R mona|deop R mona|owner R mona|resign R|delete R|"
    "join R since 0 password x|join R password x"
)

LINES = ASKED.split("|")
"""What is asked about a room, R."""

MEMBERS = ("mona", "left", "kicked", "banned", "muted")
OUTSIDE = ("left", "kicked", "banned", "muted", "uninvited", "stranger", "gleft", "gkicked")


def answer(client: LineSocket, line: str) -> list[str]:
    """Say a line; return its answer with all that came before."""
    return client.says(line).lines_until(lambda each: each[0] in "+-")


def does(client: LineSocket, *lines: str) -> None:
    """Say what must be allowed."""
    for line in lines:
        end = answer(client, line)[-1]
        assert end.startswith("+"), (line, end)


def wide(name: str) -> str:
    """Return a name in full-width letters, which is the same name."""
    return "".join(chr(ord(each) + 0xFEE0) for each in name)


def make_rooms(olga: LineSocket, people: dict[str, LineSocket]) -> None:
    """Make the hidden rooms, with everybody in and most out again."""
    for room, settings in KINDS.items():
        does(olga, f"join {room}", f"topic {room} {WORD}", f"welcome {room} {WORD}")
        for nick in (*MEMBERS, "gleft", "gkicked"):
            does(people[nick], f"join {room}", f"send {room} {WORD}")
        does(olga, *(f"set {room} {each}" for each in settings))
        does(people["left"], f"leave {room}")
        does(people["gleft"], f"leave {room}")
        does(olga, f"mute {room} muted 2h {WORD}", f"ban {room} banned 2h {WORD}")
        does(olga, *(f"kick {room} {each} {WORD}" for each in ("kicked", "gkicked", "muted")))
        does(olga, f"ban {room} eve*", f"mute {room} eve*", f"invite {room} ida")
        does(olga, f"invite {room} uninvited", f"uninvite {room} uninvited")


def ask_everything(results: Results, people: dict[str, LineSocket]) -> None:
    """Let everybody outside ask for every room with every line."""
    asked, other, shown = 0, [], []
    for who in OUTSIDE:
        client = people[who]
        client.settle()
        for room in KINDS:
            for line in LINES:
                if line.startswith("join ") and room == "ZqUnlisted":
                    continue  # Who knows its name may enter.
                for name in (room.lower(), room.upper(), wide(room.lower())):
                    missing = name[:1] + name[:0:-1]
                    got = answer(client, line.replace("R", name, 1))
                    expected = answer(client, line.replace("R", missing, 1))
                    asked += 1
                    if [each.replace(missing, name) for each in expected] != got:
                        other.append((who, line, got, expected))
                    text = "".join(got)
                    if WORD in text or room in text or PASSWORD in text:
                        shown.append((who, line, got))
        listed = "".join(answer(client, "list"))
        if "Zq" in listed or WORD in listed:
            shown.append((who, "list", listed))
    results.add("lines asked from outside", asked)
    results.none("answers other than about a missing room", other)
    results.none("answers with something secret", shown)


def race(results: Results, server: ServerProcess, olga: LineSocket, rounds: int) -> None:
    """Put a member out again and again while it asks."""
    room = "ZqRace"
    does(olga, f"join {room}", f"set {room} kind invite-only")
    olga.says(*(f"send {room} {WORD} {number} {'y' * 200}" for number in range(1500))).settle()
    racer = server.client("racer")
    does(racer, "register s3cret")
    lines = [
        *(f"history {room} 1000", f"history {room} 5", f"search {room} {WORD}", f"who {room}"),
        *(f"info {room}", f"topic {room}", f"join {room} since 0", f"send {room} mine"),
        *(f"redact {room} 3", f"edit {room} 4 tea", f"topic {room} new", f"welcome {room}"),
    ]
    leaks: list[object] = []
    for number in range(rounds):
        does(olga, f"invite {room} racer")
        stalled = server.keep(_slow_reader(server.port))
        stalled.greeted()
        does(stalled, "login racer s3cret")
        does(racer, f"join {room}")
        stalled.says(f"history {room} 1000", f"history {room} 1000", f"join {room} since 0")
        random.shuffle(lines)
        before = random.randrange(len(lines)) if number % 2 else 0
        racer.says(*lines[:before])
        olga.says(f"kick {room} racer {WORD}", f"send {room} later{number}")
        olga.says(f"topic {room} later{number}", f"edit {room} {number + 9} later{number}")
        racer.says(*lines[before:])
        olga.settle()
        for who, client in (("reading", racer), ("stalled", stalled)):
            leaks += [(who, number, each) for each in _leaked(client.settle(), room, number)]
        stalled.close()
    results.none(f"lines of the room after being put out, {rounds} times", leaks)


def _slow_reader(port: int) -> LineSocket:
    """Connect with a small receive buffer."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", port))
    return LineSocket(connection)


def _leaked(got: list[str], room: str, number: int) -> list[str]:
    """Return the lines that should not have come."""
    out = next((at for at, line in enumerate(got) if line.startswith(f"* kicked {room}")), len(got))
    refusal = f'- no-such-room There is no room called "{room}".'
    later = [line for line in got if re.search(rf"\blater{number}\b", line)]
    return later + [line for line in got[out + 1 :] if room in line and line != refusal]


def main(argv: list[str] | None = None) -> int:
    """Ask, race, and say what came of it."""
    parser = argparse.ArgumentParser(description="Ask for what is hidden.")
    parser.add_argument("--full", action="store_true", help="be put out 1000 times, not 100")
    options = parser.parse_args(argv)
    results = Results("secrecy")
    seed = random.randrange(10**6)
    random.seed(seed)
    say(f"seed {seed}")
    with tempfile.TemporaryDirectory() as folder:
        rates = ("requests-per-second", "request-burst", "wrong-logins", "address-wrong-logins")
        free = [word for name in rates for word in (f"--{name}", "1000000")]
        server = ServerProcess(
            None,
            *("--data", f"{folder}/data", "--password-cost", "test", *free),
            *("--port", LOOPBACK, "--irc", LOOPBACK, "--irc-name", "irc.test"),
            folder=folder,
        )
        try:
            olga = server.client("olga")
            people = {nick: server.client(nick) for nick in {*MEMBERS, *OUTSIDE, "ida"}}
            for nick, client in people.items():
                if not nick.startswith("g"):
                    does(client, "register s3cret")
            does(olga, "register s3cret")
            make_rooms(olga, people)
            ask_everything(results, people)
            accounts = [who for who in OUTSIDE if not who.startswith("g")]
            clients = [irc_client(server, who, "s3cret") for who in accounts]
            clients.append(irc_client(server, "gnew"))
            ask_by_irc(results, clients, KINDS, (WORD, PASSWORD))
            compare_times(results, clients[-1], "ZqInvite", 2000 if options.full else 500)
            race(results, server, olga, 1000 if options.full else 100)
        finally:
            server.end()
    return results.finish()
