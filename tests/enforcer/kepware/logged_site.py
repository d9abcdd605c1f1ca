"""A site with one analyzer whose values stand in the landing table, for tests of the feed without devices."""

from dataclasses import dataclass, field
from typing import Any

from enforcer.kepware.feed import KepwareFeed
from enforcer.link import Target
from prepaid.clock import ManualClock
from prepaid.kepware.log import LogTable, Shape, Stamps
from prepaid.kepware.tags import REQUIRED, MappedTag, units
from prepaid.records import Feed, Role
from sql.connection import Database
from sql.kepware.mapping import GroupFacts, save_log
from sql.tables import kepware_log
from tests.building import Building
from tests.signed_in import signed_in

TABLE = LogTable(
    schema=None,
    name="KepwareLog",
    shape=Shape.NARROW,
    id_column="id",
    tag_column="_NAME",
    value_column="_VALUE",
    stamp_column="_TIMESTAMP",
    quality_column="_QUALITY",
)


@dataclass
class LoggedSite:
    """The analyzer `meter`, mapped or not, and a clock that moves when told."""

    database: Database
    clock: ManualClock
    purge_after_h: int | None = None
    building: Building = field(init=False)
    meter: int = field(init=False)
    moments: int = 0

    def __post_init__(self) -> None:
        self.building = Building(self.database, at=self.clock.now())
        self.meter = self.building.analyzer("Bakery", None, serial_number="LQN/1")

    def map(self) -> None:
        """The tags of the meter are mapped."""
        facts = GroupFacts(
            name="Metering",
            table=TABLE,
            stamps=Stamps.UTC,
            time_zone=None,
            decimal_comma=False,
            interval_ms=5_000,
            purge_after_h=self.purge_after_h,
        )
        tags = [MappedTag(tag(name), self.meter, name, units(name)[0]) for name in REQUIRED]
        admin = signed_in(self.database, Role.ADMIN)
        save_log(self.database, admin, self.building.site_id, None, facts, {self.meter: tags})

    def log(self, **changes: Any) -> None:
        """Five seconds pass, and a moment is logged; `changes` are columns of all of its rows."""
        self.clock.advance(5)
        self.moments += 1
        values = {name: 1000 + self.moments if name.endswith("_wh") else self.moments for name in REQUIRED}
        rows = [
            {
                "_NAME": tag(name),
                "_VALUE": str(value),
                "_TIMESTAMP": self.clock.now().replace(tzinfo=None),
                "_QUALITY": 192,
                **changes,
            }
            for name, value in values.items()
        ]
        with self.database.writing() as conn:
            conn.execute(kepware_log.insert(), rows)

    def feed(self, books: Database | None = None, log: Database | None = None) -> KepwareFeed:
        """A feed that follows the meter; it looks when it is told to. `books` and `log`: other doors to the product's
        own database and to that of the log."""
        site_id = self.building.site_id
        found = KepwareFeed(books or self.database, log or self.database, self.clock, site_id, 60.0, {})
        found.change([self.target()])
        return found

    def target(self, feed: Feed = Feed.KEPWARE) -> Target:
        return Target(analyzer_id=self.meter, host="192.0.2.1", feed=feed, serial_number="LQN/1")

    def keep(self, feed: KepwareFeed) -> list[Any]:
        """What a pass does in its transaction; answers the alerts."""
        with self.database.writing() as conn:
            told = feed.keep(conn, self.building.load(), self.clock.now())
        feed.kept()
        return told


def tag(name: str) -> str:
    """As Kepware names it."""
    return f"PAC.Bakery.{name}"
