"""One enforcer over a small simulated site, pass after pass, without a fate and without an oracle."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from prepaid.alerts import AlertKind
from prepaid.switching import Supply
from sql.tables import alerts, supply_states
from tests.databases import new_database
from tests.simulation.logged import DataLogger
from tests.simulation.loop import SimulatedLoop
from tests.simulation.node import Node
from tests.simulation.plan import TenantPlan, plan_of
from tests.simulation.world import World, build, new_clock

PASS_S = 5.0
LEASE_OVER_S = 15.0


class SmallSite:
    """A tenant with one analyzer, `shop`, and another one of the house."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.person = world.tenants[0].person
        self.shop, self.house = (each.analyzer_id for each in world.installed)
        self._node: Node | None = None
        self._starts = 0

    def run(self, seconds: float, every_s: float = PASS_S) -> None:
        """Passes over so long a time."""
        node = self.node
        for _ in range(round(seconds / every_s)):
            node.work()
            node.await_until(self.world.loop.time() + every_s)
            self.world.feed()

    @property
    def node(self) -> Node:
        """The enforcer, which begins when it is needed."""
        return self._node or self._start()

    def die(self) -> None:
        """The process of the enforcer is gone, whatever it was doing, and its lease runs out; the next one begins when
        it is needed."""
        self.world.loop.end()
        self.node.die()
        self._node = None
        self.world.loop.pass_until(self.world.loop.time() + LEASE_OVER_S)

    def stop(self) -> None:
        """The enforcer ends."""
        if self._node is not None:
            self._node.stop()
        self._node = None

    def restart(self) -> None:
        """The enforcer ends, and another one begins after half a minute; its first pass comes before any reading."""
        self.stop()
        self.world.loop.pass_until(self.world.loop.time() + 30)
        self._start().worker.run_pass()

    def write(self, statement: sa.Update | sa.Insert) -> None:
        """Something changes in the database."""
        with self.world.database.writing() as conn:
            conn.execute(statement)

    def rows(self, question: sa.Select[Any]) -> list[Any]:
        with self.world.database.reading() as conn:
            return list(conn.execute(question).all())

    def told(self, kind: AlertKind) -> list[Any]:
        """The alerts of a kind, ended or not."""
        return self.rows(sa.select(alerts).where(alerts.c.kind == kind).order_by(alerts.c.id))

    def supply(self) -> Supply:
        """Of the shop, as the enforcer holds it true."""
        [row] = self.rows(sa.select(supply_states.c.supply).where(supply_states.c.analyzer_id == self.shop))
        return Supply(row.supply)

    def _start(self) -> Node:
        self._node = Node(self.world, self._starts)
        self._starts += 1
        return self._node


@contextmanager
def small_site(
    folder: Path,
    migrated_file: Path,
    credit_h: float,
    *,
    logged: bool = False,
    begins_at: datetime | None = None,
    time_zone: str | None = None,
) -> Iterator[SmallSite]:
    """With credit for so many hours of the rated load; polled, or read by a Kepware that logs local stamps."""
    plan = plan_of(1, days=0.1, hardness=0).with_happenings([])
    shop = replace(plan.analyzers[0], tenant=0, grid_wh=20_000.0, generator_wh=5_000.0)
    tenant = TenantPlan(opening_h=credit_h, emergency_credit_h=0.0, restore_threshold_h=0.0)
    plan = replace(plan, tenants=(tenant,), analyzers=(shop, replace(shop, tenant=None)), no_cut=())
    plan = replace(plan, begins_at=begins_at or plan.begins_at, time_zone=time_zone or plan.time_zone)
    clock = new_clock(plan.begins_at)
    loop = SimulatedLoop(clock)
    made = SmallSite(build(plan, new_database(folder, migrated_file, clock), clock, loop))
    if logged:
        building = made.world.building
        made.world.logger = DataLogger(building.database, building.site_id, ZoneInfo(plan.time_zone))
    try:
        yield made
    finally:
        made.stop()
        made.world.database.close()
        loop.close()
