"""The books of a small site in a database, written pass after pass as the enforcer does."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from enforcer.accept import accept
from enforcer.charge import bill
from enforcer.holds import held, spoken
from enforcer.store import store
from prepaid.alerts import AlertKind
from prepaid.books import Book
from prepaid.records import Reading
from prepaid.site import Site
from sql.alerts import raise_alert
from sql.connection import Database
from sql.events import record
from sql.metering import load_books
from sql.releases import take_releases
from tests.building import Building, Person
from tests.enforcer.site_of_rules import STARTED_S, read


@dataclass(slots=True)
class Store:
    """Pass after pass over one oven, written to the database as the enforcer writes them."""

    building: Building
    bakery: Person
    florist: Person
    oven: int
    books: dict[int, Book] = field(default_factory=dict)
    kinds: list[AlertKind] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)

    def run(self, *readings: Reading, serial_number: str | None = None, site: Site | None = None) -> None:
        """One pass over the readings, which are those of the oven, or of whoever answers in its place. `site` is as the
        pass knows it, where somebody has changed it since."""
        site = site or self.building.load()
        serial_number = serial_number or site.analyzers[self.oven].serial_number or ""
        mine = [reading._replace(analyzer_id=self.oven, serial_number=serial_number) for reading in readings]
        judged = accept(site, self.books, mine, STARTED_S)
        made = bill(site, judged, trusted=True)
        now = readings[-1].read_at
        with self.building.database.writing() as conn:
            changed, alerts, events = store(conn, site, judged, made, self.books, mine, now)
            record(conn, "enforcer:1", events, now)
            for alert in alerts:
                raise_alert(conn, alert, now)
        self.books = {**self.books, **changed}
        self.kinds += [alert.kind for alert in alerts]
        self.actions += [event.action for event in events]

    def listen(self, at: datetime) -> None:
        """What people said is read, as in the transaction of a pass."""
        with self.database.writing() as conn:
            words = take_releases(conn, self.building.site_id, held(self.books), at)
        self.books = dict(spoken(self.books, words))

    def restart(self) -> None:
        """The enforcer was killed: only what is in the database is known."""
        site = self.building.load()
        with self.building.database.reading() as conn:
            self.books = load_books(conn, site.analyzers, site.site_id)

    @property
    def database(self) -> Database:
        return self.building.database

    def rows(self, table: sa.Table) -> Sequence[sa.Row[tuple[object, ...]]]:
        with self.database.reading() as conn:
            return conn.execute(sa.select(table).order_by(*table.primary_key)).all()


def stored(database: Database, name: str = "Corner House", first_wh: int = 1000) -> Store:
    """A bakery with an oven that was read for the first time."""
    building = Building(database, name=name)
    bakery, florist = building.tenant("Bakery", opening="100"), building.tenant("Florist")
    made = Store(building=building, bakery=bakery, florist=florist, oven=building.analyzer("Oven", bakery))
    made.run(read(-10, first_wh))
    made.run(read(-5, first_wh))
    return made
