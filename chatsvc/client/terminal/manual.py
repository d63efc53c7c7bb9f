"""The menu of a bare start, and /help: what one can type and press."""

from chatsvc.client.lines import Kind, Line
from chatsvc.client.terminal.words import BY_NAME, SUBJECTS, Word

_MENU = ("join", "rooms", "room", "who", "msg", "search", "help", "quit")

_SPEAKING = (
    ("hello", "Say hello in the current room."),
    ("@ann hello", "Say it to ann only; inside a line @ann calls her."),
    ("//hello", "Say /hello as it is; so does a blank before it."),
)

_BARE = "No slash needed: join ROOM, leave_chatroom ROOM, send ROOM TEXT, disconnect"

_KEYS = (
    ("Tab", "Complete a word, room or nick; again for the next."),
    ("Up, Down", "Lines you entered before."),
    ("PgUp, PgDn", "Older and newer lines."),
    ("Ctrl+N, Ctrl+P", "Next and previous room; also Alt+Right, Alt+Left."),
    ("Alt+1, Alt+2 ...", "The first room, the second ..."),
    ("Ctrl+A, Ctrl+E", "Go to the start or the end of the line."),
    ("Ctrl+U, K, W", "Cut to start, end, one word; Ctrl+Y puts it back."),
    ("Ctrl+L", "Draw the screen again."),
    ("Ctrl+C", "End; also Ctrl+D on an empty line."),
)

_SCROLLING = "PgUp shows the beginning of this list, PgDn comes back."

_LEFT_COLUMN = 23


def menu_lines() -> list[Line]:
    """Return what one can do, for somebody who sees this program for the first time."""
    rows = [(BY_NAME[name].syntax, BY_NAME[name].summary) for name in _MENU]
    return [_line("What you can do here:"), *_table(rows), *_table(_SPEAKING[:2]), _line("")]


def help_lines(word: str, rows: int) -> list[Line]:
    """Return all one can type and press, or how one word is used.

    If that is more than `rows` lines, the last one says how to see the others.
    """
    if not word:
        lines = _everything()
        return [*lines, _line(_SCROLLING)] if len(lines) > rows else lines
    found = BY_NAME.get(word)
    if found is None:
        return [Line(Kind.ERROR, f'There is no "/{word}"; /help lists what there is.')]
    return [_line(f"{found.syntax} - {found.summary}{_also(found)}")]


def _everything() -> list[Line]:
    return [
        _line("In a room, what you type is said there; these words are commands:"),
        *(line for title, words in SUBJECTS for line in _subject(title, words)),
        _line(""),
        *_table(_SPEAKING),
        _line(_BARE),
        _line(""),
        _line("Keys:"),
        *_table(_KEYS),
    ]


def _subject(title: str, words: tuple[Word, ...]) -> list[Line]:
    rows = [(each.syntax, each.summary) for each in words]
    return [_line(""), _line(f"{title}:"), *_table(rows)]


def _also(word: Word) -> str:
    return f" Also: {', '.join(word.aliases)}." if word.aliases else ""


def _table(rows: "list[tuple[str, str]] | tuple[tuple[str, str], ...]") -> list[Line]:
    return [_line(f"  {left:<{_LEFT_COLUMN}}  {right}") for left, right in rows]


def _line(text: str) -> Line:
    return Line(Kind.ANSWER, text)
