"""A small site that Kepware reads: a DataLogger with its fate beside the devices, and an enforcer over its table."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from enforcer.simulator.data_logger.fate import Delivery, LogFate
from enforcer.simulator.data_logger.form import LogForm
from enforcer.simulator.data_logger.logger import DataLogger as Beside
from enforcer.simulator.data_logger.logger import LogTarget
from prepaid.clock import Clock
from prepaid.records import SOURCES, Reading, Source
from sql.connection import Database
from sql.demo.data_logger import LogTable
from sql.tables import charges
from tests.mapping import map_log
from tests.simulation.database import Dooms, SimulatedDatabase
from tests.simulation.logged import DataLogger
from tests.simulation.small_site import SmallSite, small_site
from tests.simulation.world import World
from tests.story.rows import registered_wh, used_wh

TABLE = "Site_Log"
SETTLED_S = 240.0
"""Behind the last fault: what was stored arrives, what waits has waited, and a doubt is over."""


class ApartClock:
    """The clock of another machine: it goes as the first one, and may be set."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.ahead = timedelta()

    def now(self) -> datetime:
        return self._clock.now() + self.ahead

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def uptime(self) -> float:
        return self._clock.uptime()


class FatedLogger(DataLogger):
    """Logs what a KEPServerEX would log of the devices, with its fate, instead of what they answered to polls."""

    def __init__(self, world: World, form: LogForm, database: Database) -> None:
        self.database = database
        self.machine = ApartClock(world.clock)
        self.beside = Beside(
            [each.device for each in world.installed],
            self.machine,
            LogTarget(database=database, table=TABLE, form=form),
        )
        self.beside.prepare()
        map_log(
            world.database,
            world.building.site_id,
            self.beside.items,
            table=TABLE,
            interval_s=form.interval_s,
            zone=form.zone_name,
            wide=form.wide,
            kilo=form.kilo,
        )
        self._form = form
        self._clock = world.clock
        self._due_s = world.clock.monotonic()

    def log(self, _readings: Iterable[Reading]) -> None:
        """At each static interval."""
        if self._clock.monotonic() >= self._due_s:
            self._due_s += self._form.interval_s
            self.beside.sample()
            self.beside.write()


class LoggedSite:
    """`small` is the site; its shop is the analyzer that is looked at."""

    def __init__(self, small: SmallSite, form: LogForm, log_database: Database | None = None) -> None:
        self.small = small
        self.form = form
        self.world = small.world
        self.fated = FatedLogger(small.world, form, log_database or small.world.database)
        self.world.logger = self.fated

    @property
    def delivery(self) -> Delivery:
        """On which the rows of the log are on their way."""
        return self.fated.beside.delivery

    def suffer(self, fate: LogFate) -> None:
        """From now on the log has this fate."""
        with self.fated.database.reading() as conn:
            newest_id = int(conn.scalar(sa.select(sa.func.max(LogTable(TABLE).table.c.id))) or 0)
        self.fated.beside.delivery = Delivery(fate, wide=self.form.wide, next_id=newest_id + 1)

    def settle(self) -> None:
        """Nothing goes wrong any more and nothing is drawn, until the books know everything."""
        self.delivery.calm()
        self.draw(0.0)
        self.small.run(SETTLED_S)

    def draw(self, share: float) -> None:
        """What the consumers of both analyzers want of their rated power."""
        for each in self.world.installed:
            each.demand = share
        self.world.feed()

    def run_generator(self, runs: bool) -> None:
        """An outage begins or ends."""
        self.world.advance_devices()
        self.world.outages = int(runs)
        for each in self.world.installed:
            each.device.run_generator(runs)
        self.world.feed()

    def set_clocks(self, *, kepware_s: float = 0.0, enforcer_s: float = 0.0) -> None:
        """Somebody sets the clock of the one machine or of the other forward; below 0: back. Both are one machine where
        they are set by the same."""
        self.world.clock.step(enforcer_s)
        self.fated.machine.ahead += timedelta(seconds=kepware_s - enforcer_s)

    def used(self) -> dict[Source, int]:
        """Wh that are charged or unbilled, of the shop."""
        with self.world.database.reading() as conn:
            return {source: used_wh(conn, self.small.shop, source) for source in SOURCES}

    def registered(self) -> dict[Source, int]:
        """Wh that the device itself counted since its first base, of the shop."""
        device = self.world.installed[0].device
        device.advance(self.world.clock.monotonic())
        with self.world.database.reading() as conn:
            return {
                source: registered_wh(conn, self.small.shop, source, device.counters.import_wh()) for source in SOURCES
            }

    def smallest_charge_wh(self) -> int:
        """Of all analyzers; 0 where nothing was charged."""
        with self.world.database.reading() as conn:
            return int(conn.scalar(sa.select(sa.func.min(charges.c.wh))) or 0)


@contextmanager
def logged_site(
    folder: Path, migrated_file: Path, form: LogForm, credit_h: float = 100.0, begins_at: datetime | None = None
) -> Iterator[LoggedSite]:
    """Calm, and read for a minute: its bases are open."""
    with small_site(folder, migrated_file, credit_h, begins_at=begins_at) as small:
        yield _begun(LoggedSite(small, form))


@contextmanager
def site_with_a_log_apart(folder: Path, migrated_file: Path) -> Iterator[tuple[LoggedSite, SimulatedDatabase]]:
    """The same, ten minutes before an hour, with a log in a file of its own, which may be away by itself."""
    begins_at = datetime(2026, 1, 5, 8, 49, tzinfo=UTC)
    with small_site(folder, migrated_file, credit_h=100.0, begins_at=begins_at, time_zone="UTC") as small:
        log = SimulatedDatabase(f"sqlite:///{(folder / 'log.db').as_posix()}", small.world.clock, Dooms())
        yield _begun(LoggedSite(small, LogForm(), log)), log
        log.close()


def _begun(site: LoggedSite) -> LoggedSite:
    site.draw(0.5)
    site.small.run(60)
    return site
