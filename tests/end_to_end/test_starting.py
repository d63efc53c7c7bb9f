"""Starting: what is open is printed, and what keeps it from starting is one sentence."""

import os
import select
import socket
import sys
from pathlib import Path

from twisted.trial.unittest import TestCase

from tests.end_to_end.line_socket import LineSocket
from tests.end_to_end.server_process import (
    LOOPBACK,
    TWIST,
    TWISTD,
    ServerProcess,
    run,
    temporary_folder,
)

FOREGROUND = (*TWISTD, "--nodaemon", "--pidfile=", "chatsvc")
TWIST_IT = (*TWIST, "chatsvc")
DAEMON = (*TWISTD, "--pidfile=daemon.pid", "--logfile=daemon.log", "chatsvc")


class ListeningTests(TestCase):
    def test_it_prints_what_is_open_with_a_line_to_paste(self) -> None:
        server = ServerProcess(self, "--port", "0", "--name", "Friday server")
        found = server.output.find(r"Listening on 0\.0\.0\.0:(\d+) - try: (nc 127\.0\.0\.1 (\d+))$")
        self.assertEqual(found[1], found[3])
        self.assertEqual(
            server.client().greeted(),
            '* hello chatsvc/1 "Friday server" - say: nick NAME, then: help',
        )

    def test_several_ports_are_all_open_and_lead_to_the_same_rooms(self) -> None:
        server = ServerProcess(self, "-p", LOOPBACK, "-p", LOOPBACK, "--port", "unix:here.sock")
        ports = {int(line.split(" - ")[0].rsplit(":", 1)[1])
                 for line in server.output.lines if "Listening on 127" in line}  # fmt: skip
        self.assertEqual(len(ports), 2)
        clients = [LineSocket.tcp("127.0.0.1", port) for port in ports]
        clients.append(LineSocket.unix(f"{server.folder}/here.sock"))
        for number, client in enumerate(clients):
            self.addCleanup(client.close)
            client.asks(f"nick user{number}")
            self.assertEqual(client.asks("join tea"), [f"+ join tea 0 {number + 1}"])

    def test_it_runs_under_twist_too(self) -> None:
        server = ServerProcess(self, runner=(*TWIST, "--log-format=text"))
        self.assertEqual(server.client("ann").asks("ping"), ["+ pong"])
        self.assertEqual(server.stop(), 0)

    def test_without_a_port_it_is_8123_on_this_machine_only(self) -> None:
        help_text = run(*FOREGROUND, "--help").stdout
        self.assertIn("Without it: loopback, port 8123.", " ".join(help_text.split()))

    def test_every_limit_is_an_option(self) -> None:
        server = ServerProcess(self, "--line-bytes", "600", "--welcome", "Be kind.")
        ann = server.client()
        ann.until("* motd Be kind.")
        self.assertTrue(ann.asks("x" * 601)[0].startswith("- line-too-long "))
        self.assertEqual(ann.asks("ping"), ["+ pong"])


class StartErrorTests(TestCase):
    """One sentence and status 1, in front, as a daemon, and under twist."""

    def setUp(self) -> None:
        self.folder = temporary_folder(self)

    def assert_refused(self, sentence: str, *options: str, twist: bool = False) -> None:
        for words in (FOREGROUND, TWIST_IT) if twist else (FOREGROUND,):
            done = run(*words, *options, cwd=self.folder)
            self.assertEqual(done.returncode, 1, done)
            self.assertRegex(done.stderr, rf"\Achatsvc: {sentence}\n\Z")
        done = run(*DAEMON, *options, cwd=self.folder)
        self.assertEqual(done.returncode, 1, done)
        self.assertRegex(done.stderr, rf"\Achatsvc: {sentence}\n")
        self.assertFalse(Path(self.folder, "daemon.pid").exists())

    def test_a_port_in_use(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            where = f"tcp:{taken.getsockname()[1]}:interface=127.0.0.1"
            self.assert_refused(
                rf"Cannot listen on {where}: Address already in use\.",
                "--port", where, "--data", "data", twist=True,
            )  # fmt: skip

    def test_a_folder_that_cannot_be_written(self) -> None:
        Path(self.folder, "file").touch()
        self.assert_refused(
            r'The data folder "file/data" cannot be used: Not a directory\.',
            "--port", LOOPBACK, "--data", "file/data",
        )  # fmt: skip

    def test_a_folder_without_the_right_to_write(self) -> None:
        if os.geteuid() == 0:
            self.skipTest("root may write everywhere")
        Path(self.folder, "mine").mkdir(mode=0o500)
        self.assert_refused(
            r'The data folder "mine/data" cannot be used: Permission denied\.',
            "--port", LOOPBACK, "--data", "mine/data",
        )  # fmt: skip

    def test_a_second_server_on_the_same_data(self) -> None:
        server = ServerProcess(self, "--data", f"{self.folder}/data")
        self.assert_refused(
            rf'The data folder "data" is in use by another chatsvc, process {server.pid}; '
            r"stop it or use another folder\.",
            "--port", LOOPBACK, "--data", "data",
        )  # fmt: skip
        self.assertEqual(server.client("ann").asks("ping"), ["+ pong"])

    def test_data_that_is_damaged_is_refused_and_left_alone(self) -> None:
        ServerProcess(self, "--data", f"{self.folder}/data").stop()
        [database] = Path(self.folder, "data").glob("*.db")
        database.write_bytes(b"not a database at all" * 1000)
        done = run(*FOREGROUND, "--port", LOOPBACK, "--data", "data", cwd=self.folder)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"\Achatsvc: [^\n]+\n\Z")
        self.assertTrue(database.read_bytes().startswith(b"not a database"))

    def test_an_option_that_makes_no_sense_is_said_with_its_name_and_no_traceback(self) -> None:
        done = run(*FOREGROUND, "--room-ports", "9-5", cwd=self.folder)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout + done.stderr, r"--room-ports: a range goes up")
        self.assertNotIn("Traceback", done.stdout + done.stderr)


class DaemonTests(TestCase):
    def test_it_detaches_writes_pid_and_log_file_and_stops_at_sigterm(self) -> None:
        folder = temporary_folder(self)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        where = f"tcp:{port}:interface=127.0.0.1"
        done = run(*DAEMON, "--port", where, "--data", "data", cwd=folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        pid = int(Path(folder, "daemon.pid").read_text())
        descriptor = os.pidfd_open(pid)
        self.addCleanup(os.close, descriptor)
        ann = LineSocket.tcp("127.0.0.1", port)
        self.addCleanup(ann.close)
        ann.greeted()
        self.assertIn(f"Listening on 127.0.0.1:{port} ", Path(folder, "daemon.log").read_text())
        ann.asks("nick ann")
        self.assertEqual(ann.asks("send lobby hi"), ["+ sent lobby 1"])
        os.kill(pid, 15)
        self.assertEqual(ann.rest()[-1], "* closing The server is shutting down.")
        self.wait_for_end(descriptor)
        self.assertFalse(Path(folder, "daemon.pid").exists())
        again = ServerProcess(self, "--data", "data", folder=folder)
        self.assertIn(" ann hi", again.client("ann").asks("history lobby")[0])

    def wait_for_end(self, descriptor: int) -> None:
        ended, _, _ = select.select([descriptor], [], [], 20)
        self.assertTrue(ended, "the daemon did not end")


class SystemdTests(TestCase):
    def test_a_socket_that_the_service_manager_opened(self) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        port = listener.getsockname()[1]
        script = (
            "import os, sys; os.dup2(int(sys.argv[1]), 3); os.set_inheritable(3, True); "
            "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1'); "
            "os.environ['LISTEN_FDNAMES'] = 'door'; "
            "os.execv(sys.argv[2], sys.argv[2:])"
        )
        ServerProcess(
            self, "--port", "systemd:domain=INET:index=0",
            before=(sys.executable, "-c", script, str(listener.fileno())),
            pass_fds=[listener.fileno()],
        )  # fmt: skip
        ann = LineSocket.tcp("127.0.0.1", port)
        self.addCleanup(ann.close)
        self.assertEqual(ann.asks("nick ann"), ["+ nick ann"])
