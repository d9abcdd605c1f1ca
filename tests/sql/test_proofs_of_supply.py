"""Whether each supply change had its reason: the policy, the lock and the wish of then, not of now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from prepaid.records import WishKind
from prepaid.supply import Answer, Decision, Reason
from prepaid.switching import Look
from sql import check
from sql.connection import Database
from sql.events import Event, record
from sql.supply_changes import start_change
from sql.tables import accounts, locks, wishes
from tests.building import MORNING, Building, Person

HOUR = timedelta(hours=1)
NOON = MORNING + 4 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """One tenant with one analyzer."""

    building: Building
    tenant: Person
    analyzer_id: int

    def decide(
        self,
        reason: Reason,
        live: str = "-1",
        wish_id: int | None = None,
        lock_id: int | None = None,
        at: datetime = NOON,
        entry_no: int = 2,
    ) -> None:
        """A change that was decided and not yet confirmed."""
        answer = Answer.ON if reason in (Reason.WISH_KEEP_ON, Reason.WISH_RESTORE, Reason.RECHARGED) else Answer.CUT
        with self.building.database.writing() as conn:
            start_change(
                conn,
                site_id=self.building.site_id,
                analyzer_id=self.analyzer_id,
                account_id=self.tenant.account_id,
                serial_number="LQN/1",
                decision=Decision(answer, reason),
                live=Decimal(live),
                entry_no=entry_no,
                wish_id=wish_id,
                lock_id=lock_id,
                before=Look(1, 0, (1.0, 1.0, 1.0), (230.0, 230.0, 230.0)),
                at=at,
            )

    def names(self) -> set[str]:
        return {breach.name for breach in check.check(self.building.database, everything=True)}


@pytest.fixture
def shop(database: Database) -> Shop:
    building = Building(database)
    tenant = building.tenant("Shop", opening="40", emergency_credit="20", restore_threshold="5")
    building.recharge(tenant, "10", "first")
    analyzer_id = building.analyzer("Shop", tenant)
    building.begin(analyzer_id)
    return Shop(building=building, tenant=tenant, analyzer_id=analyzer_id)


@pytest.mark.parametrize(
    ("reason", "live", "found"),
    [
        (Reason.OUT_OF_CREDIT, "-20", set()),
        (Reason.OUT_OF_CREDIT, "-19.9999999", {"supply.limit"}),
        (Reason.STILL_OUT, "5", set()),
        (Reason.STILL_OUT, "5.0000001", {"supply.limit"}),
        (Reason.RECHARGED, "50", set()),
        (Reason.RECHARGED, "50.0000001", {"supply.basis"}),
    ],
)
def test_a_cut_for_credit_is_at_or_below_its_limit(shop: Shop, reason: Reason, live: str, found: set[str]) -> None:
    shop.decide(reason, live)

    assert shop.names() == found


@pytest.mark.parametrize(("entry_no", "found"), [(1, set()), (2, {"supply.limit"})])
def test_before_the_first_recharge_a_cut_is_at_or_below_zero(shop: Shop, entry_no: int, found: set[str]) -> None:
    shop.decide(Reason.OUT_OF_CREDIT, "0", entry_no=entry_no)

    assert shop.names() == found


def test_the_limit_is_the_one_of_then(shop: Shop) -> None:
    """Cut at -20 when the emergency credit was 20; it was raised to 100 and then to 200 afterwards."""
    shop.decide(Reason.OUT_OF_CREDIT, "-20")
    with shop.building.database.writing() as conn:
        conn.execute(accounts.update().values(emergency_credit=Decimal(200)))
        unexplained = {"supply.limit"}
    before = shop.names()
    with shop.building.database.writing() as conn:
        for hours, old, new in ((1, "20", "100"), (2, "100", "200")):
            changed = Event(
                action="account.policy_changed",
                actor="admin",
                subject=f"account:{shop.tenant.account_id}",
                site_id=shop.building.site_id,
                before={"emergency_credit": Decimal(old)},
                after={"emergency_credit": Decimal(new)},
            )
            record(conn, "dashboard", [changed], NOON + hours * HOUR)

    assert before == unexplained
    assert shop.names() == set()


@pytest.mark.parametrize(
    ("placed_at", "removed_at", "found"),
    [
        (MORNING, None, set()),
        (MORNING, NOON + HOUR, set()),
        (NOON + timedelta(seconds=30), None, set()),
        (NOON + HOUR, None, {"supply.reason"}),
        (MORNING, MORNING + HOUR, {"supply.reason"}),
    ],
)
def test_a_cut_that_names_no_lock_has_a_lock_of_then(
    shop: Shop, placed_at: datetime, removed_at: datetime | None, found: set[str]
) -> None:
    shop.building.lock(shop.analyzer_id)
    with shop.building.database.writing() as conn:
        conn.execute(locks.update().values(placed_at=placed_at, removed_at=removed_at))

    shop.decide(Reason.LOCK)

    assert shop.names() == found


def test_the_lock_that_a_cut_names_is_one_of_its_analyzer(shop: Shop) -> None:
    other = shop.building.analyzer("Other", shop.tenant)
    own, foreign = shop.building.lock(shop.analyzer_id), shop.building.lock(other)

    shop.decide(Reason.LOCK, lock_id=own)
    right = shop.names()
    shop.decide(Reason.LOCK, lock_id=foreign)

    assert (right, shop.names()) == (set(), {"supply.reason"})


def test_no_clock_that_is_set_makes_the_reason_of_a_change_wrong(shop: Shop) -> None:
    lock_id, wish_id = shop.building.lock(shop.analyzer_id), shop.building.wish(WishKind.CUT, shop.analyzer_id, NOON)
    with shop.building.database.writing() as conn:
        conn.execute(locks.update().values(placed_at=NOON + HOUR, removed_at=NOON + 2 * HOUR))
        conn.execute(wishes.update().values(asked_at=MORNING, ended_at=MORNING + HOUR))

    shop.decide(Reason.LOCK, lock_id=lock_id)
    shop.decide(Reason.WISH_CUT, wish_id=wish_id)

    assert shop.names() == set()


@pytest.mark.parametrize(
    ("kind", "reason", "found"),
    [
        (WishKind.CUT, Reason.WISH_CUT, set()),
        (WishKind.KEEP_ON, Reason.WISH_KEEP_ON, set()),
        (WishKind.RESTORE, Reason.WISH_RESTORE, set()),
        (WishKind.CUT, Reason.WISH_KEEP_ON, {"supply.reason"}),
    ],
)
def test_a_change_by_a_wish_has_a_wish_of_that_kind(
    shop: Shop, kind: WishKind, reason: Reason, found: set[str]
) -> None:
    wish_id = shop.building.wish(kind, shop.analyzer_id, NOON + 2 * HOUR)

    shop.decide(reason, wish_id=wish_id)

    assert shop.names() == found


def test_a_wish_about_another_analyzer_is_none(shop: Shop) -> None:
    other = shop.building.analyzer("Other", shop.tenant)
    wish_id = shop.building.wish(WishKind.CUT, other, NOON + HOUR)

    shop.decide(Reason.WISH_CUT, wish_id=wish_id)

    assert shop.names() == {"supply.reason"}
