"""A simulated site that Kepware reads: a DataLogger writes what the devices answer into a log table, row by row."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from enforcer.feeds import Feeds, known_of
from enforcer.kepware.feed import KepwareFeed
from enforcer.link import Link, Target
from enforcer.link_state import LinkState, Totals
from enforcer.slots import Tally
from enforcer.take_over import TakenOver
from enforcer.visits import Visited
from prepaid.kepware.log import Shape, Stamps
from prepaid.kepware.tags import COUNTERS, REQUIRED, units
from prepaid.records import Feed, Reading
from sql.connection import Database
from sql.tables import analyzers, kepware_groups, kepware_log, kepware_tags
from tests.simulation.polling import SimulatedPolling

T = TypeVar("T")
Row = dict[str, Any]
LOGGED = (*REQUIRED, "voltage_l1_n_v", "voltage_l2_n_v", "voltage_l3_n_v", "frequency_hz")
INTERVAL_MS = 5_000
GOOD = 192


class DataLogger:
    """One log group for all analyzers of the site. `fate` is what becomes of the rows of a moment; while it is
    `holding` they are stored, and forwarded when it is over."""

    def __init__(self, database: Database, site_id: int, zone: ZoneInfo | None = None) -> None:
        self.database = database
        self.fate: Callable[[list[Row]], list[Row]] = list
        self.holding = False
        self._held: list[Row] = []
        self._zone = zone
        with database.writing() as conn:
            inserted = conn.execute(kepware_groups.insert().values(**_group(site_id, zone)))
            assert inserted.inserted_primary_key is not None, "the database numbers rows"
            group_id = inserted.inserted_primary_key[0]
            conn.execute(analyzers.update().values(feed=Feed.KEPWARE))
            for analyzer_id in conn.scalars(analyzers.select().with_only_columns(analyzers.c.id)).all():
                conn.execute(
                    kepware_tags.insert(),
                    [
                        {
                            "group_id": group_id,
                            "analyzer_id": analyzer_id,
                            "parameter": name,
                            "tag": tag_of(analyzer_id, name),
                            "unit": units(name)[0],
                        }
                        for name in LOGGED
                    ],
                )

    def log(self, readings: Iterable[Reading]) -> None:
        """Writes a row for each tag of these readings."""
        rows = [*self._held, *self.fate([row for reading in readings for row in self._rows(reading)])]
        if self.holding:
            self._held = rows
            return
        self._held = []
        if rows:
            with self.database.writing() as conn:
                conn.execute(kepware_log.insert(), rows)

    def _rows(self, reading: Reading) -> Sequence[Row]:
        values = {**reading.measures._asdict(), **reading.status._asdict(), **reading.energies._asdict()}
        return [
            {
                "_NAME": tag_of(reading.analyzer_id, name),
                "_VALUE": str(values[name]),
                "_TIMESTAMP": self._stamp(reading.read_at),
                "_QUALITY": GOOD,
            }
            for name in LOGGED
        ]

    def _stamp(self, at: datetime) -> datetime:
        return at.replace(tzinfo=None) if self._zone is None else at.astimezone(self._zone).replace(tzinfo=None, fold=0)


class LoggedPolling:
    """As `Feeds` of a site whose analyzers are all read from Kepware; `poll` is what Kepware and the ingest do."""

    def __init__(self, inner: SimulatedPolling, logger: DataLogger, taken: TakenOver, database: Database) -> None:
        self.inner = inner
        self._logger = logger
        state, clock = taken.state, taken.clock
        history_s = float(state.site.settings.history_interval_s)
        known = known_of(state.site, state.books)
        self._feed = KepwareFeed(database, logger.database, clock, state.site.site_id, history_s, known)
        self.feeds = Feeds(_Visiting(inner), self._feed, state.targets)

    async def poll(self) -> None:
        """Kepware reads and logs, the enforcer ingests."""
        await self.inner.poll()
        self._logger.log(self.inner.take())
        self._feed.look()


class _Visiting:
    """The poller of a site on which nothing is polled: it lends links, and knows who answered last."""

    def __init__(self, inner: SimulatedPolling) -> None:
        self._inner = inner

    def start(self) -> None:
        """The simulation polls when it is told to."""

    def stop(self) -> None:
        """It ends with the simulation."""

    @property
    def running(self) -> bool:
        return True

    def take(self) -> list[Reading]:
        return []

    def links(self) -> dict[int, LinkState]:
        return {}

    def totals(self) -> Totals:
        return self._inner.totals()._replace(analyzers=0, connecting=0, answering=0, failing=0, reads=Tally(0, 0, 0, 0))

    def visited(self) -> dict[int, Visited]:
        return {
            key: Visited(link.serial_number, None, 1) for key, link in self._inner.links().items() if link.serial_number
        }

    def change(self, targets: Iterable[Target]) -> None:
        self._inner.change(targets)

    def submit(self, analyzer_id: int, action: Callable[[Link], Awaitable[T]]) -> Future[T]:
        return self._inner.submit(analyzer_id, action)


def tag_of(analyzer_id: int, name: str) -> str:
    """As Kepware names it: channel, device, tag."""
    return f"Modbus.Meter{analyzer_id}.{name}"


def is_counter(row: Row) -> bool:
    """Whether the row is one of an import counter."""
    return str(row["_NAME"]).rpartition(".")[2] in COUNTERS


def _group(site_id: int, zone: ZoneInfo | None) -> dict[str, Any]:
    return {
        "site_id": site_id,
        "name": "Log",
        "table_schema": None,
        "table_name": kepware_log.name,
        "shape": Shape.NARROW,
        "id_column": "id",
        "tag_column": "_NAME",
        "value_column": "_VALUE",
        "stamp_column": "_TIMESTAMP",
        "quality_column": "_QUALITY",
        "stamps": Stamps.UTC if zone is None else Stamps.LOCAL,
        "time_zone": None if zone is None else zone.key,
        "interval_ms": INTERVAL_MS,
        "created_at": datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC")),
    }
