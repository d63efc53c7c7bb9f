"""Tell the operator when writing begins to fail and when it works again, in few lines.

On a disk that is nearly full a write fails and the next one goes through, again and again.
So it is over only when nothing has failed for a while, and the same line comes once until
then.
"""

import time

from twisted.logger import Logger

CALM_SECONDS = 10.0
"""The trouble is over when nothing has failed for so long."""

SILENT_SECONDS = 60.0
"""The same line comes this often at most, however often the trouble ends and begins."""

REFUSED = "The log cannot be written; what needs it is refused until it can. {sentence}"
UNTIDY = (
    "The log cannot be tidied up; messages are taken, but searches become slower. It is tried "
    "again by itself. {sentence}"
)


class Trouble:
    """Whether the log is in trouble; `is_failing`: whether the last write failed."""

    _log = Logger()

    def __init__(self) -> None:
        self.is_failing = False
        self._failed_at = 0.0
        self._is_refusal_told = False
        self._told: set[str] = set()
        self._told_at: dict[str, float] = {}

    @property
    def patience(self) -> float | None:
        """In how many seconds `works` may find that it is over; None: it is, or it fails."""
        if self.is_failing or not self._told:
            return None
        return max(0.0, self._failed_at + CALM_SECONDS - time.monotonic())

    def begins(self, sentence: str, is_refused: bool = True) -> None:
        """Note that a write failed for the reason in `sentence`.

        `is_refused` False: it was only housekeeping, and nobody was refused.
        """
        self._failed_at = time.monotonic()
        is_known = self._told and (self._is_refusal_told or not is_refused)
        if not (self.is_failing and is_known):
            self._tell((REFUSED if is_refused else UNTIDY).format(sentence=sentence), is_refused)
        self.is_failing = True

    def works(self) -> None:
        """Note that a write went through; say so when it is over."""
        self.is_failing = False
        if self.patience == 0.0:
            self._log.info("The log can be written again.")
            self._told.clear()
            self._is_refusal_told = False

    def _tell(self, line: str, is_refused: bool) -> None:
        told_at = self._told_at.get(line)
        is_recent = told_at is not None and self._failed_at - told_at < SILENT_SECONDS
        if line in self._told or is_recent or (self._told and not is_refused):
            return
        self._told.add(line)
        self._told_at[line] = self._failed_at
        self._is_refusal_told = self._is_refusal_told or is_refused
        self._log.error("{line}", line=line)
