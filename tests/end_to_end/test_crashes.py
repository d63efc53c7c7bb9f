"""Killed over and over under load: what was acknowledged or shown is stored, once, in order.

This proves the process' part; that the disk keeps its promise is the log's own test.
"""

import itertools
import threading

from twisted.trial.unittest import TestCase

from tests.end_to_end.line_socket import LineSocket
from tests.end_to_end.server_process import ServerProcess

CYCLES = 20
SENDERS = 3
PIPELINE = 10


class Sender(threading.Thread):
    """Send numbered texts with client ids as fast as they are acknowledged."""

    def __init__(self, client: LineSocket, name: str, texts: "itertools.count[int]") -> None:
        super().__init__(daemon=True)
        self._client = client
        self._name = name
        self._texts = texts
        self.sent: dict[int, str] = {}
        self.seen: dict[int, str] = {}
        self.under_way: list[str] = []
        self.enough = threading.Event()

    def run(self) -> None:
        try:
            for _ in range(PIPELINE):
                self._send()
            while line := self._client.line():
                self._take(line)
        except OSError:
            pass
        finally:
            self.enough.set()

    def _send(self) -> None:
        text = f"{self._name}-{next(self._texts)}"
        self.under_way.append(text)
        self._client.says(f"send tea #{text} {text}")

    def _take(self, line: str) -> None:
        words = line.split(" ")
        if words[:2] == ["+", "sent"]:
            self.sent[int(words[3])] = self.under_way.pop(0)
            if len(self.sent) >= 20:
                self.enough.set()
            self._send()
        elif words[:2] == ["*", "said"]:
            self.seen[int(words[3])] = words[6]


class KillTests(TestCase):
    def test_acknowledged_and_shown_is_stored_nothing_twice_and_without_a_hole(self) -> None:
        promised: dict[int, str] = {}
        counters = [itertools.count(1) for _ in range(SENDERS)]
        unsure: list[list[str]] = [[] for _ in range(SENDERS)]
        server = ServerProcess(self, "--no-limits", "--data", "data")
        server.client("owner").asks("create tea")
        for _ in range(CYCLES):
            clients = [server.client(f"user{number}", "tea") for number in range(SENDERS)]
            for client, texts in zip(clients, unsure, strict=True):
                self.repeat(client, texts, promised)
            senders = [
                Sender(client, f"user{number}", counters[number])
                for number, client in enumerate(clients)
            ]
            for sender in senders:
                sender.start()
            for sender in senders:
                sender.enough.wait(20)
            server.process.kill()
            server.wait()
            for sender in senders:
                sender.join(20)
                self.promise(promised, sender.sent)
                self.promise(promised, sender.seen)
            unsure = [sender.under_way for sender in senders]
            server = ServerProcess(self, "--no-limits", "--data", "data", folder=server.folder)
        self.assert_kept(server, promised)

    def repeat(self, client: LineSocket, texts: list[str], promised: dict[int, str]) -> None:
        """Say again what may or may not have been kept, with the same ids."""
        for text in texts:
            answer = client.asks(f"send tea #{text} {text}")[-1].split(" ")
            self.assertEqual(answer[:2], ["+", "sent"])
            self.promise(promised, {int(answer[3]): text})

    def promise(self, promised: dict[int, str], more: dict[int, str]) -> None:
        for number, text in more.items():
            self.assertEqual(promised.setdefault(number, text), text)

    def assert_kept(self, server: ServerProcess, promised: dict[int, str]) -> None:
        reader = server.client("reader")
        joined, *_ = reader.asks("join tea since 0")
        last = int(joined.split(" ")[3])
        kept = {}
        for number in range(1, last + 1):
            words = reader.until("* said tea ")[-1].split(" ")
            self.assertEqual(int(words[3]), number)
            kept[number] = words[6]
        self.assertEqual(len(set(kept.values())), len(kept))
        self.assertGreater(len(promised), CYCLES * SENDERS * 20 - 1)
        for number, text in promised.items():
            self.assertEqual(kept[number], text)
