"""The lines a person has entered before, to be called back with Up and Down."""

from collections import deque

REMEMBERED_LINES = 500
"""Lines kept, newest last; as many as a long evening has."""


class InputHistory:
    """Hold entered lines and a position among them; the newest place is the unsent draft."""

    def __init__(self, limit: int = REMEMBERED_LINES) -> None:
        self._lines: deque[str] = deque(maxlen=limit)
        self._back = 0
        self._draft = ""

    def add(self, line: str) -> None:
        """Remember `line`, unless it is blank or the same as the last one; go to its end."""
        if line.strip() and (not self._lines or self._lines[-1] != line):
            self._lines.append(line)
        self._back = 0

    def older(self, current: str) -> str | None:
        """Return the line before; None at the oldest. `current` is kept when it is the draft."""
        if self._back == len(self._lines):
            return None
        if self._back == 0:
            self._draft = current
        self._back += 1
        return self._lines[-self._back]

    def newer(self) -> str | None:
        """Return the line after, at the end the draft; None when that is where we are."""
        if self._back == 0:
            return None
        self._back -= 1
        return self._lines[-self._back] if self._back else self._draft
