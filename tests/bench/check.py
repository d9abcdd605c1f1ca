"""The proof of the books of a large site after a year: seconds beside a plain scan of its tables in the same run."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa

from sql import schema
from sql.check import prove
from sql.connection import Connection, Database
from sql.tables import charges, entries, events, hours
from tests.bench.year import make_days, make_site

SCANNED = (entries, charges, hours, events)


@dataclass(frozen=True, slots=True)
class Year:
    """What is measured."""

    analyzers: int
    days: int
    folder: str | None


def measure(year: Year) -> Iterator[str]:
    """Makes the site but for its last day, proves everything, makes the last day, proves what is new. A year of 800
    analyzers takes 2 GB; the file is deleted at the end."""
    with tempfile.TemporaryDirectory(dir=year.folder) as folder:
        path = Path(folder) / "year.db"
        with closing(Database(f"sqlite:///{path.as_posix()}")) as making, closing(Database(str(making.url))) as proving:
            sa.event.listen(making.engine, "connect", _hurry)
            schema.create(making)
            building = make_site(making, year.analyzers)
            made_s = _seconds(lambda: list(make_days(building, range(year.days - 1))))
            size_gb = path.stat().st_size / 1e9
            yield f"{year.analyzers} analyzers, {year.days} days: {size_gb:.2f} GB made in {made_s:.0f} s"
            making.close()  # its memory is none of the proof's
            yield from _proof(proving, everything=True)
            list(make_days(building, range(year.days - 1, year.days)))
            making.close()
            yield from _proof(proving, everything=False)


def _proof(database: Database, *, everything: bool) -> Iterator[str]:
    with database.reading() as conn:
        scan_s = sum(_seconds(partial(_scan, conn, table)) for table in SCANNED)
    spent_s, proof = time.process_time(), prove(database, everything=everything)
    spent_s = time.process_time() - spent_s
    assert not proof.breaches, f"the year is not right: {proof.breaches[0]}"
    yield f"a plain scan of {', '.join(table.name for table in SCANNED)}: {scan_s:.1f} s"
    yield (
        f"the proof, looking at {proof.looked_at}: {proof.took_s:.1f} s ({spent_s:.1f} s of processor),"
        f" {proof.took_s / scan_s:.1f} x the scan; {proof.entries} entries, {proof.events} events,"
        f" {psutil.Process().memory_info().rss / 1e6:.0f} MB of memory"
    )


def _scan(conn: Connection, table: sa.Table) -> None:
    """Reads every row: the last column is in no index."""
    last = list(table.c)[-1]
    conn.execute(sa.select(sa.func.count(), sa.func.max(last)).select_from(table)).one()


def _hurry(connection: Any, _entry: object) -> None:
    """What is made here need not survive anything, and may take memory."""
    cursor = connection.cursor()
    for pragma in ("synchronous=OFF", "cache_size=-1500000"):
        cursor.execute(f"PRAGMA {pragma}")


def _seconds(work: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    work()
    return time.perf_counter() - began_s
