"""The ingest of a site that Kepware reads: how long a second of its log takes, beside nothing but reading the same rows
by sqlite3, and how fast an hour is caught up with in which nobody read it."""

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

from enforcer.kepserver.tags import ALL_TAGS, HISTORY_TAGS, METERING_TAGS, Tag
from enforcer.kepware.feed import KepwareFeed
from enforcer.link import Target
from enforcer.simulator.data_logger.form import LogForm
from enforcer.simulator.data_logger.logger import DataLogger, LogTarget
from enforcer.simulator.data_logger.sample import Sampler
from enforcer.simulator.device import SimulatedAnalyzer
from enforcer.simulator.measures import grid_supply
from prepaid.clock import ManualClock
from prepaid.records import Feed
from sql.connection import Database
from sql.demo.loads import Load
from sql.sites import find_site, load_site
from tests.bench.fleet import large_site, make_database
from tests.mapping import map_log

TABLE = "Site_Log"
INTERVAL_S, HISTORY_INTERVAL_S = 5, 60
PORT_BASE = 24_000
HISTORY_S = 60.0
SETTLED_S = 30
BARE = f'SELECT id, "_NAME", "_VALUE", "_TIMESTAMP", "_QUALITY" FROM "{TABLE}" WHERE id > ? ORDER BY id'


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """Of how many analyzers, for how many seconds it is followed, and how long nobody reads it then."""

    analyzers: int
    seconds: int
    outage_minutes: float


@dataclass(slots=True)
class Spent:
    """Processor and wall time of some looks."""

    cpu_s: float = 0.0
    walls_s: list[float] = field(default_factory=list)
    rows: int = 0
    readings: int = 0

    @property
    def wall_s(self) -> float:
        return sum(self.walls_s)


class Plant:
    """The devices, what logs them, and the one that reads the log; both by a clock that moves when told."""

    def __init__(self, folder: Path, analyzers: int) -> None:
        site = large_site(analyzers, PORT_BASE)
        books, log = (f"sqlite:///{(folder / name).as_posix()}" for name in ("books.db", "log.db"))
        make_database(books, site, {})
        self.clock = ManualClock()
        self.books, self.log = Database(books, self.clock), Database(log, self.clock)
        self.file = folder / "log.db"
        self._devices = [SimulatedAnalyzer(each, self.clock.monotonic()) for each in site.devices]
        for device in self._devices:
            device.begin_at(5_000_000.0, 1_000_000.0)
            device.draw(Load((500.0, 400.0, 300.0), (50.0, 40.0, 30.0)), grid_supply(1, 0))
        self._metering, self._history = self._logger(METERING_TAGS), self._logger(HISTORY_TAGS)
        self._metering.prepare()
        self._second = 0
        with self.books.reading() as conn:
            self._site = load_site(conn, find_site(conn, None))
        form = LogForm(tags=ALL_TAGS)
        items = Sampler(self._devices, self.clock, form).items
        map_log(self.books, self._site.site_id, items, table=TABLE, interval_s=INTERVAL_S)
        self.feed = KepwareFeed(self.books, self.log, self.clock, self._site.site_id, HISTORY_S, {})
        self.feed.change(
            Target(analyzer_id=key, host="", feed=Feed.KEPWARE, serial_number=each.serial_number or "")
            for key, each in self._site.analyzers.items()
        )

    def close(self) -> None:
        self.books.close()
        self.log.close()

    def go(self) -> None:
        """A second passes, and what is due is logged."""
        self.clock.advance(1.0)
        self._second += 1
        if self._second % INTERVAL_S == 0:
            self._metering.sample()
        if self._second % HISTORY_INTERVAL_S == 0:
            self._history.sample()
        self._metering.write()
        self._history.write()

    def look(self, spent: Spent) -> int:
        """One look of the feed; answers how many readings it made."""
        cpu_s, wall_s = time.process_time(), time.perf_counter()
        self.feed.look()
        taken = len(self.feed.take())
        spent.walls_s.append(time.perf_counter() - wall_s)
        spent.cpu_s += time.process_time() - cpu_s
        spent.readings += taken
        return taken

    def _logger(self, tags: tuple[Tag, ...]) -> DataLogger:
        target = LogTarget(database=self.log, table=TABLE, form=LogForm(tags=tags))
        return DataLogger(self._devices, self.clock, target)


def measure(log: Log) -> Iterator[str]:
    """Lines of figures."""
    with tempfile.TemporaryDirectory() as folder:
        plant = Plant(Path(folder), log.analyzers)
        with closing(plant), closing(sqlite3.connect(plant.file)) as bare:
            yield f"{log.analyzers} analyzers, all tags of the project, logged every {INTERVAL_S} s"
            yield from _followed(plant, bare, log.seconds)
            yield from _caught_up(plant, bare, log.outage_minutes)


def _followed(plant: Plant, bare: sqlite3.Connection, seconds: int) -> Iterator[str]:
    for _second in range(SETTLED_S):
        plant.go()
        plant.look(Spent())
    spent, least = Spent(), Spent()
    for _second in range(seconds):
        newest_id = _newest_id(bare)
        plant.go()
        plant.look(spent)
        _read_bare(bare, newest_id, least)
    busy = sorted(spent.walls_s)[-max(1, seconds // INTERVAL_S) :]
    yield (
        f"{least.rows / seconds:.0f} rows and {spent.readings / seconds:.0f} readings a second of log: "
        f"{spent.cpu_s / seconds * 1000:.1f} ms of processor, {spent.wall_s / seconds * 1000:.1f} ms by the clock"
    )
    yield (
        f"a look that finds rows takes {median(busy) * 1000:.0f} ms in the median, {_p99(busy) * 1000:.0f} at p99: "
        f"{least.rows / spent.wall_s:.0f} rows a second; what is written is read within 1 s and that"
    )
    yield (
        f"the same rows by bare sqlite3: {least.cpu_s / seconds * 1000:.1f} ms of processor a second of log; "
        f"the ingest takes {spent.cpu_s / least.cpu_s:.1f} x"
    )


def _caught_up(plant: Plant, bare: sqlite3.Connection, minutes: float) -> Iterator[str]:
    newest_id = _newest_id(bare)
    for _second in range(round(minutes * 60)):
        plant.go()
    spent, least = Spent(), Spent()
    _read_bare(bare, newest_id, least)
    looks_empty = 0
    while looks_empty < 2:
        looks_empty = 0 if plant.look(spent) else looks_empty + 1
    yield (
        f"{minutes:g} minutes that nobody read, {least.rows} rows: read in {spent.wall_s:.1f} s "
        f"({spent.cpu_s:.1f} s of processor: {minutes * 60 / spent.cpu_s:.0f} x as fast as they were logged), "
        f"as {spent.readings} readings; bare sqlite3 reads them in {least.cpu_s:.1f} s of processor"
    )


def _read_bare(bare: sqlite3.Connection, newest_id: int, spent: Spent) -> None:
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    rows = bare.execute(BARE, (newest_id,))
    while found := rows.fetchmany(20_000):
        spent.rows += len(found)
    spent.walls_s.append(time.perf_counter() - wall_s)
    spent.cpu_s += time.process_time() - cpu_s


def _newest_id(bare: sqlite3.Connection) -> int:
    [newest_id] = bare.execute(f'SELECT max(id) FROM "{TABLE}"').fetchone()
    return int(newest_id or 0)


def _p99(values: list[float]) -> float:
    return quantiles(values, n=100)[-1] if len(values) > 1 else values[0]
