"""Many clients, many connections, many cut lines: nothing is lost, doubled or leaked."""

import threading
import time

from twisted.trial.unittest import TestCase

from tests.end_to_end.line_socket import LineSocket
from tests.end_to_end.server_process import ServerProcess

CUTS = 100
CONNECTS = 2000


def numbers(lines: list[str], room: str) -> list[int]:
    """Return the numbers of the messages of `room`."""
    return [int(line.split(" ")[3]) for line in lines if line.startswith(f"* said {room} ")]


class Chatterbox(threading.Thread):
    """Say something in a room, again and again, until told to stop."""

    def __init__(self, client: LineSocket, room: str) -> None:
        super().__init__(daemon=True)
        self._client = client
        self._room = room
        self.enough = threading.Event()
        self.last = 0

    def run(self) -> None:
        while not self.enough.is_set():
            self._client.says(*[f"send {self._room} x"] * 5)
            for _ in range(5):
                self.last = int(self._client.until(f"+ sent {self._room} ")[-1].split(" ")[3])


class CutLinkTests(TestCase):
    def test_a_hundred_cuts_under_load_leave_no_gap_and_no_double(self) -> None:
        server = ServerProcess(self, "--no-limits", "--data", "data")
        chatterbox = Chatterbox(server.client("ann", "tea"), "tea")
        chatterbox.start()
        seen: list[int] = []
        for cut in range(CUTS):
            reader = self.resume(server, f"reader{cut}", seen)
            while len(seen) < 5 * (cut + 1):
                seen += numbers([reader.line()], "tea")
            reader.cut()
        chatterbox.enough.set()
        chatterbox.join(20)
        reader = self.resume(server, "last", seen)
        while seen[-1] < chatterbox.last:
            seen += numbers([reader.line()], "tea")
        self.assertEqual(seen, list(range(1, chatterbox.last + 1)))

    def resume(self, server: ServerProcess, nick: str, seen: list[int]) -> LineSocket:
        reader = server.client()
        reader.says(f"nick {nick}", f"join tea since {seen[-1] if seen else 0}")
        reader.until("+ join tea ")
        return reader


class ManyClientsTests(TestCase):
    def test_two_hundred_clients_in_twenty_rooms_see_the_same_in_the_same_order(self) -> None:
        server = ServerProcess(self, "--no-limits", "--data", "data", "--lobby", "")
        rooms = [[server.client() for _ in range(10)] for _ in range(20)]
        for room, members in enumerate(rooms):
            for number, client in enumerate(members):
                client.says(f"nick user{room}-{number}", f"join room{room}")
        for members in rooms:
            for client in members:
                client.until("+ join ")
        for room, members in enumerate(rooms):
            for client in members:
                client.says(*[f"send room{room} x"] * 5)
        for room, members in enumerate(rooms):
            heard = [self.messages(client, room) for client in members]
            self.assertEqual(numbers(heard[0], f"room{room}"), list(range(1, 51)))
            self.assertEqual(heard.count(heard[0]), 10)

    def messages(self, client: LineSocket, room: int) -> list[str]:
        lines = client.until(f"* said room{room} 50 ")
        return [line for line in lines if line.startswith("* said ")]


class ManyConnectionsTests(TestCase):
    def test_connections_that_come_and_go_leak_nothing(self) -> None:
        server = ServerProcess(self, "--no-limits")
        server.client("ann").settle()
        before = server.descriptors()
        for number in range(CONNECTS):
            client = LineSocket.tcp("127.0.0.1", server.port)
            if number % 10 == 0:
                client.asks(f"nick user{number}")
            if number % 3 == 0:
                client.cut()
            else:
                client.close()
        looker = server.client("bob")
        deadline = time.monotonic() + 20
        while server.descriptors() > before + 1 or looker.asks("who")[-1] != "+ who 2":
            self.assertLess(time.monotonic(), deadline, server.descriptors())
