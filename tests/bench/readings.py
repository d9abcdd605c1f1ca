"""Ten million raw readings in SQLite: what pages ask of them beside bare statements, and a day that leaves the file."""

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from prepaid.access import Viewer
from prepaid.clock import ManualClock
from prepaid.records import Role
from prepaid.spans import Span
from sql import schema
from sql.columns import to_epoch_ms
from sql.connection import Database
from sql.questions.consumption import Chosen, hour_sums
from sql.questions.parameter_history import parameter_history
from sql.sizes import measure as measure_size
from sql.tables import readings
from tests.bench.keeping import DAY_OF_READINGS, Passes, archive_oldest
from tests.bench.year import make_site
from tests.building import MORNING, Building

DAY = timedelta(days=1)
DAYS_OF_HOURS = 30
TIMES = 40
VIEWER = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)
_HOURS = """
WITH RECURSIVE Clock(h) AS (SELECT 0 UNION ALL SELECT h + 1 FROM Clock WHERE h < :hours - 1)
INSERT INTO Hours (hour_at, analyzer_id, account_id, grid_wh, generator_wh, grid_amount, generator_amount, spread)
SELECT :began + h * 3600000, s.analyzer_id, s.account_id, 900 + h, 100, (900 + h) * 1500, 100 * 4000, 0
FROM Clock CROSS JOIN Assignments AS s ORDER BY 1, 2
"""
_ONE_DAY = "SELECT read_at, power_w FROM Readings WHERE analyzer_id = ? AND read_at >= ? AND read_at < ?"
_BY_HOUR = """
SELECT hour_at, sum(grid_wh), sum(generator_wh), sum(grid_amount), sum(generator_amount), max(spread)
FROM Hours WHERE hour_at >= ? AND hour_at < ? GROUP BY hour_at
"""


@dataclass(frozen=True, slots=True)
class Many:
    """What is measured: at least so many readings, of whole days."""

    readings: int
    analyzers: int
    seconds: float
    folder: str | None


def measure(many: Many) -> Iterator[str]:
    """Makes the file (0.75 GB for a million), asks, and lets passes write alone and while a day is archived."""
    with tempfile.TemporaryDirectory(dir=many.folder) as folder:
        path = Path(folder) / "site.db"
        clock = ManualClock(MORNING.replace(hour=0))
        with closing(Database(f"sqlite:///{path.as_posix()}", clock)) as database:
            days = -(-many.readings // (many.analyzers * 24 * 60))
            building = _make(database, many.analyzers, days)
            yield f"{days * many.analyzers * 24 * 60} readings, {measure_size(database).file_bytes / 1e9:.2f} GB"
            yield from _asked(database, path, building, days)
            passes = Passes(database, list(range(1, many.analyzers + 1)))
            yield passes.beside("nothing else", lambda: time.sleep(many.seconds))
            keep_from_at = building.at - (days - 1) * DAY
            yield passes.beside("archiving a day", lambda: archive_oldest(database, Path(folder), keep_from_at))


def _make(database: Database, analyzers: int, days: int) -> Building:
    """Readings of these days, and the hours of a month, all before the beginning of the site."""
    sa.event.listen(database.engine, "connect", _hurry)
    schema.create(database)
    building = make_site(database, analyzers)
    by_analyzer = next(iter(readings.indexes))
    with database.writing() as conn:
        by_analyzer.drop(conn)
    for day in range(days, 0, -1):
        with database.writing() as conn:
            conn.execute(sa.text(DAY_OF_READINGS), {"began": to_epoch_ms(building.at - day * DAY)})
    with database.writing() as conn:
        by_analyzer.create(conn)
        began = to_epoch_ms(building.at - DAYS_OF_HOURS * DAY)
        conn.exec_driver_sql(_HOURS, {"began": began, "hours": DAYS_OF_HOURS * 24})
    sa.event.remove(database.engine, "connect", _hurry)
    database.close()
    return building


def _hurry(connection: Any, _entry: object) -> None:
    """What is made here need not survive anything."""
    connection.execute("PRAGMA synchronous=OFF")


def _asked(database: Database, path: Path, building: Building, days: int) -> Iterator[str]:
    from_at, until_at = building.at - days * DAY, building.at - (days - 1) * DAY
    month = Span(building.at - DAYS_OF_HOURS * DAY, building.at)
    chosen = Chosen(site_id=building.site_id, currency=building.currency)
    with database.reading() as conn, closing(sqlite3.connect(path)) as bare:

        def one_day(analyzer_id: int) -> object:
            return parameter_history(conn, VIEWER, analyzer_id, ["power_w"], from_at, until_at)

        yield _line(
            "one analyzer's day",
            one_day,
            lambda analyzer_id: bare.execute(_ONE_DAY, (analyzer_id, *_ms(from_at, until_at))).fetchall(),
        )
        yield _line(
            f"the fleet by hour for {DAYS_OF_HOURS} days",
            lambda _time: hour_sums(conn, VIEWER, chosen, month),
            lambda _time: bare.execute(_BY_HOUR, _ms(month.from_at, month.until_at)).fetchall(),
        )


def _ms(*instants: datetime) -> tuple[int, ...]:
    return tuple(map(to_epoch_ms, instants))


def _line(what: str, ask: Callable[[int], object], bare: Callable[[int], object]) -> str:
    """In turn, each of another analyzer; the processor's time tells the question from what else the machine does."""
    asked, plain = _Taken(), _Taken()
    for number in range(1, TIMES + 1):
        asked.add(partial(ask, number))
        plain.add(partial(bare, number))
    return f"{what}: {asked}; bare: {plain}"


class _Taken:
    """How long a question took, each time."""

    def __init__(self) -> None:
        self.wall_ms: list[float] = []
        self.spent_ms: list[float] = []

    def add(self, question: Callable[[], object]) -> None:
        began_s, spent_s = time.perf_counter(), time.thread_time()
        question()
        self.wall_ms.append((time.perf_counter() - began_s) * 1000)
        self.spent_ms.append((time.thread_time() - spent_s) * 1000)

    def __str__(self) -> str:
        wall, spent = statistics.median(self.wall_ms), statistics.median(self.spent_ms)
        return f"{wall:.1f} ms ({spent:.1f} of processor, at least {min(self.wall_ms):.1f})"
