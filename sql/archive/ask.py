"""Questions to files of the archive: DuckDB over those that are listed and over nothing else, in bounded memory."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from prepaid.errors.archive import ArchiveUnreadable
from prepaid.language import _
from sql.archive.columns import SCHEMA
from sql.archive.folder import path_of
from sql.archives import Archived

MEMORY, THREADS = "256MB", 2
_ONE_AT_A_TIME = threading.Lock()
"""However many people look at once."""
_LOADS = """
SELECT quarter, sum(power_w), count(*)
FROM (
    SELECT epoch_ms(r.read_at) // $quarter_ms AS quarter, r.analyzer_id, avg(r.power_w) AS power_w
    FROM read_parquet($files, hive_partitioning = false) AS r
    JOIN Counted AS c ON c.analyzer_id = r.analyzer_id AND r.read_at >= c.from_at AND r.read_at < c.until_at
    WHERE r.read_at >= $from_at AND r.read_at < $until_at AND r.power_w IS NOT NULL
    GROUP BY 1, 2
)
GROUP BY 1
ORDER BY 1
"""


class Counted(NamedTuple):
    """An analyzer counts within [from_at, until_at)."""

    analyzer_id: int
    from_at: datetime
    until_at: datetime


class Load(NamedTuple):
    """What the analyzers drew together in a quarter of an hour, numbered from 1970: the sum of the mean power of each,
    and how many of them were read."""

    quarter: int
    power_w: float
    analyzers: int


class Archive:
    """The files of one site that are listed for a span. Use it within `opened`."""

    def __init__(self, conn: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._conn = conn
        self._folder = folder

    def loads(self, day: Sequence[Archived], from_at: datetime, until_at: datetime, quarter_ms: int) -> Sequence[Load]:
        """The quarters of one day, from all of its files. Raises ArchiveUnreadable."""
        paths = [self._path(archived) for archived in day]
        asked = {"files": [str(path) for path in paths], "from_at": from_at, "until_at": until_at}
        try:
            found = self._conn.execute(_LOADS, {**asked, "quarter_ms": quarter_ms}).fetchall()
        except duckdb.Error as error:
            raise ArchiveUnreadable(path=paths[0].parent, why=str(error).partition("\n")[0]) from error
        return [Load(int(quarter), float(power_w), int(number)) for quarter, power_w, number in found]

    def _path(self, archived: Archived) -> Path:
        path = path_of(self._folder, archived.begun)
        try:
            size = path.stat().st_size
        except OSError as error:
            raise ArchiveUnreadable(path=path, why=error.strerror or error) from error
        if size != archived.written.bytes:
            raise ArchiveUnreadable(path=path, why=_("it is not the file that was written"))
        return path


@contextmanager
def opened(folder: Path, listed: Sequence[Archived], counted: Sequence[Counted]) -> Iterator[Archive]:
    """A database in memory that may read the listed files only, and asks about these analyzers; one at a time."""
    with _ONE_AT_A_TIME, closing(duckdb.connect(":memory:", config=_CONFIG)) as conn:
        conn.execute("SET allowed_paths = $paths", {"paths": [str(path_of(folder, each.begun)) for each in listed]})
        conn.execute("SET enable_external_access = false")
        conn.execute("SET lock_configuration = true")
        conn.register("Counted", _table(counted))
        yield Archive(conn, folder)


_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": MEMORY,
    "threads": THREADS,
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


def _table(counted: Sequence[Counted]) -> pa.Table:
    instant = SCHEMA.field("read_at").type
    return pa.table(
        {
            "analyzer_id": pa.array([each.analyzer_id for each in counted], pa.int64()),
            "from_at": pa.array([each.from_at for each in counted], instant),
            "until_at": pa.array([each.until_at for each in counted], instant),
        }
    )
