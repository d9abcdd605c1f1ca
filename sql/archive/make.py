"""Old readings leave the database: day by day into files that are written, checked, named and listed, and only then
removed. A process may be killed between any two of these steps: the next one goes on from what is listed."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.archive import Day, day_due
from prepaid.errors.archive import ArchiveFailed, ArchiveUnderWay, ArchiveUnreadable
from prepaid.errors.start import LeaseLost
from prepaid.language import _
from prepaid.storage import LEAST_FREE_BYTES
from sql.archive.folder import part_of, path_of, put_name, remove_begun, require_folder, require_room
from sql.archive.purge import purge_archived
from sql.archive.verify import written_of
from sql.archive.write import write_day
from sql.archives import (
    Archived,
    Begun,
    Written,
    any_archive,
    begin_archive,
    begun_archives,
    drop_archive,
    list_archive,
    require_nobody,
    waiting_archives,
)
from sql.backup.manifest import Stopped
from sql.connection import Database
from sql.sites import SITES_AT_MOST
from sql.tables import analyzers, readings

DAYS_AT_ONCE = 31
"""In one go; the rest waits for the next hour."""


class Step(StrEnum):
    """How far a file has come; each is told when it is done."""

    BEGUN = "begun"
    PART_WRITTEN = "part_written"
    WRITTEN = "written"
    CHECKED = "checked"
    NAMED = "named"
    LISTED = "listed"
    SLICE_REMOVED = "slice_removed"
    REMOVED = "removed"


Told = Callable[[Step], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Readings before `keep_from_at` go, in whole days. `spare_bytes` stay free on the disk of the folder."""

    folder: Path
    made_by: str
    keep_from_at: datetime
    spare_bytes: int = LEAST_FREE_BYTES


@dataclass(frozen=True, slots=True)
class Done:
    """What one go has done."""

    files: int
    readings: int


def archive_readings(
    database: Database, wanted: Wanted, stop: threading.Event, told: Told = lambda _step: None
) -> Done:
    """Archives and removes all days that are old enough, at most 31 of them.

    1. Files that are listed and whose readings were not all removed are done with first.
    2. Then the day of the oldest reading, site by site, until that day is among those that are kept. Readings that came
       late, for a day that was archived before, are the oldest then and get a file of their own.

    Raises ArchiveFailed, ArchiveUnreadable, ArchiveUnderWay, DatabaseUnavailable, and Stopped.
    """
    go = _Go(database, wanted, stop, told)
    with database.reading() as conn:
        waiting, known, due = waiting_archives(conn), any_archive(conn), _due(conn, wanted)
    if not waiting and due is None:
        return Done(0, 0)
    try:
        require_folder(wanted.folder, known=known)
        go.clear()
        for archived in waiting:
            go.remove_or_forget(archived)
        for _day in range(DAYS_AT_ONCE):
            with database.reading() as conn:
                due = _due(conn, wanted)
                site_ids = [] if due is None else _sites_of(conn, due)
            if due is None:
                break
            for site_id in site_ids:
                go.remove(go.archive(site_id, due))
    except OSError as error:
        raise ArchiveFailed(folder=wanted.folder, why=error.strerror or error) from error
    except pa.ArrowException as error:
        raise ArchiveFailed(folder=wanted.folder, why=error) from error
    return Done(go.files, go.readings)


class _Go:
    """One go through what is due, and its counts."""

    def __init__(self, database: Database, wanted: Wanted, stop: threading.Event, told: Told) -> None:
        self._database = database
        self._wanted = wanted
        self._stop = stop
        self._told = told
        self.files = 0
        self.readings = 0

    def clear(self) -> None:
        """Removes what was broken off: first the files, then the notes about them."""
        with self._database.reading() as conn:
            begun = begun_archives(conn)
            require_nobody(conn, begun, self._wanted.made_by, self._database.now(conn))
        for each in begun:
            remove_begun(path_of(self._wanted.folder, each))
        with self._database.writing() as conn:
            for each in begun:
                drop_archive(conn, each)

    def archive(self, site_id: int, day: Day) -> Archived:
        """One file, from the note that it is begun to the note that it is there."""
        folder = self._wanted.folder
        require_room(folder, self._wanted.spare_bytes)
        with self._database.writing() as conn:
            begun = begin_archive(conn, site_id, day, self._wanted.made_by, self._database.now(conn))
        self._told(Step.BEGUN)
        try:
            written = self._write(begun)
            self._told(Step.NAMED)
            with self._database.writing() as conn:
                list_archive(conn, begun, written, self._database.now(conn))
        except (OSError, pa.ArrowException, ArchiveFailed, ArchiveUnderWay, Stopped):
            self._forget(begun)
            raise
        except LeaseLost:
            self._remove(begun)
            raise
        self._told(Step.LISTED)
        self.files += 1
        return Archived(begun=begun, written=written)

    def remove(self, archived: Archived) -> None:
        """The readings of a listed file leave the database."""
        self.readings += purge_archived(
            self._database, self._wanted.folder, archived, self._stop, lambda: self._told(Step.SLICE_REMOVED)
        )
        self._told(Step.REMOVED)

    def remove_or_forget(self, archived: Archived) -> None:
        """Of a file that an earlier process has listed. One that is lost before any of its readings was removed is
        forgotten, and its day archived anew. Raises ArchiveUnreadable where some are in that file only."""
        try:
            self.remove(archived)
        except ArchiveUnreadable:
            if archived.is_being_purged:
                raise
            self._forget(archived.begun)

    def _write(self, begun: Begun) -> Written:
        """Under a temporary name, from one look at the database; the name comes last: what has it is whole."""
        folder, path = self._wanted.folder, path_of(self._wanted.folder, begun)

        def after_part() -> None:
            self._told(Step.PART_WRITTEN)
            require_room(folder, self._wanted.spare_bytes)

        with self._database.reading() as conn:
            write_day(conn, begun.site_id, begun.day, part_of(path), self._stop, after_part)
            self._told(Step.WRITTEN)
            written = written_of(conn, begun.site_id, begun.day, part_of(path), self._stop)
        if written is None:
            why = _("what was written for {day} is not what the database holds").format(day=begun.day.on)
            raise ArchiveFailed(folder=folder, why=why)
        self._told(Step.CHECKED)
        put_name(path)
        return written

    def _forget(self, begun: Begun) -> None:
        """First the file, then the note about it."""
        self._remove(begun)
        with self._database.writing() as conn:
            drop_archive(conn, begun)

    def _remove(self, begun: Begun) -> None:
        with suppress(OSError):
            remove_begun(path_of(self._wanted.folder, begun))


def _due(conn: Connection, wanted: Wanted) -> Day | None:
    return day_due(conn.scalar(sa.select(sa.func.min(readings.c.read_at))), wanted.keep_from_at)


def _sites_of(conn: Connection, day: Day) -> Sequence[int]:
    """The sites with readings on that day."""
    of_day = (readings.c.read_at >= day.from_at, readings.c.read_at < day.until_at)
    question = (
        sa.select(analyzers.c.site_id)
        .select_from(readings)
        .join(analyzers, analyzers.c.id == readings.c.analyzer_id)
        .where(*of_day)
        .distinct()
        .order_by(analyzers.c.site_id)
        .limit(SITES_AT_MOST)
    )
    return conn.scalars(question).all()
