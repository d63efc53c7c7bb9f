"""The servers whose certificate was trusted on first use, in a file, as ssh keeps its hosts.

    HOST PORT FINGERPRINT DAY        trusted since that day, whoever signed it
    HOST PORT authority DAY          an authority vouched for it, and must from then on

One line for each server, the oldest first; lines that are not understood are left alone.
The file is rewritten as a whole, under a lock, so that several clients do not lose each
other's lines. It is for its owner alone.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

import attrs

from chatsvc.core.fingerprints import Fingerprint, parse_fingerprint

MOST_SERVERS = 1000
"""Lines that are kept; beyond that the oldest is forgotten."""

AUTHORITY = "authority"


@attrs.frozen
class Known:
    """What is known of a server: its certificate, None if an authority must vouch for it.

    `day` is when that was learned, "2026-11-21".
    """

    fingerprint: Fingerprint | None
    day: str


class CannotKeep(Exception):
    """Say in one sentence why the file cannot be read or written."""


def usual_file(environment: Mapping[str, str]) -> Path | None:
    """Return where the file is, by the XDG Base Directory Specification; None without a home."""
    base = environment.get("XDG_DATA_HOME", "")
    if not os.path.isabs(base):  # The specification says that others are to be ignored.
        home = os.path.expanduser("~")
        if not os.path.isabs(home):
            return None
        base = os.path.join(home, ".local", "share")
    return Path(base, "chatsvc", "known_servers")


class KnownServers:
    """What is known of servers, by host and port; without a file, for this process alone."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._own: dict[tuple[str, int], Known] = {}

    def get(self, host: str, port: int) -> Known | None:
        """Return what is known of a server. Raises `CannotKeep`.

        What this process has learned or read counts, whatever happens to the file later.
        """
        place = _place(host, port)
        known = self._own.get(place) or _find(self._lines(), place)
        if known is not None:
            self._own[place] = known
        return known

    def learn(self, host: str, port: int, known: Known) -> None:
        """Remember what is known of a server. Raises `CannotKeep`, and still does, in memory."""
        place = _place(host, port)
        if self.path is None or self._own.get(place) == known:
            self._own[place] = known
            return
        self._own[place] = known
        try:
            with _locked(self.path.parent):
                kept = [line for line in self._lines() if _place_of(line) != place]
                _rewrite(self.path, [*kept, _line(place, known)][-MOST_SERVERS:])
        except OSError as error:
            raise CannotKeep(f'"{self.path}" cannot be written: {error.strerror}.') from error

    def _lines(self) -> list[str]:
        if self.path is None:
            return []
        try:
            return self.path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise CannotKeep(f'"{self.path}" cannot be read: {error.strerror}.') from error


def _place(host: str, port: int) -> tuple[str, int]:
    return host.casefold().rstrip("."), port


def _place_of(line: str) -> tuple[str, int] | None:
    words = line.split()
    if len(words) < 3 or not (words[1].isascii() and words[1].isdigit()) or len(words[1]) > 5:
        return None
    return _place(words[0], int(words[1]))


def _find(lines: list[str], place: tuple[str, int]) -> Known | None:
    """Return what the last line about a server says; raise `CannotKeep` if that is unclear."""
    found = next((line for line in reversed(lines) if _place_of(line) == place), None)
    if found is None:
        return None
    _host, _port, what, *day = found.split()
    if what == AUTHORITY:
        return Known(None, " ".join(day))
    try:
        return Known(parse_fingerprint(what), " ".join(day))
    except ValueError:
        raise CannotKeep(
            f"What is known of {place[0]} port {place[1]} is damaged; remove its line."
        ) from None


def _line(place: tuple[str, int], known: Known) -> str:
    host, port = place
    return f"{host} {port} {known.fingerprint or AUTHORITY} {known.day}"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _rewrite(path: Path, lines: list[str]) -> None:
    new = path.with_name(f"{path.name}.{token_hex(4)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        content = "".join(f"{line}\n" for line in lines)
        with open(descriptor, "wb") as file:
            file.write(content.encode(errors="surrogateescape"))
            file.flush()
            os.fsync(descriptor)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
