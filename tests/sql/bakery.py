"""A bakery under a lease: where the tests of facts, supply changes and open wishes play."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from prepaid.supply import Reason, decide
from prepaid.switching import SupplyState
from sql.connection import Database
from sql.facts import Fresh, look_again
from sql.leases import Lease, acquire
from sql.tables import analyzer_states, analyzers
from tests.building import MORNING, Building, Person

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Scene:
    """A bakery with two analyzers, one of them about to be switched under a lease."""

    building: Building
    bakery: Person
    oven: int
    shop: int
    lease: Lease

    def look(self, now: datetime = MORNING, **state: Any) -> Fresh:
        with self.building.database.reading() as conn:
            fresh = look_again(conn, self.lease, self.oven, SupplyState(**state), now)
        assert fresh is not None, "the analyzer belongs to the bakery"
        return fresh

    def reason(self) -> Reason:
        return decide(self.look().facts).reason

    def run(self, statement: sa.Update) -> None:
        with self.building.database.writing() as conn:
            conn.execute(statement)


def bakery_scene(database: Database) -> Scene:
    """The oven and the shop each have open ground of 10 kWh."""
    building = Building(database)
    bakery = building.tenant("Bakery", opening="9", emergency_credit="2", restore_threshold="1")
    building.recharge(bakery, "1", "first")
    oven, shop = (building.analyzer(name, bakery) for name in ("Oven", "Shop"))
    for analyzer_id in (oven, shop):
        building.use(building.begin(analyzer_id).grid_id, 10_000)
    with database.writing() as conn:
        for row in conn.execute(sa.select(analyzers.c.id, analyzers.c.serial_number)).all():
            answered = analyzer_states.update().where(analyzer_states.c.analyzer_id == row.id)
            conn.execute(answered.values(serial_number=row.serial_number))
        lease = acquire(conn, building.site_id, "me", MORNING, timedelta(seconds=10))
    return Scene(building, bakery, oven, shop, lease)
