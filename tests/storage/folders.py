"""Folders for tests, away from wherever the tests are run."""

import shutil
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase


def temporary_folder(case: SynchronousTestCase) -> Path:
    """Return the path of a folder that is not there yet; it goes when the test ends."""
    above = tempfile.mkdtemp(prefix="chatsvc-test-")
    case.addCleanup(shutil.rmtree, above, ignore_errors=True)
    return Path(above) / "data"
