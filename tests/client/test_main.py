"""The `chatsvc-client` program as a process, and the client library, against a real server."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.protocol import Factory
from twisted.protocols.portforward import ProxyFactory, ProxyServer
from twisted.trial.unittest import SynchronousTestCase, TestCase

from chatsvc.client import ChatClient, connect
from chatsvc.core.commands import CreateRoom
from chatsvc.core.events import Said
from chatsvc.core.names import RoomName
from tests.end_to_end.line_socket import PATIENCE
from tests.end_to_end.server_process import Output, ServerProcess, environment, run, shared_server

CLIENT = (
    sys.executable,
    "-c",
    "import sys; from chatsvc.client.main import main; sys.exit(main())",
)
ESCAPE = "\x1b"


class ClientProcess:
    """A client whose input is a pipe that stays open."""

    def __init__(self, test: SynchronousTestCase, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*CLIENT, *arguments],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.output, self.errors = Output(self.process.stdout), Output(self.process.stderr)
        test.addCleanup(self.end)

    def types(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        assert self.process.stdin is not None
        self.process.stdin.close()


class ProgramTests(SynchronousTestCase):
    """Rows B1, B4, B5, B7, D6, D8, D9 and E7 in a pipe."""

    def setUp(self) -> None:
        self.server = shared_server()
        self.port = str(self.server.port)

    def run_client(self, nick: str, script: str, *arguments: str) -> Any:
        return run(*CLIENT, "-p", self.port, "-n", nick, *arguments, input=script)

    def test_a_script_prints_everything_and_ends(self) -> None:
        done = self.run_client("script", "join s1\nsend s1 hi  all\nhistory s1 5\nwho s1\n")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout.count("script: hi  all"), 2)
        self.assertIn("script  online", done.stdout)
        self.assertNotIn(ESCAPE, done.stdout)

    def test_a_bare_script_needs_nothing_but_a_line(self) -> None:
        done = self.run_client("bare", "disconnect\n")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_refused_command_shows_in_the_exit_status(self) -> None:
        done = self.run_client("refused", "delete nowhere\n")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, 'There is no room called "nowhere".\n')

    def test_a_host_may_be_a_name_or_an_endpoint(self) -> None:
        done = self.run_client("named", "ping\n", "-h", "localhost")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        done = self.run_client("described", "ping\n", "--endpoint", f"tcp:127.0.0.1:{self.port}")
        self.assertIn("The server is there.", done.stdout)

    def test_a_host_may_be_an_ipv6_address(self) -> None:
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            self.skipTest("this machine has no IPv6")
        server = ServerProcess(self, "--port", r"tcp6:0:interface=\:\:1")
        port = server.output.find(r"Listening on \S+:(\d+) ")[1]
        for host in ("::1", "[::1]"):
            done = run(*CLIENT, "-h", host, "-p", port, input="ping\n")
            self.assertIn("The server is there.", done.stdout)

    def test_without_a_server_there_is_one_sentence(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = str(unused.getsockname()[1])
        done = run(*CLIENT, "-p", port)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(
            done.stderr,
            f"chatsvc-client: no connection to 127.0.0.1 port {port}: Connection refused.\n",
        )

    def test_a_wrong_command_line_is_one_sentence(self) -> None:
        for arguments in (
            ["-p", "x"],
            ["--endpoint", "nonsense:1"],
            ["--endpoint", "tcp:"],
            ["--log", "/no/such/file"],
        ):
            done = run(*CLIENT, *arguments)
            self.assertNotIn("(", done.stderr)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def test_help_is_help(self) -> None:
        done = run(*CLIENT, "--help")
        self.assertEqual(done.returncode, 0)
        self.assertIn("--host", done.stdout)

    def test_a_taken_nick_is_one_sentence_with_a_suggestion(self) -> None:
        self.server.client("taken")
        done = self.run_client("taken", "list\n")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(
            done.stderr, 'chatsvc-client: The nick "taken" is taken; "taken2" is free.\n'
        )

    def test_what_comes_in_prints_by_itself(self) -> None:
        client = ClientProcess(self, "-p", self.port, "-n", "listener", "--room", "s2")
        client.output.find("Connected")
        speaker = self.server.client("speaker", "s2")
        speaker.asks("send s2 hello there")
        client.output.find(r"^\[s2 1\] \d\d:\d\d speaker: hello there$")
        speaker.asks("tell listener psst")
        client.output.find(r"^\d\d:\d\d speaker tells you: psst$")

    def test_signals_end_it_with_status_0_and_without_a_word(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            client = ClientProcess(self, "-p", self.port, "-n", f"signal{int(number)}")
            client.output.find("Connected")
            client.process.send_signal(number)
            self.assertEqual(client.process.wait(PATIENCE), 0)
            self.assertEqual(client.errors.ended_text(), "")

    def test_a_closed_output_ends_it_quietly(self) -> None:
        client = subprocess.Popen(
            [*CLIENT, "-p", self.port, "-n", "closed"],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert client.stdout is not None
        client.stdout.readline()
        client.stdout.close()
        self.assertEqual(client.wait(PATIENCE), 0)
        _, errors = client.communicate()
        self.assertEqual(errors, b"")

    def test_an_output_that_cannot_be_written_is_one_sentence(self) -> None:
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [*CLIENT, "-p", self.port, "-n", "full"],
                env=environment(),
                input="list\nsend lobby full1\n",
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
        self.assertEqual(done.returncode, 1)
        self.assertEqual(
            done.stderr,
            "chatsvc-client: the output cannot be written: No space left on device.\n",
        )

    def test_a_second_signal_does_not_wait_for_the_goodbye(self) -> None:
        client = ClientProcess(self, "-p", self.port, "-n", "twice")
        client.output.find("Connected")
        client.process.send_signal(signal.SIGTERM)
        client.process.send_signal(signal.SIGTERM)
        self.assertIn(client.process.wait(PATIENCE), (0, -signal.SIGTERM))
        self.assertEqual(client.errors.ended_text(), "")

    def test_files_will_do_as_input_and_output(self) -> None:
        with tempfile.TemporaryFile("w+") as script, tempfile.TemporaryFile("w+") as output:
            script.write("send lobby from a file\nhistory lobby 1")
            script.seek(0)
            done = subprocess.run(
                [*CLIENT, "-p", self.port, "-n", "filed"],
                env=environment(),
                stdin=script,
                stdout=output,
                timeout=PATIENCE,
                check=False,
            )
            output.seek(0)
            self.assertEqual(done.returncode, 0)
            self.assertIn("filed: from a file", output.read())

    def test_closed_descriptors_are_no_error(self) -> None:
        command = f'exec "$0" "$@" -p {self.port} -n nofiles <&- >&- 2>&-'
        done = run("/bin/sh", "-c", command, *CLIENT)
        self.assertEqual(done.returncode, 0)

    def test_descriptors_are_left_as_they_were(self) -> None:
        read, write = os.pipe()
        done = subprocess.run(
            [*CLIENT, "-p", self.port, "-n", "polite"],
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=write,
            timeout=PATIENCE,
            check=False,
        )
        self.assertEqual((done.returncode, os.get_blocking(write)), (0, True))
        os.close(read)
        os.close(write)


class CutProxy(ProxyFactory):
    """Forward connections to a server, until they are cut."""

    noisy = False

    def __init__(self, port: int) -> None:
        ProxyFactory.__init__(self, "127.0.0.1", port)
        self.links: list[ProxyServer] = []
        self.cuts = 0

    def buildProtocol(self, addr: object) -> Any:
        link = Factory.buildProtocol(self, addr)
        self.links.append(link)
        return link

    def cut(self) -> None:
        self.cuts += 1
        links, self.links = self.links, []
        for link in links:
            link.transport.abortConnection()


class CuttingTests(TestCase):
    """Row E3 over sockets: cut the link 100 times under load."""

    timeout = 120
    cuts = 100

    async def client(self, port: int, nick: str, *rooms: str) -> ChatClient:
        client = await connect(
            TCP4ClientEndpoint(reactor, "127.0.0.1", port),
            nick,
            rooms=rooms,
            reactor=reactor,
            retry_policy=lambda failures: 0.01 * failures,
        )
        self.addCleanup(client.close)
        return client

    async def test_a_hundred_cuts_lose_nothing_and_double_nothing(self) -> None:
        server = ServerProcess(self)
        proxy = CutProxy(server.port)
        listening = reactor.listenTCP(0, proxy, interface="127.0.0.1")  # type: ignore[attr-defined]
        self.addCleanup(listening.stopListening)
        writer = await self.client(server.port, "writer")
        await writer.request(CreateRoom(RoomName("hall")))
        await writer.join("hall")
        reader = await self.client(listening.getHost().port, "reader", "hall")
        numbers: list[int] = []
        texts: list[str] = []
        done: Deferred[None] = Deferred()
        said = {"reader": 0, "writer": 0}

        def speak(client: ChatClient) -> None:
            if proxy.cuts < self.cuts:
                said[client.nick] += 1
                client.say("hall", f"{client.nick} {said[client.nick]}").addCallback(
                    lambda _: speak(client)
                )

        def hear(happening: object) -> None:
            if isinstance(happening, Said) and happening.room == "hall":
                numbers.append(happening.number)
                texts.append(happening.text)
                if len(numbers) % 20 == 0 and proxy.cuts < self.cuts:
                    proxy.cut()
                if happening.text == "the end" and not done.called:
                    done.callback(None)

        reader.add_listener(hear)
        for _ in range(10):
            speak(writer)
        for _ in range(3):
            speak(reader)
        while proxy.cuts < self.cuts:
            await writer.say("hall", "more")
        # Says of one client are answered in order, so nothing of the reader follows this.
        await reader.say("hall", "last words")
        last = await writer.say("hall", "the end")
        await done
        self.assertEqual(numbers, list(range(1, last + 1)))
        spoken = [text for text in texts if text != "more"]
        self.assertEqual(len(spoken), len(set(spoken)))
        self.assertEqual(len(spoken), sum(said.values()) + 2)
