"""Tell the operator when writing begins to fail and when it works again; one line each."""

from twisted.logger import Logger


class Trouble:
    """Whether the log is in trouble."""

    _log = Logger()

    def __init__(self) -> None:
        self.is_on = False

    def begins(self, sentence: str) -> None:
        """Note that a write failed for the reason in `sentence`."""
        if not self.is_on:
            self._log.error(
                "The log cannot be written; what needs it is refused until it can. {sentence}",
                sentence=sentence,
            )
        self.is_on = True

    def is_over(self) -> None:
        """Note that a write went through."""
        if self.is_on:
            self._log.info("The log can be written again.")
        self.is_on = False
