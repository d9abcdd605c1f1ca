"""A hundred tenants run out in the same pass, as by a wrong price: held, released by a person, cut, and back again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from enforcer.loop import Enforcer
from enforcer.simulator.thread import SimulatorThread
from prepaid.alerts import AlertKind
from prepaid.clock import SystemClock
from prepaid.records import EntryKind, Purpose, Role, Wiring
from prepaid.supply import Answer
from prepaid.switching import Supply
from sql.check import check
from sql.connection import Database
from sql.demo.site import demo_site
from sql.guard import guarded_accounts
from sql.guard_releases import release
from sql.tables import alerts, supply_changes, supply_states
from tests.building import Building, Person
from tests.signed_in import signed_in
from tests.story.installed import move_in
from tests.story.running import running
from tests.story.world import GENERATOR_PRICE, GRID_PRICE, until

TENANTS = 100
CREDIT, DEBT = "1000", "-1001"
PROMISED_CUT_S = 10.0
PACE_PER_S = 5
RESTART_S = 20.0


@dataclass
class Mall:
    """A hundred tenants with one analyzer each, on real sockets."""

    building: Building
    simulator: SimulatorThread
    people: list[Person]
    devices: list[int]

    @property
    def database(self) -> Database:
        return self.building.database

    @contextmanager
    def enforcer(self) -> Iterator[Enforcer]:
        """An enforcer in a thread of this process; behind it everything of the run is forgotten."""
        with running(self.database, SystemClock()) as made:
            yield made

    def held(self) -> frozenset[int]:
        with self.database.reading() as conn:
            return guarded_accounts(conn, self.building.site_id)

    def supplies(self, supply: Supply) -> int:
        """How many supplies are so, as their devices confirmed it."""
        of = supply_states.c.supply == supply
        with self.database.reading() as conn:
            return int(conn.scalar(sa.select(sa.func.count()).select_from(supply_states).where(of)) or 0)

    def connected(self) -> int:
        """How many contactors conduct."""
        return sum(self.simulator.connected(number) for number in self.devices)

    def every(self, condition: Callable[[], int], what: str, patience_s: float) -> float:
        return until(lambda: condition() == TENANTS, what, patience_s)


@contextmanager
def mall(database: Database) -> Iterator[Mall]:
    with SimulatorThread(demo_site(130, seed=4)) as simulator:
        building = Building(
            database,
            at=SystemClock().now() - timedelta(minutes=1),
            grid_price=GRID_PRICE,
            generator_price=GENERATOR_PRICE,
            values={"connect_grid_per_s": str(PACE_PER_S)},
        )
        building.admin()
        tenants = [
            number
            for number, each in enumerate(simulator.site.devices)
            if each.purpose is Purpose.TENANT and each.wiring in (Wiring.HELD_ON_SUPPLY, Wiring.HELD_ON_CUT)
        ]
        devices = tenants[:TENANTS]
        people = [move_in(building, simulator, number, CREDIT) for number in devices]
        assert len(people) == TENANTS
        yield Mall(building, simulator, people, devices)


def _spend(crowd: Mall) -> None:
    """All credits end in one transaction, so in the same pass."""
    for person in crowd.people:
        crowd.building.post(person, EntryKind.FEE, DEBT)


@pytest.mark.slow
def test_a_hundred_are_held_released_cut_in_time_and_restored_at_the_pace_of_the_queue(database: Database) -> None:
    with mall(database) as crowd:
        with crowd.enforcer():
            crowd.every(lambda: crowd.supplies(Supply.ON), "all supplies are seen to be on", 60)
            _spend(crowd)
            crowd.every(lambda: len(crowd.held()), "the guard holds all of them", 30)
        with crowd.enforcer() as second:
            passes = _passes(second) + 4
            until(lambda: _passes(second) >= passes, "another process has made some passes")
            on_while_held = crowd.connected()
            admin = signed_in(database, Role.ADMIN)
            released = release(
                database, admin, crowd.building.site_id, [each.account_id for each in crowd.people], "it is right"
            )
            cut_s = crowd.every(lambda: crowd.supplies(Supply.CUT), "all are confirmed cut", 60)
            conducting = crowd.connected()
            for number, person in enumerate(crowd.people):
                crowd.building.recharge(person, "5000", f"paid {number}")
            until(lambda: crowd.supplies(Supply.ON) >= TENANTS // 4, "a quarter is back", 60)
        with crowd.enforcer():
            crowd.every(lambda: crowd.supplies(Supply.ON), "nobody is forgotten", 120)
        connected = crowd.connected()

    assert released == on_while_held == connected == TENANTS
    assert conducting == 0
    assert cut_s <= PROMISED_CUT_S
    assert _alarms(database) == 1
    assert _most_in_a_second(database) <= 2 * PACE_PER_S
    assert check(database, everything=True) == []


def _passes(enforcer: Enforcer) -> int:
    last = enforcer.worker.last
    return 0 if last is None else last.number


def _alarms(database: Database) -> int:
    of = alerts.c.kind == AlertKind.GUARD
    with database.reading() as conn:
        return int(conn.scalar(sa.select(sa.func.count()).select_from(alerts).where(of)) or 0)


def _most_in_a_second(database: Database) -> int:
    """How many supplies at most were switched on within any second, as confirmed by their devices."""
    question = sa.select(supply_changes.c.confirmed_at).where(
        supply_changes.c.wanted == Answer.ON, supply_changes.c.confirmed_at.is_not(None)
    )
    with database.reading() as conn:
        found: list[datetime] = sorted(conn.scalars(question))
    second = timedelta(seconds=1)
    return max(sum(begin <= at < begin + second for at in found) for begin in found)
