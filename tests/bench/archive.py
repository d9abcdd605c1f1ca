"""What a reading takes, in the database and in the archive: a day of a simulated site, read minute by minute."""

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psutil
import sqlalchemy as sa

from enforcer.pac3220.blocks import ENERGY, INSTANT, PHASES, STATE, Block
from enforcer.pac3220.decode import decode_energies, decode_measures, decode_phases, decode_status
from enforcer.simulator.device import SimulatedAnalyzer
from enforcer.simulator.site import SimulatedSite
from prepaid.archive import Day
from prepaid.clock import ManualClock
from prepaid.records import Reading
from sql import schema
from sql.archive.make import Wanted, archive_readings
from sql.connection import Connection, Database
from sql.demo.site import demo_site
from sql.readings import append_history
from sql.tables import readings
from tests.building import MORNING, Building

MINUTES = 24 * 60
SEED = 7
NEVER = threading.Event()
NAMES = {"Readings": "rows, clustered by time", "ix_Readings_analyzer_id": "the index by analyzer"}


@dataclass(frozen=True, slots=True)
class Past:
    """How many analyzers are simulated for a day."""

    analyzers: int
    folder: str | None


def measure(past: Past) -> Iterator[str]:
    """Bytes of each reading in SQLite and in Parquet, and how long it takes to archive them."""
    with tempfile.TemporaryDirectory(dir=past.folder) as folder:
        clock = ManualClock(Day.of(MORNING).from_at)
        path = Path(folder) / "site.db"
        with closing(Database(f"sqlite:///{path.as_posix()}", clock)) as database:
            schema.create(database)
            fill(database, clock, past.analyzers)
            with database.reading() as conn:
                number = conn.execute(sa.select(sa.func.count()).select_from(readings)).scalar_one()
                yield f"{past.analyzers} analyzers, a day at 60 s: {number} readings"
                for name, words in NAMES.items():
                    yield f"SQLite, {words}: {_bytes_of(conn, name) / number:.1f} bytes each"
            wanted = Wanted(folder=Path(folder) / "archive", made_by="bench", keep_from_at=clock.now(), spare_bytes=0)
            yield from _archived(database, wanted, number)


def fill(database: Database, clock: ManualClock, analyzers: int) -> None:
    """A day of the demo site, written as passes write it."""
    building, demo = Building(database), demo_site(analyzers, SEED)
    ids = {device.serial_number: building.analyzer(device.name) for device in demo.devices}
    site = SimulatedSite(demo, clock)
    site.begin()
    for _minute in range(MINUTES):
        site.step()
        taken = [(_reading(ids[each.serial_number], each, clock), "advance") for each in site.analyzers]
        with database.writing() as conn:
            append_history(conn, taken)
        clock.advance(60)


def _reading(analyzer_id: int, analyzer: SimulatedAnalyzer, clock: ManualClock) -> Reading:
    analyzer.advance(clock.monotonic())

    def asked(block: Block) -> bytes:
        return analyzer.read(block.first, block.count)

    return Reading(
        analyzer_id=analyzer_id,
        read_at=clock.now() + timedelta(milliseconds=analyzer_id * 7 % 5000),
        serial_number=analyzer.serial_number,
        answer_ms=20.0,
        measures=decode_measures(asked(INSTANT)),
        status=decode_status(asked(STATE)),
        energies=decode_energies(asked(ENERGY)),
        phases=decode_phases(asked(PHASES)),
        monotonic_s=clock.monotonic(),
    )


def _archived(database: Database, wanted: Wanted, number: int) -> Iterator[str]:
    process, began_mb = psutil.Process(), psutil.Process().memory_info().rss / 1e6
    most_mb, written_s, began_s, spent_s = began_mb, 0.0, time.perf_counter(), time.process_time()

    def look(step: object) -> None:
        nonlocal most_mb, written_s
        most_mb = max(most_mb, process.memory_info().rss / 1e6)
        if str(step) == "listed":
            written_s = time.perf_counter() - began_s

    done = archive_readings(database, wanted, NEVER, look)
    assert done.readings == number, "everything is archived"
    spent_s = time.process_time() - spent_s
    size = sum(path.stat().st_size for path in wanted.folder.rglob("*.parquet"))
    yield f"Parquet: {size / number:.1f} bytes each"
    yield (
        f"written and checked in {written_s:.1f} s, with the purge {time.perf_counter() - began_s:.1f} s "
        f"({spent_s:.1f} s of processor); memory grows by {most_mb - began_mb:.0f} MB"
    )


def _bytes_of(conn: Connection, name: str) -> int:
    """Pages of a table or an index, as SQLite counts them."""
    found: int = conn.exec_driver_sql("SELECT sum(pgsize) FROM dbstat WHERE name = ?", (name,)).scalar_one()
    return found
