"""The `chatsvc` command: look after a log, and its server, from the shell.

    chatsvc rooms [--data DIR]
    chatsvc export ROOM [--format text|jsonl] [--output FILE] [--data DIR]
    chatsvc backup FILE [--data DIR]
    chatsvc verify [FILE] [--data DIR]
    chatsvc fingerprint [FILE] [--data DIR]
    chatsvc shutdown [--data DIR]      stop the server, gracefully
    chatsvc client ...                 what chatsvc-client does

All of them may be used while the server runs. Exit codes: 0 done, 1 it could not
be done (one sentence on the error output says why), 2 wrong arguments, 130 Ctrl+C.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NoReturn, TextIO

from chatsvc import __version__
from chatsvc.core.conversations import is_direct
from chatsvc.core.room import StoredRoom
from chatsvc.core.text import printable
from chatsvc.ports import LogError
from chatsvc.storage import maintenance
from chatsvc.storage.verify import Report, RoomReport, verify
from chatsvc.wire.times import format_time

DEFAULT_DATA = "chatsvc-data"
"""The data folder where no other is given, in the current folder."""

_FAILED = 1
_INTERRUPTED = 130

_Write = Callable[[str], None]


def main(
    arguments: Sequence[str] | None = None,
    output: BinaryIO | None = None,
    errors: TextIO | None = None,
) -> int:
    """Run the command and return its exit code.

    Left out, the arguments and outputs are those of the process.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if arguments[:1] == ["client"]:
        from chatsvc.client.main import main as client_main

        return client_main(arguments[1:])
    options = _parser().parse_args(arguments)
    try:
        return _run(options, output)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except (LogError, OSError) as error:
        (errors or sys.stderr).write(f"chatsvc: {_sentence(error)}\n")
        return _FAILED


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help.\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="chatsvc", description="Look after the log of a chat server.")
    parser.add_argument("--version", action="version", version=f"chatsvc {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: Callable[..., int], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        added.set_defaults(run=run)
        added.add_argument(
            "--data",
            type=Path,
            default=Path(DEFAULT_DATA),
            metavar="DIR",
            help="the server's data folder (%(default)s)",
        )
        return added

    command("rooms", _rooms, "List the rooms in the log.")
    export = command("export", _export, "Write every message of a room, oldest first.")
    export.add_argument("room", metavar="ROOM")
    export.add_argument("--format", choices=sorted(maintenance.FORMATS), default="text")
    export.add_argument("--output", type=Path, metavar="FILE", help="a new file to write to")
    backup = command("backup", _back_up, "Copy the log to a new file.")
    backup.add_argument("file", type=Path, metavar="FILE")
    check = command("verify", _verify, "Check the log, or a backup of it.")
    check.add_argument("file", type=Path, nargs="?", metavar="FILE")
    fingerprint = command(
        "fingerprint", _fingerprint, "Show the SHA-256 fingerprint of the server's certificate."
    )
    fingerprint.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="a certificate that is not in DIR (PEM)"
    )
    command("shutdown", _shut_down, "Stop the server that works in the data folder.")
    commands.add_parser("client", help="Connect to a server; see chatsvc client --help.")
    return parser


def _run(options: argparse.Namespace, output: BinaryIO | None) -> int:
    output = _standard_output() if output is None else output

    def write(text: str) -> None:
        output.write(text.encode("utf-8"))

    try:
        code: int = options.run(options, write)
        output.flush()
    except BrokenPipeError:
        if output is _standard_output():
            _forget_standard_output()
        raise
    return code


def _rooms(options: argparse.Namespace, write: _Write) -> int:
    with maintenance.reading(maintenance.log_in(options.data)) as connection:
        for room in maintenance.rooms(connection):
            write(_describe(room))
    return 0


def _export(options: argparse.Namespace, write: _Write) -> int:
    with maintenance.reading(maintenance.log_in(options.data)) as connection:
        messages = maintenance.messages(connection, options.room)
        lines = map(maintenance.FORMATS[options.format], messages)
        if options.output is None:
            for line in lines:
                write(line)
        else:
            _write_file(options.output, lines)
    return 0


def _back_up(options: argparse.Namespace, write: _Write) -> int:
    with maintenance.reading(maintenance.log_in(options.data)) as connection:
        maintenance.back_up(connection, options.file)
    write(f'The log was copied to "{options.file}".\n')
    return 0


def _verify(options: argparse.Namespace, write: _Write) -> int:
    with maintenance.reading(options.file or maintenance.log_in(options.data)) as connection:
        report = verify(connection)
    for line in _lines_of(report):
        write(line)
    return 0 if report.is_sound else _FAILED


def _fingerprint(options: argparse.Namespace, write: _Write) -> int:
    from chatsvc.storage.certificate import files_in, fingerprint_in

    certificate_file, _key_file = files_in(options.data)
    write(f"{fingerprint_in(options.file or certificate_file)}\n")
    return 0


def _shut_down(options: argparse.Namespace, write: _Write) -> int:
    maintenance.stop_server(options.data)
    write("The server has stopped.\n")
    return 0


def _write_file(path: Path, lines: Iterable[str]) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            try:
                file.writelines(lines)
                file.flush()
            except BaseException:
                path.unlink()
                raise
    except FileExistsError:
        raise LogError(f'"{path}" is there already; it is not overwritten.') from None


def _describe(room: StoredRoom) -> str:
    kind = "kept" if room.kept else "temporary"
    owner = "" if room.owner is None else f", made by {printable(room.owner)}"
    newest = "" if not room.last else f", the newest {format_time(room.last_at)}"
    return f"{printable(room.room)}: {kind}{owner}, {_messages(room.last)}{newest}\n"


def _lines_of(report: Report) -> Iterator[str]:
    for room in report.rooms:
        name = "A conversation" if is_direct(room.room.room) else printable(room.room.room)
        yield f"{name}: {_finding(room)}\n"
    for fault in report.faults:
        yield f"{fault}\n"
    yield "The log is sound.\n" if report.is_sound else "The log has faults.\n"


def _finding(room: RoomReport) -> str:
    found = f"{_messages(room.messages)}, {room.indexed} indexed"
    return f"{found}: {', '.join(room.faults) or 'sound'}"


def _messages(count: int) -> str:
    return f"{count} message{'' if count == 1 else 's'}"


def _standard_output() -> BinaryIO:
    if sys.stdout is None:
        raise OSError("there is no standard output to write to")
    return sys.stdout.buffer


def _forget_standard_output() -> None:
    # Python would try to flush it once more at exit, and complain.
    with open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())


def _sentence(error: Exception) -> str:
    if isinstance(error, BrokenPipeError):
        return "Whoever read the output has gone away."
    if isinstance(error, OSError) and error.strerror:
        where = f' with "{error.filename}"' if error.filename else ""
        return f"That did not work{where}: {error.strerror}."
    return str(error)


if __name__ == "__main__":
    sys.exit(main())
