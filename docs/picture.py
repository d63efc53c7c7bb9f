"""Draw docs/client.svg: the client in a terminal, as it really looks. `make picture` runs it.

A server is started on a free port with a temporary folder, a few people are played over
sockets, and the real client runs in a pseudo-terminal, whose output goes through pyte.
Nothing is made up but the conversation; only the times differ from run to run.
"""

import fcntl
import os
import re
import select
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

import pyte
from pyte.screens import Char
from wcwidth import wcswidth

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "client.svg"
COLUMNS, ROWS = 90, 24
PATIENCE = 20.0
"""Seconds to wait for anything."""

SERVER = "from twisted.scripts.twistd import run; run()"
CLIENT = "from chatsvc.client.main import main; raise SystemExit(main())"


def draw() -> None:
    """Run the conversation and write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        server = start_server(folder)
        try:
            screen = converse(port_of(server))
        finally:
            server.terminate()
            server.wait(PATIENCE)
    PICTURE.write_text(svg(screen), encoding="utf-8")


# The conversation


def converse(port: int) -> pyte.Screen:
    """Let a few people talk, and return what one of them sees in the end."""
    bob, cai = Guest(port, "bob"), Guest(port, "cai")
    bob.ask("create tea", "topic lobby Deployments, and what went wrong", "join tea")
    cai.ask("join tea")
    ann = Seat(port, "ann")
    ann.type("/join tea\r")
    ann.sees("tea>")
    ann.type("/room lobby\r")
    ann.sees("lobby: 0 messages, 3 here")
    cai.ask("send lobby Is the build still red?")
    bob.ask("send lobby It was a missing flush, of all things. Green again 🎉")
    cai.ask("send lobby 太好了! Who found it?")
    ann.type("Grüß euch! That was bob, at two in the morning\r")
    ann.sees("two in the morning")
    bob.ask("send lobby @ann you owe me a coffee for that ☕")
    cai.ask("send tea The kettle is on", "send tea ann, earl grey or sencha?")
    cai.ask("send lobby So what happened? The disk was not full this time")
    bob.ask("send lobby The last line of each report stayed in the buffer")
    bob.ask("send lobby and the check took the report for a broken one")
    eve = Guest(port, "eve")
    eve.ask("send lobby Good morning. Can I deploy, or is it too early for that?")
    bob.ask("send lobby Go ahead, I am watching the graphs")
    eve.ask("send lobby Three machines done, two to go")
    cai.ask("send lobby Error rate is where it was. Looks good from here")
    eve.ask("send lobby All five. Thank you all 👍")
    dora = Guest(port, "dora")
    dora.ask("away Lunch until one", "tell ann Are you coming along?")
    ann.sees("Are you coming")
    ann.type("@dora In five minutes!\r/search flush\r")
    ann.sees("[lobby 2]")
    ann.type("Coffee it is. I will write the post mor")
    return ann.sees("post mor")


def start_server(folder: str) -> "subprocess.Popen[str]":
    """Start a server on a free loopback port."""
    arguments = ["-n", "--pidfile=", "chatsvc", "--name", "Friday server", "--data", folder]
    return subprocess.Popen(
        [sys.executable, "-c", SERVER, *arguments, "--port", "tcp:0:interface=127.0.0.1"],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )


def port_of(server: "subprocess.Popen[str]") -> int:
    """Wait until the server listens, and return its port."""
    assert server.stdout is not None
    for line in server.stdout:
        if found := re.search(r"Listening on 127\.0\.0\.1:(\d+)", line):
            return int(found[1])
    raise SystemExit("The server did not start.")


class Guest:
    """Somebody who is connected with a socket, as with nc."""

    def __init__(self, port: int, nick: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._lines = self._socket.makefile(encoding="utf-8")
        self.ask(f"nick {nick}")

    def ask(self, *requests: str) -> None:
        """Send requests one by one, each after the answer to the one before."""
        for request in requests:
            self._socket.sendall(f"{request}\n".encode())
            answer = next(line for line in self._lines if line[0] in "+-")
            assert answer.startswith("+"), answer


class Seat:
    """Somebody who sits at a terminal with the real client in it."""

    def __init__(self, port: int, nick: str) -> None:
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._terminal, client_end = os.openpty()
        size = struct.pack("HHHH", ROWS, COLUMNS, 0, 0)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, size)
        arguments = ["-h", "127.0.0.1", "-p", str(port), "-n", nick]
        environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        environment.pop("NO_COLOR", None)
        self._client = subprocess.Popen(
            [sys.executable, "-c", CLIENT, *arguments],
            stdin=client_end,
            stdout=client_end,
            env=environment,
            cwd=ROOT,
        )
        os.close(client_end)
        self.sees("lobby>")

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._terminal, text.encode())

    def sees(self, text: str) -> pyte.Screen:
        """Wait until `text` is on the screen, and return the screen."""
        deadline = time.monotonic() + PATIENCE
        while text not in "\n".join(self._screen.display):
            ready, _, _ = select.select([self._terminal], [], [], deadline - time.monotonic())
            if not ready:
                raise SystemExit(f"never seen: {text}\n" + "\n".join(self._screen.display))
            self._stream.feed(os.read(self._terminal, 65536))
        return self._screen


# The drawing

CELL_WIDTH, CELL_HEIGHT, FONT_SIZE = 8.4, 18, 14
MARGIN, TITLE_HEIGHT = 14, 34
FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"
GROUND, FRAME, TEXT = "#14181f", "#2b323d", "#d5dbe5"
COLOURS = {
    "default": TEXT,
    "red": "#f2777a",
    "green": "#8fd19e",
    "brown": "#ffd479",
    "blue": "#7fb2f0",
    "magenta": "#d6a0e8",
    "cyan": "#73d0d6",
    "white": "#ffffff",
    "brightblack": "#7a8494",
    "brightgreen": "#a5e6b2",
    "brightblue": "#9cc6ff",
    "brightcyan": "#93e6ea",
}


def svg(screen: pyte.Screen) -> str:
    """Return `screen` as a picture."""
    width = round(COLUMNS * CELL_WIDTH + 2 * MARGIN)
    height = TITLE_HEIGHT + ROWS * CELL_HEIGHT + MARGIN
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" aria-label="{title()}">',
            f'<rect width="{width}" height="{height}" rx="9" fill="{GROUND}" stroke="{FRAME}"/>',
            *window_buttons(),
            f'<text x="{width / 2}" y="22" fill="#7a8494" text-anchor="middle" '
            f'font-family="system-ui, sans-serif" font-size="13">{title()}</text>',
            f'<g font-family="{FONT}" font-size="{FONT_SIZE}" xml:space="preserve">',
            *(piece for number in range(ROWS) for piece in row(screen, number)),
            cursor(screen),
            "</g>",
            "</svg>\n",
        )
    )


def title() -> str:
    """Return what stands above the window."""
    return "chatsvc-client -n ann"


def window_buttons() -> Iterator[str]:
    """Yield the three dots of a window."""
    for number, colour in enumerate(("#f2777a", "#ffd479", "#8fd19e")):
        yield f'<circle cx="{20 + 18 * number}" cy="17" r="5.5" fill="{colour}"/>'


def row(screen: pyte.Screen, number: int) -> Iterator[str]:
    """Yield one row of the screen, piece by piece; a piece has one look."""
    cells = screen.buffer[number]
    column = 0
    for _, group in groupby((cells[at] for at in range(COLUMNS)), look):
        piece = list(group)
        yield from drawn(piece, column, number)
        column += len(piece)


def look(cell: Char) -> tuple[object, ...]:
    """Return all that must be equal in a piece; wide characters are pieces of their own."""
    wide = cell.data if not cell.data or wcswidth(cell.data) > 1 else ""
    return cell.fg, cell.bold, cell.reverse, wide, not cell.data


def drawn(piece: list[Char], column: int, number: int) -> Iterator[str]:
    """Yield the ground and the text of a piece."""
    first, text = piece[0], "".join(cell.data for cell in piece)
    x, y = MARGIN + column * CELL_WIDTH, TITLE_HEIGHT + number * CELL_HEIGHT
    ink = COLOURS.get(first.fg, TEXT)
    if first.reverse:
        yield rectangle(x, y, len(piece) * CELL_WIDTH, "#3a4453" if first.fg == "default" else ink)
    if text.strip():
        weight = ' font-weight="bold"' if first.bold else ""
        fill = GROUND if first.reverse and first.fg != "default" else ink
        length = max(len(piece), wcswidth(text)) * CELL_WIDTH
        yield (
            f'<text x="{x:.1f}" y="{y + 13}" fill="{fill}"{weight} textLength="{length:.1f}" '
            f'lengthAdjust="spacingAndGlyphs">{escape(text)}</text>'
        )


def cursor(screen: pyte.Screen) -> str:
    """Return the cursor as a block."""
    x = MARGIN + screen.cursor.x * CELL_WIDTH
    return rectangle(x, TITLE_HEIGHT + screen.cursor.y * CELL_HEIGHT, CELL_WIDTH, TEXT)


def rectangle(x: float, y: float, width: float, fill: str) -> str:
    """Return a filled rectangle as high as a row."""
    return f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{CELL_HEIGHT}" fill="{fill}"/>'


if __name__ == "__main__":
    draw()
