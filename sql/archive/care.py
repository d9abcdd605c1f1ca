"""Looking after the archive: each file is read again and again, for disks forget; what was kept long enough goes."""

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from prepaid.archive import LOOKED_AT_AFTER, removed_before
from prepaid.errors.archive import ArchiveFailed, ArchiveUnreadable
from sql.archive.folder import path_of, require_folder
from sql.archive.same import require_same
from sql.archive_care import (
    begin_removal,
    being_removed,
    due_for_a_look,
    end_removal,
    kept_days,
    kept_long_enough,
    note_look,
    troubled,
)
from sql.archives import Archived, any_archive
from sql.connection import Database

BYTES_AT_ONCE = 5_000_000_000
"""In one go, once an hour: an archive of 3 TB is looked through in 30 days."""
PAUSE_S = 0.005
"""After each MB, so that passes get their turn of disk and processor."""


@dataclass(frozen=True, slots=True)
class Cared:
    """What one go has done."""

    looked_at: int
    removed: int


def look_after(
    database: Database,
    folder: Path,
    writer: str,
    now: datetime,
    stop: threading.Event,
    most_bytes: int = BYTES_AT_ONCE,
) -> Cared:
    """Looks through what is due, and removes what was kept long enough, in bounded pieces. `now` is of a clock that is
    trusted: what is removed does not come back.

    1. Files that were in trouble are looked at, which may be mended; then those that were not looked at for longest.
    2. Files that are too old, and those whose removal was begun before, are removed. The list comes first, then the
       file, then the note that it is gone: after a kill in between nobody asks for the file, and it is removed later.

    Raises ArchiveFailed where the folder is not there: then no file is, which says nothing about each of them; or where
    a file cannot be removed. Raises DatabaseUnavailable, and Stopped.
    """
    with database.reading() as conn:
        known = any_archive(conn)
    if not known:
        return Cared(0, 0)
    try:
        require_folder(folder, known=True)
        with database.reading() as conn:
            in_trouble, due = troubled(conn), due_for_a_look(conn, now - LOOKED_AT_AFTER)
        looked_at = sum(_look(database, folder, some, stop, most_bytes) for some in (in_trouble, due))
        return Cared(looked_at, _remove(database, folder, writer, now))
    except OSError as error:
        raise ArchiveFailed(folder=folder, why=error) from error


def _remove(database: Database, folder: Path, writer: str, now: datetime) -> int:
    with database.reading() as conn:
        chosen = kept_days(conn)
        old = [
            each
            for site_id, days in chosen.items()
            for each in kept_long_enough(conn, site_id, removed_before(now, days))
        ]
    for archived in old:
        with database.writing() as conn:
            begin_removal(conn, archived, writer, database.now(conn))
    with database.reading() as conn:
        leaving = being_removed(conn)
    for archived in leaving:
        path = path_of(folder, archived.begun)
        path.unlink(missing_ok=True)
        with suppress(OSError):
            path.parent.rmdir()
        with database.writing() as conn:
            end_removal(conn, archived, database.now(conn))
    return len(leaving)


def _look(database: Database, folder: Path, due: Sequence[Archived], stop: threading.Event, most_bytes: int) -> int:
    looked, read_bytes = 0, 0
    for archived in due:
        if looked and read_bytes + archived.written.bytes > most_bytes:
            break
        trouble = _trouble(path_of(folder, archived.begun), archived, stop)
        with database.writing() as conn:
            note_look(conn, archived.begun.archive_id, trouble, database.now(conn))
        looked += 1
        read_bytes += archived.written.bytes
    return looked


def _trouble(path: Path, archived: Archived, stop: threading.Event) -> str | None:
    try:
        require_same(path, archived.written, stop, PAUSE_S)
    except ArchiveUnreadable as error:
        return f"{error.fields['path']}: {error.fields['why']}"
    return None
