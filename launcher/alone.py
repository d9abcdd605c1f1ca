"""One run_all at a time in a folder: a lock that ends with the process, however it ends."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prepaid.errors.launch import AlreadyRuns

# Windows locks bytes so that others cannot even read them; the number of the process stands before this one.
LOCKED_BYTE = 1000


@contextmanager
def alone(folder: Path, name: str = "run_all.lock") -> Iterator[None]:
    """Holds the lock of the folder (made if missing) during the block. Raises AlreadyRuns."""
    folder.mkdir(parents=True, exist_ok=True)
    file = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _take(file):
            os.lseek(file, 0, os.SEEK_SET)
            raise AlreadyRuns(pid=os.read(file, 20).decode("ascii", "replace").strip() or "?", where=folder)
        os.lseek(file, 0, os.SEEK_SET)
        os.write(file, f"{os.getpid():<20}".encode("ascii"))
        yield
    finally:
        os.close(file)


def _take(file: int) -> bool:
    os.lseek(file, LOCKED_BYTE, os.SEEK_SET)
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
