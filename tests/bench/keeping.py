"""What passes feel of a purge and of a backup of a large file: how long they write, beside passes left alone."""

import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from enforcer.housekeeping import PAUSE_S
from prepaid.clock import SystemClock
from sql import schema
from sql.backup.make import Wanted, make_backup
from sql.columns import to_epoch_ms
from sql.connection import Database
from sql.readings import ensure_states, purge_readings
from sql.sizes import measure as measure_size
from sql.tables import analyzer_states, readings
from tests.building import Building

DAY = timedelta(days=1)
PASS_EVERY_S = 0.5
"""Five times as often as the product, so that a short run sees many."""
KEYS = ("read_at", "analyzer_id", "verdict")
_VALUES = [column.name for column in readings.c if column.name not in KEYS]
_DAY_OF_READINGS = f"""
WITH RECURSIVE Minutes(m) AS (SELECT 0 UNION ALL SELECT m + 1 FROM Minutes WHERE m < 1439)
INSERT INTO Readings ({", ".join((*KEYS, *_VALUES))})
SELECT :began + m * 60000 + (a.id * 75) % 60000, a.id, 'advance',
       {", ".join(f"{number * 1000003} + a.id * 4099.37 + m" for number, _name in enumerate(_VALUES))}
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
    """Makes the file, then lets passes write alone, beside a purge of the oldest day, and beside a backup."""
    with tempfile.TemporaryDirectory(dir=keeping.folder) as folder:
        path = Path(folder) / "site.db"
        with closing(Database(f"sqlite:///{path.as_posix()}")) as database:
            schema.create(database)
            building, now = Building(database), SystemClock().now()
            analyzer_ids = [building.analyzer(f"Meter {number}") for number in range(keeping.analyzers)]
            with database.writing() as conn:
                ensure_states(conn, building.site_id)
            for day in range(keeping.days, 0, -1):
                with database.writing() as conn:
                    conn.execute(sa.text(_DAY_OF_READINGS), {"began": to_epoch_ms(now - day * DAY)})
            size = measure_size(database)
            yield f"{keeping.analyzers} analyzers, {keeping.days} days at 60 s: {size.file_bytes / 1e9:.2f} GB"
            passes = _Passes(database, analyzer_ids)
            yield passes.beside("nothing else", lambda: time.sleep(keeping.seconds))
            slices: list[float] = []
            yield passes.beside(
                "a purge of the oldest day", lambda: _purge(database, now - (keeping.days - 1) * DAY, slices)
            )
            yield f"  {len(slices)} slices: the median {statistics.median(slices):.0f} ms, longest {max(slices):.0f} ms"
            purged = measure_size(database)
            yield f"  {(purged.file_bytes - purged.used_bytes) / 1e9:.2f} GB of the file are free to be used again"
            yield passes.beside("a backup", lambda: _back_up(database, path.parent / "backups"))
            with database.writing() as conn:
                conn.execute(sa.text(_DAY_OF_READINGS), {"began": to_epoch_ms(now + DAY)})
            grown = measure_size(database)
            more_gb = (grown.file_bytes - purged.file_bytes) / 1e9
            yield f"one more day of readings lets the file grow by {more_gb:.2f} GB"


class _Passes:
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
            f" the longest {max(took_ms):.0f} ms"
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


def _purge(database: Database, before: datetime, slices: list[float]) -> None:
    """As the enforcer's housekeeping does it."""
    while True:
        began_s = time.perf_counter()
        with database.writing() as conn:
            found = purge_readings(conn, before)
        if not found:
            return
        slices.append((time.perf_counter() - began_s) * 1000)
        time.sleep(PAUSE_S)


def _back_up(database: Database, folder: Path) -> None:
    make_backup(database, Wanted(folder=str(folder), made_by="bench"), threading.Event())
