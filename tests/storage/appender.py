"""A program that appends until it is killed, and says which messages are acknowledged.

    python -m tests.storage.appender FOLDER

One line for each append that was acknowledged: the number of its last message.
"""

import sys

from twisted.internet import task
from twisted.internet.interfaces import IReactorFromThreads

from chatsvc.storage.sqlite import SqliteLog
from tests.contracts.log import created, said

BATCH = 3


async def append_for_ever(reactor: IReactorFromThreads, folder: str) -> None:
    log = SqliteLog(folder, reactor)
    log.open()
    [room] = await log.append([created()])
    while True:
        recorded = await log.append([said(room.room_id, "tea and cake")] * BATCH)
        sys.stdout.write(f"{recorded[-1].number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    task.react(append_for_ever, sys.argv[1:])
