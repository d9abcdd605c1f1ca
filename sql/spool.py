"""The file in which readings wait while the database is away: a small SQLite database of its own, bounded in bytes.

It stands between processes that die and disks that fill up, so it has the journal of SQLite, and each reading is packed
with a checksum. Nothing of it is open between two calls; as long as nothing waits there is no file.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

LOCK_WAIT_S = 2.0
SET_ASIDE = ".unreadable"
"""What the name of a file ends in that could not be read."""
ROOM_AT_ONCE = 500
"""So many readings give way at once."""
OVERHEAD_BYTES = 60
FILLED = 0.7
"""What a row takes beside the packed reading, and how full the pages of the file are at least."""
_TABLE = """
CREATE TABLE IF NOT EXISTS Spooled (
    kept TEXT NOT NULL,
    read_at INTEGER NOT NULL,
    analyzer_id INTEGER NOT NULL,
    run TEXT NOT NULL,
    trusted INTEGER NOT NULL,
    packed BLOB NOT NULL,
    PRIMARY KEY (kept, read_at, analyzer_id)
) WITHOUT ROWID
"""
_COLUMNS = "kept, read_at, analyzer_id, run, trusted, packed"
_AFTER = "(read_at, analyzer_id) > (?, ?)"


class Kept(StrEnum):
    """Why a reading is kept. When the file is full, the oldest of the history gives way first."""

    BOUNDARY = "boundary"
    HISTORY = "history"


class Key(NamedTuple):
    """The place of a reading in the order of time: its instant in milliseconds, then its analyzer."""

    read_at: int
    analyzer_id: int


BEGINNING = Key(0, 0)


class Spooled(NamedTuple):
    """A packed reading. `run`: of which run of the enforcer; `trusted`: whether its clocks agreed then."""

    kept: Kept
    read_at: int
    analyzer_id: int
    run: str
    trusted: bool
    packed: bytes

    @property
    def key(self) -> Key:
        return Key(self.read_at, self.analyzer_id)


class SpoolFile:
    """Every method may raise sqlite3.OperationalError (full, locked, no access) or another sqlite3.DatabaseError (the
    file is broken)."""

    def __init__(self, path: Path, most_bytes: int) -> None:
        self.path = path
        self.most_bytes = most_bytes

    @property
    def bytes(self) -> int:
        """The size of the file now."""
        return self.path.stat().st_size if self.path.exists() else 0

    def add(self, rows: Sequence[Spooled]) -> int:
        """Keeps the rows; answers how many others gave way. One that is kept for a boundary is no history any more."""
        needed = sum(len(row.packed) + OVERHEAD_BYTES for row in rows) / FILLED
        with self._writing() as cursor:
            gone = self._make_room(cursor, needed)
            cursor.executemany(f"INSERT OR REPLACE INTO Spooled ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", rows)
            cursor.executemany(
                "DELETE FROM Spooled WHERE kept = ? AND read_at = ? AND analyzer_id = ?",
                [(Kept.HISTORY, *row.key) for row in rows if row.kept is Kept.BOUNDARY],
            )
        return gone

    def first(self, count: int, after: Key) -> list[Spooled]:
        """The first rows behind the key, in the order of time."""
        if not self.path.exists():
            return []
        question = f"SELECT {_COLUMNS} FROM Spooled WHERE kept = ? AND {_AFTER} ORDER BY read_at, analyzer_id LIMIT ?"
        found = []
        with self._reading() as cursor:
            for kept in Kept:
                found += cursor.execute(question, (kept, *after, count)).fetchall()
        rows = [row._replace(kept=Kept(row.kept), trusted=bool(row.trusted)) for row in map(Spooled._make, found)]
        return sorted(rows, key=lambda row: row.key)[:count]

    def forget(self, until: Key) -> None:
        """Removes everything up to the key; when nothing is left, the file shrinks to almost nothing."""
        with self._writing() as cursor:
            cursor.execute("DELETE FROM Spooled WHERE (read_at, analyzer_id) <= (?, ?)", until)
            empty = cursor.execute("SELECT NOT EXISTS (SELECT 1 FROM Spooled)").fetchone()[0]
        if empty:
            with self._reading() as cursor:
                cursor.execute("VACUUM")

    def count(self) -> int:
        """How many readings wait."""
        if not self.path.exists():
            return 0
        with self._reading() as cursor:
            return int(cursor.execute("SELECT count(*) FROM Spooled").fetchone()[0])

    def newest(self) -> int | None:
        """The newest instant, in milliseconds."""
        if not self.path.exists():
            return None
        with self._reading() as cursor:
            found: int | None = cursor.execute("SELECT max(read_at) FROM Spooled").fetchone()[0]
        return found

    def put_aside(self) -> Path:
        """Renames a file that cannot be read, over the one that was put aside before."""
        aside = self.path.with_name(f"{self.path.name}{SET_ASIDE}")
        self.path.with_name(f"{self.path.name}-journal").unlink(missing_ok=True)
        self.path.replace(aside)
        return aside

    def _make_room(self, cursor: sqlite3.Cursor, needed: float) -> int:
        """The oldest history gives way, then the oldest readings next to boundaries, until there is room."""
        gone = 0
        while self._used(cursor) + needed > self.most_bytes:
            removed = self._remove_oldest(cursor)
            if not removed:
                break
            gone += removed
        return gone

    def _used(self, cursor: sqlite3.Cursor) -> int:
        names = ("page_count", "freelist_count", "page_size")
        pages, free, size = (int(cursor.execute(f"PRAGMA {name}").fetchone()[0]) for name in names)
        return (pages - free) * size

    def _remove_oldest(self, cursor: sqlite3.Cursor) -> int:
        for kept in (Kept.HISTORY, Kept.BOUNDARY):
            oldest = "SELECT read_at, analyzer_id FROM Spooled WHERE kept = ? ORDER BY read_at, analyzer_id LIMIT ?"
            statement = f"DELETE FROM Spooled WHERE kept = ? AND (read_at, analyzer_id) IN ({oldest})"
            removed = cursor.execute(statement, (kept, kept, ROOM_AT_ONCE)).rowcount
            if removed:
                return removed
        return 0

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Cursor]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path, timeout=LOCK_WAIT_S, isolation_level=None)) as connection:
            connection.execute(_TABLE)
            yield connection.cursor()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Cursor]:
        with self._reading() as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            yield cursor
            cursor.execute("COMMIT")
