"""A process that archives and is killed when a step is done: `python -m tests.sql.archive.killed URL FOLDER STEP`."""

import os
import signal
import sys
import threading
from pathlib import Path

from prepaid.clock import ManualClock
from sql.archive.make import Step, Wanted, archive_readings
from sql.connection import Database
from tests.building import MORNING


def main(url: str, folder: str, last: str) -> int:
    """Ends by SIGKILL, so nothing of this process is done afterwards; 1 if the step never came."""
    database = Database(url, ManualClock(MORNING))

    def kill(step: Step) -> None:
        if step == last:
            os.kill(os.getpid(), signal.SIGKILL)

    wanted = Wanted(folder=Path(folder), made_by="killed", keep_from_at=MORNING, spare_bytes=0)
    archive_readings(database, wanted, threading.Event(), kill)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
