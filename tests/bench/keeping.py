"""What passes feel of archiving a day, and of a backup of a large file: their time beside passes left alone."""

import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from prepaid.archive import Day
from prepaid.clock import SystemClock
from sql import schema
from sql.archive.columns import WHOLES
from sql.archive.make import Wanted, archive_readings
from sql.backup.make import Wanted as WantedBackup
from sql.backup.make import make_backup
from sql.columns import to_epoch_ms
from sql.connection import Database
from sql.readings import ensure_states
from sql.sizes import measure as measure_size
from sql.tables import analyzer_states, readings
from tests.building import Building

DAY = timedelta(days=1)
PASS_EVERY_S = 0.5
"""Five times as often as the product, so that a short run sees many."""
KEYS = ("read_at", "analyzer_id", "verdict")
_VALUES = [column.name for column in readings.c if column.name not in KEYS]
_NUMBERED = list(enumerate(_VALUES))
DAY_OF_READINGS = f"""
WITH RECURSIVE Minutes(m) AS (SELECT 0 UNION ALL SELECT m + 1 FROM Minutes WHERE m < 1439)
INSERT INTO Readings ({", ".join((*KEYS, *_VALUES))})
SELECT :began + m * 60000 + (a.id * 75) % 60000, a.id, 'advance',
       {", ".join(f"{number * 1003} + a.id * {4 if name in WHOLES else 4.37} + m" for number, name in _NUMBERED)}
FROM Minutes CROSS JOIN Analyzers AS a ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is measured."""

    analyzers: int
    days: int
    seconds: float
    folder: str | None


def measure(keeping: Keeping) -> Iterator[str]:
    """Makes the file, then lets passes write alone, while the oldest day is archived, and beside a backup."""
    with tempfile.TemporaryDirectory(dir=keeping.folder) as folder:
        path = Path(folder) / "site.db"
        with closing(Database(f"sqlite:///{path.as_posix()}")) as database:
            schema.create(database)
            building, today_at = Building(database), Day.of(SystemClock().now()).from_at
            analyzer_ids = [building.analyzer(f"Meter {number}") for number in range(keeping.analyzers)]
            with database.writing() as conn:
                ensure_states(conn, building.site_id)
            for day in range(keeping.days, 0, -1):
                with database.writing() as conn:
                    conn.execute(sa.text(DAY_OF_READINGS), {"began": to_epoch_ms(today_at - day * DAY)})
            size = measure_size(database)
            yield f"{keeping.analyzers} analyzers, {keeping.days} days at 60 s: {size.file_bytes / 1e9:.2f} GB"
            passes = Passes(database, analyzer_ids)
            yield passes.beside("nothing else", lambda: time.sleep(keeping.seconds))
            keep_from_at = today_at - (keeping.days - 1) * DAY
            yield passes.beside("archiving the oldest day", lambda: archive_oldest(database, path.parent, keep_from_at))
            purged = measure_size(database)
            yield f"  {(purged.file_bytes - purged.used_bytes) / 1e9:.2f} GB of the file are free to be used again"
            yield passes.beside("a backup", lambda: _back_up(database, path.parent / "backups"))
            with database.writing() as conn:
                conn.execute(sa.text(DAY_OF_READINGS), {"began": to_epoch_ms(today_at + DAY)})
            grown = measure_size(database)
            more_gb = (grown.file_bytes - purged.file_bytes) / 1e9
            yield f"one more day of readings lets the file grow by {more_gb:.2f} GB"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share of them does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Passes:
    """One writing transaction after the other, of the size of a pass with history."""

    def __init__(self, database: Database, analyzer_ids: list[int]) -> None:
        self._database = database
        self._rows = [{"of": analyzer_id} for analyzer_id in analyzer_ids]
        self._ids = analyzer_ids

    def beside(self, name: str, work: Callable[[], None]) -> str:
        """How long they took while the work was done."""
        done = threading.Event()
        took_ms: list[float] = []
        writer = threading.Thread(target=self._write, args=(done, took_ms))
        writer.start()
        began_s = time.perf_counter()
        work()
        work_s = time.perf_counter() - began_s
        done.set()
        writer.join()
        return (
            f"{len(took_ms)} passes beside {name} ({work_s:.1f} s): the median {statistics.median(took_ms):.0f} ms,"
            f" p99 {percentile(took_ms, 0.99):.0f} ms, the longest {max(took_ms):.0f} ms"
        )

    def _write(self, done: threading.Event, took_ms: list[float]) -> None:
        of = analyzer_states.c.analyzer_id == sa.bindparam("of")
        clock = SystemClock()
        while not done.wait(PASS_EVERY_S):
            at = clock.now()
            began_s = time.perf_counter()
            with self._database.writing() as conn:
                conn.execute(analyzer_states.update().where(of).values(read_at=at), self._rows)
                rows = [{"read_at": at, "analyzer_id": each, "verdict": "advance"} for each in self._ids]
                conn.execute(readings.insert(), rows)
            took_ms.append((time.perf_counter() - began_s) * 1000)


def archive_oldest(database: Database, folder: Path, keep_from_at: datetime) -> None:
    """As the enforcer does it once an hour: into files, then out of the database."""
    wanted = Wanted(folder=folder / "archive", made_by="bench", keep_from_at=keep_from_at, spare_bytes=0)
    archive_readings(database, wanted, threading.Event())


def _back_up(database: Database, folder: Path) -> None:
    make_backup(database, WantedBackup(folder=str(folder), made_by="bench"), threading.Event())
