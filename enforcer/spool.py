"""Readings wait here while the database is away, in a bounded file; and in bounded memory while that cannot be written.

When it is back they are loaded in the order of time, before any fresh one. What is lost at worst is history: counters
are cumulative, so the Wh are not.
"""

import hashlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from documents.logs import Repeats, get
from enforcer.spooled import Unreadable, instant, milliseconds, packed, unpacked
from enforcer.worth import Worth
from prepaid.errors.spool import SpoolUnreadable, SpoolUnwritable
from prepaid.records import Reading
from prepaid.settings import Spooling
from prepaid.site import Site
from sql.connection import Database
from sql.spool import BEGINNING, Kept, Key, Spooled, SpoolFile

IN_MEMORY_MOST = 10_000
TRIES_TO_READ = 10
"""A file that could not be read so often in a row is put aside."""

log = get("enforcer.spool")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Readings that are loaded together: of one run of the enforcer, taken while its clocks agreed or did not.

    `own`: of this very run, so that their monotonic seconds count here.
    """

    readings: tuple[Reading, ...]
    until: Key
    own: bool
    trusted: bool

    def cut(self, count: int) -> "Slice":
        """Only the first ones of it."""
        if count >= len(self.readings):
            return self
        last = self.readings[count - 1]
        until = Key(milliseconds(last.read_at), last.analyzer_id)
        return replace(self, readings=self.readings[:count], until=until)


class Spool:
    """The waiting readings of one site. `waiting`: whether any must be loaded before anything is decided."""

    def __init__(self, file: SpoolFile, run: str, history_s: float, in_memory_most: int = IN_MEMORY_MOST) -> None:
        self._file = file
        self._run = run
        self._worth = Worth(history_s)
        self._in_memory: dict[Key, Spooled] = {}
        self._in_memory_most = in_memory_most
        self._loaded = BEGINNING
        self._unread = 0
        self._writing = Repeats(log, "spool.unwritable", "spool.writable_again", "path")
        self.trouble: str | None = None
        """Why the file cannot be written, as a sentence; None while it can."""
        self._dropped = 0
        self.until: datetime | None = self._newest()
        """The newest instant that waited when this run began."""
        self.waiting = self.until is not None

    def facts(self) -> dict[str, object]:
        """For /health: whether readings wait, what the file takes, how many are only in memory because it cannot be
        written, and why, and how many gave way to others."""
        return {
            "waiting": self.waiting,
            "bytes": self._file.bytes,
            "in_memory": len(self._in_memory),
            "dropped": self._dropped,
            "trouble": self.trouble,
        }

    def keep(self, readings: Sequence[Reading], site: Site, *, trusted: bool) -> None:
        """Keeps what is worth it of these readings, which were not written anywhere. Never raises for a full disk."""
        chosen = self._worth.choose(readings, site)
        rows = [
            Spooled(kept, milliseconds(each.read_at), each.analyzer_id, self._run, trusted, packed(each))
            for kept, each in chosen
        ]
        self.waiting = self.waiting or bool(readings)
        if rows or self._in_memory:
            self._write(self._in_memory | {row.key: row for row in rows})

    def first(self, count: int) -> Slice | None:
        """The next readings to be loaded, at most so many; None when none is left but those that `rest` has."""
        rows = self._read(count)
        if not rows:
            return None
        head = rows[0]
        same = []
        for row in rows:
            if (row.run, row.trusted) != (head.run, head.trusted):
                break
            same.append(row)
        return Slice(
            readings=tuple(reading for row in same if (reading := _reading(row)) is not None),
            until=same[-1].key,
            own=head.run == self._run,
            trusted=head.trusted,
        )

    def forget(self, loaded: Slice) -> None:
        """These are in the books. One that cannot be removed (a full disk) is passed over until it can."""
        self._loaded = loaded.until
        self._in_memory = {key: row for key, row in self._in_memory.items() if key > loaded.until}
        try:
            self._file.forget(loaded.until)
        except sqlite3.DatabaseError as error:
            self._fail(error)

    def rest(self) -> list[Reading]:
        """The newest readings, which only memory has: they are decided on with fresh ones. Nothing waits any more."""
        self.waiting = False
        self._loaded = BEGINNING
        return self._worth.rest()

    # --- the file -------------------------------------------------------------------------------------------------

    def _write(self, rows: dict[Key, Spooled]) -> None:
        try:
            self._dropped += self._file.add(list(rows.values()))
        except (sqlite3.DatabaseError, OSError) as error:
            self._in_memory = _bounded(rows, self._in_memory_most)
            self._dropped += len(rows) - len(self._in_memory)
            self._fail(error)
            if _is_broken(error):
                self._put_aside(error)
            return
        self._in_memory = {}
        self.trouble = None
        self._writing.success(str(self._file.path))

    def _read(self, count: int) -> list[Spooled]:
        try:
            rows = self._file.first(count, self._loaded)
        except (sqlite3.DatabaseError, OSError) as error:
            self._unread += 1
            if not _is_broken(error) and self._unread < TRIES_TO_READ:
                raise SpoolBusy from error
            self._put_aside(error)
            rows = []
        self._unread = 0
        return rows or [self._in_memory[key] for key in sorted(self._in_memory)[:count]]

    def _newest(self) -> datetime | None:
        try:
            found = self._file.newest()
        except (sqlite3.DatabaseError, OSError) as error:
            self._fail(error)
            if _is_broken(error):
                self._put_aside(error)
            return None
        return None if found is None else instant(found)

    def _fail(self, error: Exception) -> None:
        self.trouble = str(SpoolUnwritable(path=self._file.path, why=error))
        self._writing.failure(str(self._file.path), error=self.trouble)

    def _put_aside(self, error: Exception) -> None:
        try:
            aside: object = self._file.put_aside()
        except OSError as refused:
            aside = refused
        log.error("spool.unreadable", error=str(SpoolUnreadable(path=self._file.path, why=error, aside=aside)))


class SpoolBusy(Exception):
    """The file cannot be read at the moment: the next pass tries again."""


def spool_of(database: Database, site_id: int, spooling: Spooling, run: str, history_s: float) -> Spool:
    """The spool of a site: a file of its own for each site of each database, so that no reading ends up in others'
    books."""
    place = hashlib.sha256(database.where.encode()).hexdigest()[:8]
    file = SpoolFile(Path(spooling.folder) / f"site-{site_id}-{place}.db", spooling.most_megabytes * 1_000_000)
    return Spool(file, run, history_s)


def _is_broken(error: Exception) -> bool:
    """Whether the file itself is wrong, not the disk, the access, or another program that holds it."""
    return not isinstance(error, sqlite3.OperationalError | OSError)


def _reading(row: Spooled) -> Reading | None:
    try:
        return unpacked(row.packed)
    except Unreadable as error:
        log.warning("spool.damaged", analyzer=row.analyzer_id, read_at=row.read_at, error=str(error))
        return None


def _bounded(rows: dict[Key, Spooled], most: int) -> dict[Key, Spooled]:
    """The oldest history gives way first, then the oldest readings next to boundaries."""
    over = len(rows) - most
    if over <= 0:
        return rows
    in_turn = sorted(rows, key=lambda key: (rows[key].kept is Kept.BOUNDARY, key))
    return {key: rows[key] for key in sorted(in_turn[over:])}
