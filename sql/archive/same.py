"""The proof that a file is still the one that was written, byte by byte."""

import hashlib
import threading
from pathlib import Path

from prepaid.errors.archive import ArchiveUnreadable
from prepaid.language import _
from sql.archives import Written
from sql.backup.manifest import Stopped

HASHED_AT_ONCE = 1 << 20


def require_same(path: Path, written: Written, stop: threading.Event, pause_s: float = 0.0) -> None:
    """Raises ArchiveUnreadable unless the file is there and is what was written, byte by byte; and Stopped."""
    try:
        size = path.stat().st_size
        same = size == written.bytes and hash_of(path, stop, pause_s) == written.sha256
    except OSError as error:
        raise ArchiveUnreadable(path=path, why=error.strerror or error) from error
    if not same:
        raise ArchiveUnreadable(path=path, why=_("it is not the file that was written"))


def hash_of(path: Path, stop: threading.Event, pause_s: float = 0.0) -> str:
    """The SHA-256 of a whole file, with a pause after each MB of it. Raises OSError, Stopped."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(HASHED_AT_ONCE):
            digest.update(block)
            if stop.wait(pause_s):
                raise Stopped
    return digest.hexdigest()
