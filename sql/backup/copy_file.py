"""A copy of an SQLite file that others write to all the time, and the proof that it is whole.

SQLite's online backup begins anew whenever another process has written: with passes every 2.5 s it never ends. Inside
a read transaction it sees one snapshot, in write-ahead logging without holding a writer up; the log grows meanwhile.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from prepaid.language import _
from sql.backup.manifest import Stopped

PAGES_AT_ONCE = 1_024
PAUSE_S = 0.02
FLUSHED_EVERY = 16
"""Steps: so that the disk never has to write all of it at once, which the commit of a pass would wait for."""
STOP_SEEN_S = 0.1
LOCK_WAIT_S = 30.0


def copy_file(source: Path, target: Path, stop: threading.Event) -> None:
    """Copies the database as it is now, in steps of 4 MB with pauses. Raises sqlite3.Error, OSError, and Stopped."""
    target.touch()
    with (
        closing(sqlite3.connect(source, isolation_level=None, timeout=LOCK_WAIT_S)) as read,
        closing(sqlite3.connect(target, isolation_level=None)) as written,
        target.open("r+b") as file,
    ):
        read.execute("PRAGMA query_only=ON")
        read.execute("BEGIN")
        read.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # the snapshot begins with the first look
        steps = 0

        def after_step(_status: int, _remaining: int, _total: int) -> None:
            nonlocal steps
            steps += 1
            if steps % FLUSHED_EVERY == 0:
                os.fsync(file.fileno())
            if stop.wait(PAUSE_S):
                raise Stopped

        read.backup(written, pages=PAGES_AT_ONCE, progress=after_step)
        read.execute("COMMIT")
        os.fsync(file.fileno())


class Look(NamedTuple):
    """The schema's version of a file, and what is wrong with it; empty: nothing is."""

    version: str
    wrong: str


def look_at(path: Path, stop: threading.Event) -> Look:
    """Looks through all pages, indexes and references of a database file that nobody writes to. Raises Stopped."""
    try:
        address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(address, uri=True)) as found, interrupted_by(stop, found):
            (said,) = found.execute("PRAGMA quick_check(1)").fetchone()
            if said != "ok":
                return Look("", str(said))
            broken = found.execute("PRAGMA foreign_key_check").fetchone()
            (version,) = found.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
    except sqlite3.Error as error:
        if stop.is_set():
            raise Stopped from error
        return Look("", str(error))
    if broken is not None:
        said = _("a row of {table} refers to a row of {parent} that is not there")
        return Look(version, said.format(table=broken[0], parent=broken[2]))
    return Look(version, "" if version else _("it has no schema version"))


@contextmanager
def interrupted_by(stop: threading.Event, conn: sqlite3.Connection) -> Iterator[None]:
    """Inside, whatever the connection does ends with an error soon after the process is to end: a look through a large
    file is one statement of a minute, which nothing but an interrupt from another thread reaches."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(STOP_SEEN_S):
            if stop.is_set():
                conn.interrupt()

    watcher = threading.Thread(target=watch, name="interrupt", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
