"""One log file for one process: rotating from two processes at once would lose lines of both."""

import os
import sys
from pathlib import Path

PROCESSES_AT_MOST = 9


class LogPlace:
    """Holds `<folder>/<name>.log`, or `<name>-2.log`, ... where another process has that one, until `leave` or the end
    of this process, however it ends. Where none can be had (a folder that cannot be written, more processes), the first
    is shared: a log stops nothing."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / f"{name}.log"
        self._held: int | None = None
        for number in range(1, PROCESSES_AT_MOST + 1):
            path = folder / (f"{name}.log" if number == 1 else f"{name}-{number}.log")
            try:
                held = _hold(path.with_suffix(".lock"))
            except OSError:
                return
            if held is not None:
                self.path, self._held = path, held
                return

    def leave(self) -> None:
        """Another process may have the file."""
        if self._held is not None:
            os.close(self._held)
            self._held = None


def _hold(lock: Path) -> int | None:
    """The open lock file, None where another process holds it. Raises OSError where it cannot be made."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        return None
    return file
