"""The `chatsvc` command: what it prints, and that its errors are one sentence."""

import io
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from twisted.trial.unittest import TestCase

from chatsvc.command import main
from chatsvc.core.events import RoomCreated, Said
from chatsvc.ports import LogError
from chatsvc.storage import maintenance
from chatsvc.storage.certificate import ensure_certificate
from chatsvc.storage.sqlite import SqliteLog
from tests.certificates import now, self_signed
from tests.contracts.log import AT, created, said
from tests.storage.folders import temporary_folder

HOUSE = Path(__file__).parents[2]


class CommandTests(TestCase):
    async def setUp(self) -> None:
        self.folder = temporary_folder(self)
        self.log = SqliteLog(self.folder)
        self.log.open()
        self.addCleanup(self.log.close)
        temporary = RoomCreated("garden", AT, None, False)
        lobby, _ = await self.log.append([created("Lobby"), temporary])
        await self.log.append([said(lobby.room_id, "hi all"), said(lobby.room_id, "日本")])

    def run_command(self, *arguments: str) -> tuple[int, str, str]:
        output, errors = io.BytesIO(), io.StringIO()
        code = main([*arguments, "--data", str(self.folder)], output, errors)
        return code, output.getvalue().decode("utf-8"), errors.getvalue()

    def run_process(self, *arguments: str, **options) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", "chatsvc.command", *arguments, "--data", str(self.folder)],
            env={**os.environ, "PYTHONPATH": str(HOUSE)},
            stderr=subprocess.PIPE,
            **options,
        )

    def assert_fails(self, *arguments: str, saying: str) -> None:
        code, output, errors = self.run_command(*arguments)
        self.assertEqual((code, output), (1, ""))
        self.assertEqual(errors.count("\n"), 1)
        self.assertTrue(errors.startswith("chatsvc: "), errors)
        self.assertIn(saying, errors)

    def test_fingerprint(self):
        self.assert_fails("fingerprint", saying="A server with --tls makes it when it starts")
        ensure_certificate(self.folder, now())
        _, output, _ = self.run_command("fingerprint")
        self.assertRegex(output, r"\A[0-9A-F]{2}(:[0-9A-F]{2}){31}\n\Z")
        pair = self_signed("localhost")
        file = self.folder / "other.pem"
        file.write_bytes(pair.certificate_pem)
        _, output, _ = self.run_command("fingerprint", str(file))
        self.assertEqual(output, f"{pair.fingerprint}\n")

    def test_rooms(self):
        _, output, _ = self.run_command("rooms")
        self.assertEqual(
            output,
            "garden: temporary, 0 messages\n"
            "Lobby: kept, made by ann, 2 messages, the newest 2026-11-20T10:00:00.123Z\n",
        )

    def test_export_as_text(self):
        self.assertEqual(
            self.run_command("export", "lobby"),
            (
                0,
                "1 2026-11-20T10:00:00.123Z ann hi all\n2 2026-11-20T10:00:00.123Z ann 日本\n",
                "",
            ),
        )

    def test_export_as_json(self):
        _, output, _ = self.run_command("export", "lobby", "--format", "jsonl")
        self.assertEqual(output.count('"text"'), 2)

    def test_export_to_a_new_file_only(self):
        target = self.folder / "export.txt"
        self.assertEqual(self.run_command("export", "lobby", "--output", str(target))[0], 0)
        self.assertEqual(len(target.read_text(encoding="utf-8").splitlines()), 2)
        self.assert_fails("export", "lobby", "--output", str(target), saying="is there already")

    def test_export_of_an_unknown_room_makes_no_file(self):
        target = self.folder / "export.txt"
        self.assert_fails("export", "nope", "--output", str(target), saying='no room called "nope"')
        self.assertFalse(target.exists())

    def test_export_that_fails_leaves_no_file(self):
        def broken(connection: sqlite3.Connection, name: str) -> Iterator[Said]:
            yield said(1, "hi all").numbered(1)
            raise LogError("Broken.")

        self.patch(maintenance, "messages", broken)
        target = self.folder / "export.txt"
        self.assert_fails("export", "lobby", "--output", str(target), saying="Broken.")
        self.assertFalse(target.exists())

    def test_backup_and_verify_it(self):
        copy = str(self.folder / "copy.db")
        self.assertEqual(self.run_command("backup", copy)[0], 0)
        code, output, _ = self.run_command("verify", copy)
        self.assertEqual(code, 0)
        self.assertIn("Lobby: 2 messages", output)
        self.assertTrue(output.endswith("The log is sound.\n"))
        self.assert_fails("backup", copy, saying="is there already")

    def test_verify_while_the_server_runs(self):
        self.assertEqual(self.run_command("verify")[0], 0)

    def test_missing_folder(self):
        self.folder = self.folder / "nowhere"
        for command in (["rooms"], ["export", "lobby"], ["backup", "x"], ["verify"]):
            self.assert_fails(*command, saying="There is no log")

    def test_impossible_paths(self):
        self.assert_fails("backup", "/nowhere/copy", saying="No such file")
        self.assert_fails("export", "lobby", "--output", "/nowhere/x", saying="No such file")

    def test_wrong_arguments_are_one_sentence(self):
        for arguments in ([], ["nonsense"], ["export"], ["export", "x", "--format", "pdf"]):
            process = self.run_process(*arguments, stdout=subprocess.PIPE)
            output, errors = process.communicate()
            self.assertEqual((process.returncode, output, errors.count(b"\n")), (2, b"", 1))

    def test_reader_that_goes_away(self):
        receiving, sending = os.pipe()
        os.close(receiving)
        process = self.run_process("export", "lobby", stdout=sending)
        os.close(sending)
        _, errors = process.communicate()
        self.assertEqual(process.returncode, 1)
        self.assertEqual(errors, b"chatsvc: Whoever read the output has gone away.\n")

    def test_full_disk(self):
        with open("/dev/full", "wb") as full:
            process = self.run_process("export", "lobby", stdout=full)
            _, errors = process.communicate()
        self.assertEqual(process.returncode, 1)
        self.assertEqual(errors, b"chatsvc: That did not work: No space left on device.\n")
