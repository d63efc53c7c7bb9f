"""The `chatsvc-client` program: connect, then a screen in a terminal or lines in a pipe.

Exit status: 0 when all went well, also after Ctrl+C; 1 when there was no connection, the
nick was taken, a command that came through a pipe was refused, or the output could not be
written; 2 for a wrong command line. A second Ctrl+C or SIGTERM ends the program at once.
"""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import LogEvent, Logger, LogLevel, globalLogBeginner, textFileLogObserver
from twisted.python.failure import Failure

from chatsvc.client.chat import ChatClient, connect
from chatsvc.client.endpoints import WrongEndpoint, described_endpoint
from chatsvc.client.happenings import ClientError, CouldNotConnect
from chatsvc.client.lines import plain
from chatsvc.client.options import Options, has_screen, has_terminal, parse_options
from chatsvc.client.plain import PlainChat, PlainSettings
from chatsvc.client.rendering import render_refusal
from chatsvc.client.standard import ErrorLines, are_same, open_streams
from chatsvc.client.trust import Judge
from chatsvc.core.errors import Refusal
from chatsvc.core.text import printable

_log = Logger()

_INPUT, _OUTPUT, _ERRORS = 0, 1, 2
_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the client and return its exit status; `argv` None means the process's arguments."""
    _fill_standard_descriptors()
    options = parse_options(sys.argv[1:] if argv is None else argv, os.environ)
    try:
        _begin_logging(options)
    except OSError as error:
        _say(f"chatsvc-client: the log cannot be written: {error.strerror}.")
        return 2
    from twisted.internet import reactor

    blocking = [(each, _is_blocking(each)) for each in (_INPUT, _OUTPUT)]
    try:
        return _Run(reactor, options).run()
    except KeyboardInterrupt:
        return _INTERRUPTED
    finally:
        for descriptor, was_blocking in blocking:
            if was_blocking and not _is_blocking(descriptor):
                os.set_blocking(descriptor, True)


def _fill_standard_descriptors() -> None:
    """Open what our parent closed, so that no socket of ours becomes the standard output."""
    for descriptor in (_INPUT, _OUTPUT, _ERRORS):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _is_blocking(descriptor: int) -> bool:
    try:
        return os.get_blocking(descriptor)
    except OSError:
        return False


def _say(sentence: str) -> None:
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"{sentence}\n")
        sys.stderr.flush()


def _begin_logging(options: Options) -> None:
    """Write the log where it was asked for; without that, only our own mistakes are told."""
    if options.log is not None:
        observer: Any = textFileLogObserver(options.log.open("a", encoding="utf-8"))
    else:
        observer = _tell_of_mistake
    globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False)


def _tell_of_mistake(event: LogEvent) -> None:
    if event.get("log_level") is not LogLevel.critical:
        return
    failure = event.get("log_failure")
    what = f": {failure.getErrorMessage().rstrip('.')}" if isinstance(failure, Failure) else ""
    _say(f"chatsvc-client: this program made a mistake{what}. --log FILE writes down more.")


class _Run:
    """One run of the program on one reactor."""

    def __init__(self, reactor: Any, options: Options) -> None:
        self._reactor = reactor
        self._options = options
        self._is_interactive = has_terminal((_INPUT, _OUTPUT)) and has_screen(os.environ)
        self._client: ChatClient | None = None
        self._connecting: Deferred[ChatClient] | None = None
        self._is_ending = False
        self._status = 0
        self._notices: list[str] = []

    def run(self) -> int:
        """Run the reactor until all is done; return the exit status."""
        self._reactor.callWhenRunning(self._start)
        self._reactor.addSystemEventTrigger("before", "shutdown", self._shut_down)
        self._reactor.run()
        return self._status

    def _start(self) -> None:
        done = Deferred.fromCoroutine(self._chat())
        done.addErrback(self._failed).addBoth(lambda _: self._stop())

    async def _chat(self) -> None:
        self._connecting = self._connect()
        self._client = await self._connecting
        if self._is_interactive:
            await self._in_terminal(self._client)
        else:
            self._status = await self._in_pipe(self._client)

    def _connect(self) -> Deferred[ChatClient]:
        return connect(
            _endpoint(self._reactor, self._options, self._tell),
            self._options.nick,
            rooms=self._options.rooms,
            reactor=self._reactor,
            other_nicks=self._is_interactive,
        )

    def _tell(self, sentence: str) -> None:
        """Say something about the connection; a terminal's screen shows it once more."""
        self._notices.append(printable(sentence))
        _say(f"chatsvc-client: {printable(sentence)}")

    async def _in_terminal(self, client: ChatClient) -> None:
        from chatsvc.client.terminal.local import TerminalOptions, run_terminal

        options = TerminalOptions(self._options.has_colour, notices=tuple(self._notices))
        await run_terminal(client, options, self._reactor)
        await client.close()

    async def _in_pipe(self, client: ChatClient) -> int:
        is_script = not has_terminal((_INPUT,))
        streams = open_streams(self._reactor, _INPUT, _OUTPUT)
        errors = ErrorLines(streams, sys.stderr, are_same(_OUTPUT, _ERRORS))
        talk = self._options.rooms[0] if self._options.rooms else None
        settings = PlainSettings(is_script, talk)
        status = await PlainChat(client, streams, errors, self._reactor, settings).run()
        await streams.close()
        if streams.output_problem:
            _say(f"chatsvc-client: the output cannot be written: {streams.output_problem}")
            return 1
        return status

    # The end

    def _failed(self, failure: Failure) -> None:
        """Say why there is nothing to do, in one sentence."""
        error = failure.value
        if self._is_ending and isinstance(error, CancelledError):
            return
        self._status = 2 if isinstance(error, WrongEndpoint) else 1
        if isinstance(error, Refusal | ClientError):
            _say(f"chatsvc-client: {self._where(error)}{plain(render_refusal(error))}")
        else:
            _log.failure("the client ends", failure)

    def _where(self, error: BaseException) -> str:
        if isinstance(error, WrongEndpoint) or not isinstance(error, CouldNotConnect):
            return ""
        options = self._options
        return f"no connection to {options.endpoint or f'{options.host} port {options.port}'}: "

    def _stop(self) -> None:
        if not self._is_ending:
            self._reactor.stop()

    def _shut_down(self) -> Deferred[None] | None:
        """Say goodbye when a signal stops the reactor; a second one does not wait for that."""
        self._is_ending = True
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        if self._client is not None:
            return self._client.close()
        if self._connecting is not None:
            self._connecting.cancel()
        return None


def _endpoint(reactor: Any, options: Options, tell: Callable[[str], None]) -> Any:
    """Return where to connect to; names are looked up, all their addresses are tried."""
    from twisted.internet.endpoints import HostnameEndpoint

    if options.endpoint is not None:
        return described_endpoint(reactor, options.endpoint)
    if options.is_secure:
        return _secure_endpoint(reactor, options, tell)
    return HostnameEndpoint(reactor, options.host, options.port)


def _secure_endpoint(reactor: Any, options: Options, tell: Callable[[str], None]) -> Any:
    """Return the same with TLS, and with the judge that was asked for."""
    from chatsvc.client import secure

    host, port, authorities = options.host, options.port, options.authorities
    judge: Judge
    if options.fingerprint is not None:
        judge = secure.trust_this_one(host, port, options.fingerprint, tell)
    elif authorities is not None:
        judge = secure.trust_authorities(host, authorities)
    else:
        judge = secure.trust_on_first_use(host, port, tell)
    return secure.secure_endpoint(reactor, host, port, judge, authorities)


if __name__ == "__main__":
    sys.exit(main())
