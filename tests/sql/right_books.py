"""Right books in a file of their own, and the way to tamper with them by raw SQL."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from prepaid.alerts import AlertKind
from prepaid.clock import ManualClock
from prepaid.records import EntryKind
from prepaid.supply import Answer, Decision, Reason
from prepaid.switching import Evidence, Look, Progress
from sql import check
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from sql.events import Event, record
from sql.supply_changes import save_change, start_change
from tests.building import MORNING, Building, Person

WRITER = "enforcer:1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Books:
    """A database with right books, and the way to tamper with them."""

    database: Database
    bakery: Person
    florist: Person
    grid_base_id: int
    change_id: int

    def tamper(self, *statements: str) -> None:
        """Does what the database's own rules would forbid."""
        path = self.database.url.database
        assert path is not None, "tampering needs a file"
        with closing(sqlite3.connect(path)) as raw:
            raw.execute("PRAGMA ignore_check_constraints=ON")
            for statement in statements:
                raw.execute(statement)
            raw.commit()

    def names(self, *, everything: bool = True) -> set[str]:
        return {breach.name for breach in check.check(self.database, everything)}


def write_right_books(migrated_file: Path, path: Path) -> Books:
    """Two tenants who recharge and consume on both sources, a handover of one analyzer, a cut with alert and event."""
    shutil.copyfile(migrated_file, path)
    database = opened(path)
    building = Building(database)
    assert check.check(database) == []  # what follows comes after the last proof
    bakery, florist = building.tenant("Bakery", opening="50"), building.tenant("Florist")
    oven, shop = building.analyzer("Oven", bakery), building.analyzer("Shop", florist)
    ovens, shops = building.begin(oven, grid_wh=1_000_000), building.begin(shop, grid_wh=77)
    for hour in range(1, 7):
        at = MORNING + timedelta(hours=hour)
        building.charge(bakery, ovens.grid_id, 1_000 + hour, at)
        building.charge(florist, shops.generator_id if hour % 3 == 0 else shops.grid_id, 300, at)
    building.recharge(bakery, "10", "r1")
    building.recharge(florist, "25.5", "r2")
    building.post(florist, EntryKind.FEE, "-1.25")
    building.charge(florist, ovens.grid_id, 500, MORNING + timedelta(hours=7))
    building.use(shops.grid_id, 40, MORNING + timedelta(hours=7))
    change_id = _cut(building, bakery, oven)
    database.close()
    return Books(database=database, bakery=bakery, florist=florist, grid_base_id=ovens.grid_id, change_id=change_id)


def copy_of(right: Books, path: Path) -> Books:
    """The same books in another file."""
    original = right.database.url.database
    assert original is not None, "they lie in a file"
    shutil.copyfile(original, path)
    return replace(right, database=opened(path))


def opened(path: Path) -> Database:
    return Database(f"sqlite:///{path.as_posix()}", ManualClock(wall=MORNING + timedelta(hours=30)))


def _cut(building: Building, person: Person, analyzer_id: int) -> int:
    """A supply change as the enforcer writes it: confirmed, with its alert and its event."""
    at = MORNING + timedelta(hours=26)
    with building.database.writing() as conn:
        change = start_change(
            conn,
            site_id=building.site_id,
            analyzer_id=analyzer_id,
            account_id=person.account_id,
            serial_number="LQN/1",
            decision=Decision(Answer.CUT, Reason.OUT_OF_CREDIT),
            live=Decimal(-1),
            entry_no=3,
            wish_id=None,
            lock_id=None,
            before=Look(1, 0, (0.0, 0.0, 0.0), (230.0, 230.0, 230.0)),
            at=at,
        )
        save_change(conn, replace(change, progress=Progress.CONFIRMED), at=at, evidence=Evidence.NO_LOAD, ended=True)
        alert = NewAlert(
            site_id=building.site_id,
            kind=AlertKind.CUT,
            cause=f"supply:{change.change_id}",
            account_id=person.account_id,
            analyzer_id=analyzer_id,
            details={},
        )
        raise_alert(conn, alert, at)
        told = Event(
            action="supply.cut.confirmed",
            actor="enforcer",
            subject=f"analyzer:{analyzer_id}",
            site_id=building.site_id,
            after={"change_id": change.change_id},
        )
        started = Event(action="enforcer.started", actor="enforcer", subject="site:1", site_id=building.site_id)
        record(conn, WRITER, [started, told], at)
    return change.change_id
