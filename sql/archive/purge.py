"""Removes from the database the readings that a listed file holds: exactly those, in slices that never stop a pass."""

import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq

from sql.archive.columns import KEYS
from sql.archive.folder import path_of
from sql.archive.same import require_same
from sql.archive.write import Told
from sql.archives import Archived, begin_purge, end_purge
from sql.backup.manifest import Stopped
from sql.connection import Database
from sql.hot import Hot, instants
from sql.tables import readings

PURGED_AT_ONCE = 1_000
"""A few tens of milliseconds; SQL Server locks a whole table from 5 000 rows on."""
PAUSE_S = 0.1
"""Between slices. SQLite has no queue of writers: who waits looks again after at most that time, and gets its turn."""

_REMOVE = Hot(readings, (), of=KEYS)
"""By the whole key: a late reading of the same time is in no file yet and stays."""


def purge_archived(database: Database, folder: Path, archived: Archived, stop: threading.Event, told: Told) -> int:
    """Removes the readings of a listed file; answers how many it holds. `told` is called after each slice. What was
    removed before a kill is found gone, and the rest goes.

    They go in the order of the file: a slice has some analyzers for an hour, whose rows lie together in the index, and
    not far from each other in the table. By time alone each slice would touch a page of the index for each analyzer.

    Raises ArchiveUnreadable before anything is removed when the file is not what was written; and Stopped.
    """
    path = path_of(folder, archived.begun)
    require_same(path, archived.written, stop)
    with database.writing() as conn:
        begin_purge(conn, archived.begun, database.now(conn))
    with pq.ParquetFile(path) as file:
        for part in range(file.num_row_groups):
            keys = file.read_row_group(part, columns=list(KEYS))
            for start in range(0, keys.num_rows, PURGED_AT_ONCE):
                some = keys.slice(start, PURGED_AT_ONCE)
                _remove(database, some["read_at"].to_pylist(), some["analyzer_id"].to_pylist())
                told()
                if stop.wait(PAUSE_S):
                    raise Stopped
    with database.writing() as conn:
        end_purge(conn, archived.begun, database.now(conn))
    return archived.written.readings


def _remove(database: Database, instants_read: Sequence[datetime], analyzer_ids: Sequence[int]) -> None:
    with database.writing() as conn:
        moment = instants(conn)
        _REMOVE.execute(conn, list(zip(map(moment, instants_read), analyzer_ids, strict=True)))
