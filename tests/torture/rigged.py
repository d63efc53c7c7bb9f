"""The same server in a process whose seams are wrapped: it dies at a point, or is careless.

    python -m tests.torture.rigged --die before-append -- --nodaemon chatsvc --port ...
    python -m tests.torture.rigged --synchronous OFF -- --nodaemon chatsvc --port ...

After `--` follow twistd's own words. `--die` is armed by SIGUSR1, so that a server can be
brought to work first: `before-append` kills when a batch is decided and nothing of it
written, `after-append` when it is durable and nobody has been told.
"""

import argparse
import os
import signal
import sqlite3
import sys
from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred

from chatsvc import tap
from chatsvc.core.events import DurableEvent
from chatsvc.ports import Recorded
from chatsvc.storage.sqlite import SqliteLog

POINTS = ("before-append", "after-append")


class Trigger:
    """Kill this process the moment a point is passed, once armed."""

    def __init__(self, point: str | None) -> None:
        self.point = point
        self.armed = False

    def arm(self, *_: object) -> None:
        """Be ready; a signal handler."""
        self.armed = True

    def pass_point(self, point: str) -> None:
        """Say that the process is at `point`."""
        if self.armed and point == self.point:
            os.kill(os.getpid(), signal.SIGKILL)


class MarkedLog(SqliteLog):
    """A log that says when an append begins and when it is durable."""

    trigger = Trigger(None)

    def append(self, events: Sequence[DurableEvent]) -> Deferred[list[Recorded]]:
        """Append, with a point before and one after."""
        self.trigger.pass_point("before-append")
        appended = super().append(events)
        appended.addCallback(self._durable)
        return appended

    def _durable(self, recorded: list[Recorded]) -> list[Recorded]:
        self.trigger.pass_point("after-append")
        return recorded


def careless(level: str) -> type[sqlite3.Connection]:
    """Return connections that are set to another `synchronous` than the one asked for."""

    class Careless(sqlite3.Connection):
        def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
            is_setting = sql.split("=")[0].split() == ["PRAGMA", "synchronous"]
            return super().execute(
                f"PRAGMA synchronous = {level}" if is_setting else sql, *parameters
            )

    return Careless


def rig(options: argparse.Namespace) -> None:
    """Put the wrapped seams in the place of the real ones."""
    MarkedLog.trigger = Trigger(options.die)
    signal.signal(signal.SIGUSR1, MarkedLog.trigger.arm)
    if options.synchronous is None:
        tap.SqliteLog = MarkedLog
    else:
        factory = careless(options.synchronous)
        tap.SqliteLog = lambda folder, reactor=None: SqliteLog(folder, reactor, factory)


def run() -> None:
    """Run twistd."""
    from twisted.scripts.twistd import run as run_twistd

    parser = argparse.ArgumentParser()
    parser.add_argument("--die", choices=POINTS)
    parser.add_argument("--synchronous", choices=("OFF", "NORMAL"))
    parser.add_argument("twistd", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    rig(options)
    sys.argv = ["twistd", *options.twistd[1:]]
    run_twistd()


if __name__ == "__main__":
    run()
