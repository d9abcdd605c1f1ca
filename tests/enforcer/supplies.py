"""The supply of a shop in a real database, pass after pass, with devices and looks made by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from enforcer.decide import Decided, decide_all, live_of, read_circumstances
from enforcer.plan_supply import Job, Plan, Seen, plan_supply
from enforcer.relay import Switched
from enforcer.settle import Outcome, settle_answer
from prepaid.alerts import AlertKind
from prepaid.records import EntryKind, Wiring
from prepaid.supply import Answer, Reason
from prepaid.switching import Evidence, Look, Supply, SupplyState
from sql.alerts import raise_alert
from sql.connection import Connection, Database
from sql.supply import load_supply, save_states
from sql.tables import supply_changes, supply_states, wishes
from tests.building import MORNING, Building, Person

LOAD_A = 20.0
PASS_S = 5.0


def look(*, output: bool, load_a: float = LOAD_A) -> Look:
    """What a device shows: its output 0, and the same current on every phase."""
    return Look(int(output), 0, (load_a,) * 3, (230.0,) * 3)


ON = look(output=True)
OFF = look(output=False, load_a=0.0)
BRIDGED = look(output=False)
"""The output is off and the load flows on: a welded contact or a bypass."""


@dataclass
class Supplies:
    """One shop with one analyzer whose output holds the supply on. A pass does what the enforcer's does with it."""

    building: Building
    shop: Person
    meter: int
    serial_number: str
    now: datetime = MORNING
    state: SupplyState = field(default_factory=SupplyState)
    decided: Decided | None = None
    alerts: list[tuple[AlertKind, dict[str, Any]]] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)

    @property
    def database(self) -> Database:
        return self.building.database

    def run(
        self,
        shows: Look,
        *,
        after_s: float = PASS_S,
        serial_number: str | None = None,
        restarted: bool = False,
        busy: bool = False,
        time_trusted: bool = True,
    ) -> list[Job]:
        """One pass in which the analyzer showed this; answers the frames to send."""
        self.now += timedelta(seconds=after_s)
        site, serial_number = self.building.load(), serial_number or self.serial_number
        before = {self.meter: self.state}
        with self.database.writing() as conn:
            circumstances = read_circumstances(conn, site, self.now, self.now, time_trusted=time_trusted)
            live = live_of(site, {}, circumstances)
            decided = decide_all(site, {}, before, {self.meter: serial_number}, live, circumstances)
            plan = plan_supply(
                conn,
                site,
                before,
                decided,
                {self.meter: Seen(look=shows, serial_number=serial_number, restarted=restarted)},
                frozenset({self.meter}) if busy else frozenset(),
                self.now,
                time_trusted=time_trusted,
            )
            self.decided = decided[self.meter]
            self.state = plan.states.get(self.meter, self.state)
            self._save(conn, plan.outcome, plan)
        return plan.jobs

    def answer(
        self,
        job: Job,
        *,
        written: bool = True,
        confirmed: bool = True,
        evidence: Evidence = Evidence.CURRENT,
        before: Look = ON,
        after: Look = OFF,
        error: str | None = None,
        after_s: float = 0.5,
    ) -> None:
        """The device answers a frame, or cannot be asked (`error`)."""
        self.now += timedelta(seconds=after_s)
        switched = Switched(written=written, confirmed=confirmed, evidence=evidence, before=before, after=after)
        outcome, site = Outcome(), self.building.load()
        with self.database.writing() as conn:
            self.state = settle_answer(
                conn,
                site,
                site.analyzers[self.meter],
                self.state,
                job.change.change_id,
                None if error else switched,
                error,
                self.now,
                outcome,
            )
            self._save(conn, outcome)

    def restart(self) -> None:
        """The enforcer was killed: only what is in the database is known."""
        with self.database.writing() as conn:
            self.state = load_supply(conn, self.building.site_id)[self.meter]

    def credit(self, amount: str) -> None:
        """An entry that changes the balance."""
        self.building.post(self.shop, EntryKind.CORRECTION, amount)

    def wish(self, kind: str, minutes: float = 9) -> int:
        return self.building.wish(kind, self.meter, self.now + timedelta(minutes=minutes), self.now)

    def pause(self, minutes: float) -> None:
        self.building.wish("pause", None, self.now + timedelta(minutes=minutes), self.now)

    def change(self, number: int = -1) -> Any:
        """The row of the newest supply change, or of an older one."""
        return self.changes()[number]

    def changes(self) -> Sequence[Any]:
        with self.database.reading() as conn:
            return conn.execute(sa.select(supply_changes).order_by(supply_changes.c.id)).all()

    def row(self) -> Any:
        """What stands in the database about the supply."""
        with self.database.reading() as conn:
            return conn.execute(sa.select(supply_states).where(supply_states.c.analyzer_id == self.meter)).one()

    def wish_state(self, wish_id: int) -> str:
        with self.database.reading() as conn:
            return str(conn.scalar(sa.select(wishes.c.state).where(wishes.c.id == wish_id)))

    @property
    def reason(self) -> Reason:
        """Why the newest decision is as it is."""
        assert self.decided is not None, "asked only after a pass"
        return self.decided.decision.reason

    @property
    def wanted(self) -> Answer:
        assert self.decided is not None, "asked only after a pass"
        return self.decided.decision.answer

    @property
    def kinds(self) -> list[AlertKind]:
        return [kind for kind, _details in self.alerts]

    def _save(self, conn: Connection, outcome: Outcome, plan: Plan | None = None) -> None:
        assert self.decided is not None, "an answer follows a pass"
        seen = self.state.supply if plan is None else plan.seen.get(self.meter, Supply.UNKNOWN)
        save_states(conn, {self.meter: (self.state, seen, self.decided.decision)}, self.now)
        for alert in outcome.alerts:
            if raise_alert(conn, alert, self.now):
                self.alerts.append((alert.kind, dict(alert.details)))
        self.actions += [event.action for event in outcome.events]


def supplies(database: Database, credit: str = "10", wiring: Wiring = Wiring.HELD_ON_SUPPLY) -> Supplies:
    """A shop whose supply was never looked at."""
    building = Building(database)
    shop = building.tenant("Shop", opening=credit)
    meter = building.analyzer("Meter", shop, serial_number="LQN/1", wiring=wiring)
    building.begin(meter)
    building.admin()
    made = Supplies(building, shop, meter, "LQN/1")
    made.restart()
    return made


def supplied(database: Database, credit: str = "10") -> Supplies:
    """A shop whose supply is on and known to be on."""
    made = supplies(database, credit)
    assert made.run(ON) == []
    return made


def cut_for_credit(database: Database) -> Supplies:
    """A shop that was cut with proof when its credit ended."""
    made = supplied(database)
    made.credit("-10")
    [job] = made.run(ON)
    made.answer(job)
    return made
