"""Out of credit is cut and recharged is on again, within the promised time: judged only where rows can tell."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.alerts import Level
from prepaid.records import Stage, WishKind
from prepaid.supply import Answer, Reason
from prepaid.switching import Evidence, Progress, Supply
from sql.connection import Database
from sql.proofs.breach import Breach, Scope
from sql.proofs.promises import ANSWERING, prove_promises
from sql.tables import (
    accounts,
    analyzer_states,
    crossings,
    heartbeats,
    readings,
    supply_changes,
    supply_states,
)
from tests.building import MORNING, Building, Person

SECOND = timedelta(seconds=1)
NOW = MORNING + timedelta(hours=2)
BEFORE = MORNING + timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A working enforcer that reads one analyzer of one tenant."""

    building: Building
    tenant: Person
    analyzer_id: int

    def change(self, statement: sa.Update | sa.Insert) -> None:
        with self.building.database.writing() as conn:
            conn.execute(statement)

    def supply(self, supply: Supply, reason: Reason | None, **more: Any) -> None:
        values = {"supply": supply, "reason": reason, "seen": supply, **more}
        of_analyzer = supply_states.c.analyzer_id == self.analyzer_id
        with self.building.database.writing() as conn:
            if conn.execute(supply_states.update().where(of_analyzer).values(values)).rowcount == 0:
                conn.execute(supply_states.insert().values(analyzer_id=self.analyzer_id, **values))

    def exhaust(self, at: datetime = BEFORE) -> None:
        self.change(crossings.update().values(level=Level.EXHAUSTED, exhausted_at=at))

    def switched(self, wanted: Answer, took: timedelta, **more: Any) -> None:
        """A change that was confirmed so long after its decision at BEFORE."""
        row = {
            "site_id": self.building.site_id,
            "analyzer_id": self.analyzer_id,
            "account_id": self.tenant.account_id,
            "wanted": wanted,
            "reason": Reason.OUT_OF_CREDIT if wanted is Answer.CUT else Reason.RECHARGED,
            "progress": Progress.PROVEN,
            "live_balance": Decimal(-1),
            "entry_no": 1,
            "decided_at": BEFORE,
            "confirmed_at": BEFORE + took,
            "proven_at": BEFORE + took,
            "ended_at": BEFORE + took,
            "evidence": Evidence.FEEDBACK,
            "tries": 0,
        }
        self.change(supply_changes.insert().values({**row, **more}))

    def read(self, *seconds: float) -> None:
        """Readings so long after BEFORE."""
        for each in seconds:
            at = BEFORE + each * SECOND
            self.change(readings.insert().values(analyzer_id=self.analyzer_id, read_at=at, verdict="advance"))

    def found(self, now: datetime | None = NOW) -> list[Breach]:
        with self.building.database.reading() as conn:
            return list(prove_promises(conn, Scope(since=None, now=now)))

    def names(self) -> list[str]:
        return [breach.name for breach in self.found()]


def site_with(database: Database, opening: str) -> Site:
    building = Building(database)
    tenant = building.tenant("Shop", opening=opening)
    analyzer_id = building.analyzer("Shop", tenant, serial_number="LQN/1")
    building.begin(analyzer_id)
    made = Site(building=building, tenant=tenant, analyzer_id=analyzer_id)
    seen = {"link": ANSWERING, "link_since_at": MORNING, "read_at": NOW, "serial_number": "LQN/1"}
    made.change(analyzer_states.update().values(seen))
    made.change(
        heartbeats.insert().values(
            site_id=building.site_id,
            process="enforcer",
            holder="x",
            started_at=MORNING,
            beat_at=NOW,
            passes=1,
            version="1",
            **dict.fromkeys(("reads_due", "reads_on_time", "reads_late", "reads_missed"), 1),
        )
    )
    return made


@pytest.fixture
def out(database: Database) -> Site:
    """Out of credit for an hour, enforced, reachable, and still on."""
    made = site_with(database, "-5")
    made.exhaust()
    made.supply(Supply.ON, None, answer=Answer.CUT, answer_reason=Reason.OUT_OF_CREDIT)
    return made


@pytest.fixture
def back(database: Database) -> Site:
    """In credit, and still cut for credit."""
    made = site_with(database, "5")
    made.supply(Supply.CUT, Reason.OUT_OF_CREDIT)
    return made


def test_a_tenant_out_of_credit_who_is_not_cut_is_told(out: Site) -> None:
    assert [str(breach) for breach in out.found()] == [
        "5 supply.not_cut: Shop is out of credit at -5.0000000, reachable and not cut."
    ]


def test_a_tenant_in_credit_who_stays_cut_is_told(back: Site) -> None:
    assert [str(breach) for breach in back.found()] == [
        "4 supply.still_cut: Shop is still cut for credit at 5.0000000, above the restore threshold."
    ]


EXCUSES = {
    "it does not answer": analyzer_states.update().values(link="failing"),
    "it was not read lately": analyzer_states.update().values(read_at=NOW - 61 * SECOND),
    "it has just come back": analyzer_states.update().values(link_since_at=NOW - 9 * SECOND),
    "another device answers": analyzer_states.update().values(serial_number="LQN/2"),
    "the enforcer is silent": heartbeats.update().values(beat_at=NOW - 61 * SECOND),
    "the enforcer has just started": heartbeats.update().values(started_at=NOW - 9 * SECOND),
    "it is exempt": accounts.update().values(exempt=True),
    "the account is only warned": accounts.update().values(stage=Stage.WARNED),
    "the guard holds it": supply_states.update().values(answer_reason=Reason.GUARD),
    "the clocks are doubted": supply_states.update().values(answer_reason=Reason.CLOCK),
    "it is below by a moment": crossings.update().values(exhausted_at=NOW - 10 * SECOND),
}


@pytest.mark.parametrize("excuse", EXCUSES)
def test_what_else_may_explain_a_supply_that_is_on_is_not_told(out: Site, excuse: str) -> None:
    out.change(EXCUSES[excuse])

    assert out.names() == []


def test_a_wish_of_a_person_keeps_either_as_it_is(out: Site) -> None:
    out.building.wish(WishKind.KEEP_ON, out.analyzer_id, NOW + timedelta(hours=1))

    assert out.names() == []


def test_a_lock_keeps_a_supply_cut(back: Site) -> None:
    back.building.lock(back.analyzer_id)

    assert back.names() == []


def test_a_cut_for_another_reason_is_not_ended_by_credit(back: Site) -> None:
    back.supply(Supply.CUT, Reason.WISH_CUT)

    assert back.names() == []


def test_a_recharge_of_a_moment_ago_has_its_time(back: Site) -> None:
    database = back.building.database
    back.building.recharge(back.tenant, "5", "k1")
    with database.reading() as conn:
        sold_at = database.now(conn)
    for seen, at in ((analyzer_states, "read_at"), (heartbeats, "beat_at")):
        back.change(seen.update().values({at: sold_at + timedelta(minutes=2)}))

    assert back.found(sold_at + 60 * SECOND) == []
    assert [breach.name for breach in back.found(sold_at + 70 * SECOND)] == ["supply.still_cut"]


def test_a_device_that_refuses_has_an_alarm_of_its_own(out: Site) -> None:
    out.switched(Answer.CUT, SECOND, confirmed_at=None, proven_at=None, ended_at=None, progress="wanted", tries=1)

    assert out.names() == []


@pytest.mark.parametrize(
    ("wanted", "took_s", "read_s", "found"),
    [
        (Answer.CUT, 10, (0, 10), []),
        (Answer.CUT, 30, (0, 29), ["supply.late"]),
        (Answer.CUT, 30, (0, 9), []),
        (Answer.CUT, 3600, (3595, 3599), []),
        (Answer.CUT, 3600, (), []),
        (Answer.ON, 60, (0, 59), []),
        (Answer.ON, 90, (0, 89), ["supply.late"]),
        (Answer.ON, 90, (0, 64), []),
    ],
)
def test_a_change_that_took_longer_than_promised_while_the_analyzer_was_read_is_told(
    database: Database, wanted: Answer, took_s: int, read_s: tuple[float, ...], found: list[str]
) -> None:
    site = site_with(database, "0")
    site.switched(wanted, took_s * SECOND)
    site.read(*read_s)

    assert site.names() == found


def test_a_change_that_was_tried_in_vain_is_not_late(database: Database) -> None:
    site = site_with(database, "0")
    site.switched(Answer.CUT, 600 * SECOND, tries=3)
    site.read(0, 599)

    assert site.names() == []


def test_others_that_were_switched_on_meanwhile_stood_before_it_in_the_queue(database: Database) -> None:
    site = site_with(database, "0")
    site.switched(Answer.ON, 90 * SECOND)
    for each in range(6):
        site.switched(Answer.ON, (10 + each) * SECOND)
    site.read(0, 89)

    assert site.names() == []
