"""What is hidden, asked for at the IRC door by who is outside; a part of `secrecy`.

Every command that names a channel is sent for a hidden one and for one that is not there: the
answers have the same words, and take the same time.
"""

import time
from base64 import b64encode
from collections.abc import Iterable
from statistics import median

from tests.end_to_end.line_socket import LineSocket
from tests.end_to_end.server_process import ServerProcess
from tests.torture.results import Results

CAPS = (
    "batch draft/chathistory draft/message-redaction draft/multiline draft/read-marker "
    "message-tags sasl"
)

ASKED = (
    "NAMES #{0}", "NAMES #{0},#{0}", "LIST #{0}", "TOPIC #{0}", "TOPIC #{0} :tea", "MODE #{0}",
    "MODE #{0} b", "MODE #{0} e",
    "MODE #{0} I", "MODE #{0} +m", "MODE #{0} +b x!*@*", "MODE #{0} +o mona",
    "MODE #{0} +v nobody", "MODE #{0} +k key",
    "MODE #{0} -i", "WHO #{0}", "WHO #{0} %tcuhsnfdlaor,1", "WHO #{0} o", "PART #{0} :x",
    "KICK #{0} mona :x",
    "KICK #{0} nobody :x", "INVITE mona #{0}", "INVITE nobody #{0}", "PRIVMSG #{0} :x",
    "NOTICE #{0} :x",
    "PRIVMSG @#{0} :x", "PRIVMSG #{0} :\x01VERSION\x01", "@+typing=active TAGMSG #{0}",
    "CHATHISTORY LATEST #{0} * 5", "CHATHISTORY BEFORE #{0} msgid={0}/3 5",
    "CHATHISTORY AFTER #{0} msgid={0}/1/1 5",
    "CHATHISTORY AROUND #{0} timestamp=2030-01-01T00:00:00.000Z 5",
    "CHATHISTORY BETWEEN #{0} msgid={0}/1 msgid={0}/3 5", "MARKREAD #{0}",
    "MARKREAD #{0} timestamp=2030-01-01T00:00:00.000Z", "REDACT #{0} {0}/1 :x",
    "REDACT #{0} {0}/1/1", "REDACT #{0} {0}/99",
    "CS OP #{0} mona", "CS DEOP #{0} nobody", "CS OWNER #{0} mona", "METADATA #{0} LIST",
    "METADATA #{0} GET url",
    "RENAME #{0} #other", "WHOIS #{0}", "MONITOR + #{0}", "KNOCK #{0}",
)  # fmt: skip
"""What is asked about a channel; JOIN makes one that is not there, so it tells them apart."""

AT_LARGE = (
    "LIST", "LIST *", "LIST >0", "LIST T<60", "NAMES", "WHO *", "WHO olga", "WHO mona %cnr",
    "WHOIS olga",
    "WHOIS mona", "WHOWAS olga", "LUSERS", "CHATHISTORY TARGETS timestamp=2000-01-01T00:00:00.000Z "
    "timestamp=2040-01-01T00:00:00.000Z 100", "INVITE",
)  # fmt: skip

TIMED = (
    "TOPIC #{0}",
    "MODE #{0}",
    "NAMES #{0}",
    "CHATHISTORY LATEST #{0} * 5",
    "WHO #{0}",
    "KICK #{0} mona :x",
)
SAME_TIME = 1.25
"""How many times as long one of the two answers may take at the median."""


def irc_client(server: ServerProcess, nick: str, password: str = "") -> LineSocket:
    """Return a client that is registered; with a password, logged in to the account `nick`."""
    client = server.keep(LineSocket.tcp("127.0.0.1", server.ports[-1]))
    lines = [f"CAP REQ :{CAPS}", f"NICK {nick}", "USER u 0 * :u"]
    if password:
        response = b64encode(f"\0{nick}\0{password}".encode()).decode()
        lines += ["AUTHENTICATE PLAIN", f"AUTHENTICATE {response}"]
    client.says(*lines, "CAP END", "PING begun").lines_until(lambda line: " begun" in line)
    return client


def answer(client: LineSocket, line: str) -> list[str]:
    """Say a line; return what came for it."""
    return client.says(line, "PING asked").lines_until(lambda each: " asked" in each)[:-1]


def ask_by_irc(
    results: Results, clients: Iterable[LineSocket], rooms: Iterable[str], secrets: tuple[str, ...]
) -> None:
    """Let everybody outside ask for every room with every command."""
    asked, other, shown = 0, [], []
    for client in clients:
        answer(client, "LUSERS")  # What came meanwhile of others is no answer.
        for room in rooms:
            for line in ASKED:
                for name in (room.lower(), room.upper()):
                    missing = name[:1] + name[:0:-1]
                    got = answer(client, line.format(name))
                    expected = answer(client, line.format(missing))
                    asked += 1
                    if [each.replace(missing, name) for each in expected] != got:
                        other.append((line, got, expected))
                    if any(secret in "".join(got) for secret in (*secrets, room)):
                        shown.append((line, got))
        for line in AT_LARGE:
            text = "".join(answer(client, line))
            if any(secret in text for secret in (*secrets, *rooms)):
                shown.append((line, text))
    results.add("lines asked from outside by IRC", asked)
    results.none("answers by IRC other than about a missing channel", other)
    results.none("answers by IRC with something secret", shown)


def compare_times(results: Results, client: LineSocket, room: str, rounds: int) -> None:
    """Compare how long the answers about a hidden and a missing channel take."""
    names = {True: room.lower(), False: room[:1].lower() + room[:0:-1].lower()}
    for line in TIMED:
        taken: dict[bool, list[float]] = {True: [], False: []}
        for number in range(2 * rounds):
            is_hidden = bool(number % 2)
            began = time.perf_counter()
            answer(client, line.format(names[is_hidden]))
            taken[is_hidden].append(time.perf_counter() - began)
        hidden, missing = (median(taken[each]) for each in (True, False))
        ratio = max(hidden / missing, missing / hidden)
        results.add(
            f"{line}: hidden {hidden * 1e6:.0f}, missing {missing * 1e6:.0f} microseconds",
            f"{ratio:.2f} times",
            ratio <= SAME_TIME,
        )
