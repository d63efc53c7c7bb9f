"""The key of IRC's cloaks: made once, kept in the data folder, so that masks stay true.

irc-cloak.key   32 random bytes; who has them can find out addresses by trying all
"""

import os
import secrets
from pathlib import Path

from chatsvc.ports import LogError
from chatsvc.storage.folder import synchronize

KEY_FILE = "irc-cloak.key"
KEY_BYTES = 32
IN_MEMORY = ":memory:"


def cloak_key(folder: str) -> bytes:
    """Return the key in `folder`, made if there is none; `:memory:` has a new one each time.

    Call it with the folder's lock taken. Raises `LogError`.
    """
    if folder == IN_MEMORY:
        return secrets.token_bytes(KEY_BYTES)
    path = Path(folder) / KEY_FILE
    try:
        if not path.exists():
            _make(path)
        key = path.read_bytes()
    except OSError as error:
        raise LogError(f"Cannot use {path}: {error.strerror}.") from None
    if len(key) != KEY_BYTES:
        raise LogError(f"{path} is damaged; restore it, or delete it to have another one made.")
    return key


def _make(path: Path) -> None:
    """Make a key; the file gets its name when it is complete and on the disk."""
    unfinished = path.with_suffix(".new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    synchronize(path.parent)
