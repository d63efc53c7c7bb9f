"""Folders for tests, away from wherever the tests are run."""

import os
import shutil
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

IN_MEMORY = "/dev/shm"


def temporary_folder(case: SynchronousTestCase, in_memory: bool = False) -> Path:
    """Return the path of a folder that is not there yet; it goes when the test ends.

    `in_memory`: it is on no disk, where the system has such a place; that is faster.
    """
    place = IN_MEMORY if in_memory and os.access(IN_MEMORY, os.W_OK) else None
    above = tempfile.mkdtemp(prefix="chatsvc-test-", dir=place)
    case.addCleanup(shutil.rmtree, above, ignore_errors=True)
    return Path(above) / "data"
