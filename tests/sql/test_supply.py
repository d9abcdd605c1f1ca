"""The moment before a frame: one statement says all that the decision depends on, and whose lease it is."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.records import EntryKind, HoldCause, Stage, Wiring, WishKind, WishState
from prepaid.supply import Answer, Decision, Facts, Reason, decide
from prepaid.switching import Contact, Evidence, Look, Progress, Supply, SupplyState, carries_load
from sql.connection import Database
from sql.leases import Lease, acquire
from sql.metering import begin_hold
from sql.supply import (
    Fresh,
    expire_wishes,
    load_supply,
    look_again,
    open_wishes,
    paused_until,
    save_change,
    save_states,
    start_change,
)
from sql.tables import accounts, analyzer_states, analyzers, commissionings, locks, supply_changes, wishes
from tests.building import MORNING, Building, Person

OUT = Decision(Answer.CUT, Reason.OUT_OF_CREDIT)
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


@pytest.fixture
def scene(database: Database) -> Scene:
    building = Building(database)
    bakery = building.tenant("Bakery", opening="10", emergency_credit="2", restore_threshold="1")
    oven, shop = (building.analyzer(name, bakery) for name in ("Oven", "Shop"))
    for analyzer_id in (oven, shop):
        building.use(building.begin(analyzer_id).grid_id, 10_000)
    with database.writing() as conn:
        for row in conn.execute(sa.select(analyzers.c.id, analyzers.c.serial_number)).all():
            answered = analyzer_states.update().where(analyzer_states.c.analyzer_id == row.id)
            conn.execute(answered.values(serial_number=row.serial_number))
        lease = acquire(conn, building.site_id, "me", MORNING, timedelta(seconds=10))
    return Scene(building, bakery, oven, shop, lease)


def hold(scene: Scene, cause: HoldCause, analyzer_id: int) -> None:
    with scene.building.database.writing() as conn:
        begin_hold(conn, analyzer_id, cause, "below the base", MORNING - HOUR, 2 * HOUR)


def spend(scene: Scene) -> None:
    """The live balance falls from 7 to -2, minus the emergency credit."""
    scene.building.post(scene.bakery, EntryKind.FEE, "-9")


def test_in_plain_circumstances_the_balance_alone_decides(scene: Scene) -> None:
    """The open ground of all analyzers of the account counts, not of this one alone."""
    fresh = scene.look()

    assert fresh.facts == Facts(
        now=MORNING, live_balance=Decimal(7), emergency_credit=Decimal(2), restore_threshold=Decimal(1)
    )
    assert (fresh.entry_no, fresh.lease_ends_at) == (1, MORNING + timedelta(seconds=10))


CIRCUMSTANCES: list[tuple[Callable[[Scene], object], Reason]] = [
    (lambda scene: scene.building.lock(scene.oven), Reason.LOCK),
    (lambda scene: scene.run(analyzers.update().values(wiring=Wiring.NONE)), Reason.NOT_SWITCHABLE),
    (lambda scene: scene.run(commissionings.update().values(passed=False)), Reason.NOT_COMMISSIONED),
    (lambda scene: scene.run(analyzer_states.update().values(serial_number="LQN/9")), Reason.NOT_COMMISSIONED),
    (lambda scene: scene.run(analyzer_states.update().values(serial_number=None)), Reason.NOT_COMMISSIONED),
    (lambda scene: scene.building.wish("cut", scene.oven, MORNING + HOUR), Reason.WISH_CUT),
    (lambda scene: scene.building.wish("keep_on", scene.oven, MORNING + HOUR), Reason.WISH_KEEP_ON),
    (lambda scene: scene.building.wish("restore", scene.oven, MORNING + HOUR), Reason.WISH_RESTORE),
    (lambda scene: scene.run(accounts.update().values(exempt=True)), Reason.EXEMPT),
    (lambda scene: scene.run(analyzers.update().values(exempt=True)), Reason.EXEMPT),
    (lambda scene: scene.building.lock(scene.shop), Reason.OUT_OF_CREDIT),
    (lambda scene: scene.building.wish("cut", scene.shop, MORNING + HOUR), Reason.OUT_OF_CREDIT),
    (lambda scene: scene.run(accounts.update().values(stage=Stage.OBSERVED)), Reason.NOT_ENFORCED),
    (lambda scene: scene.building.wish("pause", None, MORNING + HOUR), Reason.PAUSED),
    (lambda scene: hold(scene, HoldCause.FELL, scene.oven), Reason.HOLD),
    (lambda scene: hold(scene, HoldCause.FELL, scene.shop), Reason.HOLD),
    (lambda scene: hold(scene, HoldCause.JUMPED, scene.oven), Reason.OUT_OF_CREDIT),
    (lambda scene: scene.building.recharge(scene.bakery, "0.0000001", "slip"), Reason.CREDIT),
]


@pytest.mark.parametrize(("happens", "reason"), CIRCUMSTANCES)
def test_what_people_and_the_ledger_say_in_this_moment_decides(
    scene: Scene, happens: Callable[[Scene], object], reason: Reason
) -> None:
    """The account has just run out: whatever happened in the meantime is seen before the frame leaves."""
    spend(scene)
    before = scene.reason()

    happens(scene)

    assert (before, scene.reason()) == (Reason.OUT_OF_CREDIT, reason)


ENDED: list[Callable[[Scene], object]] = [
    lambda scene: scene.building.wish("keep_on", scene.oven, MORNING, MORNING - HOUR),
    lambda scene: scene.building.wish("pause", None, MORNING, MORNING - HOUR),
    lambda scene: scene.run(locks.update().values(removed_at=MORNING)) if scene.building.lock(scene.oven) else None,
    lambda scene: (
        scene.run(wishes.update().values(ended_at=MORNING))
        if scene.building.wish("keep_on", scene.oven, MORNING + HOUR)
        else None
    ),
]


@pytest.mark.parametrize("happened", ENDED)
def test_what_has_ended_counts_no_more(scene: Scene, happened: Callable[[Scene], object]) -> None:
    spend(scene)

    happened(scene)

    assert scene.reason() is Reason.OUT_OF_CREDIT


def test_of_several_wishes_the_newest_counts(scene: Scene) -> None:
    for kind in ("keep_on", "cut", "restore", "test"):
        scene.building.wish(kind, scene.oven, MORNING + HOUR)

    with scene.building.database.reading() as conn:
        known = open_wishes(conn, scene.building.site_id, MORNING)

    assert scene.look().facts.wish is WishKind.RESTORE
    assert known[scene.oven].kind is WishKind.RESTORE


def test_a_supply_that_was_cut_for_credit_is_looked_at_as_such(scene: Scene) -> None:
    fresh = scene.look(supply=Supply.CUT, reason=Reason.OUT_OF_CREDIT)

    assert decide(fresh.facts).reason is Reason.RECHARGED


def test_under_somebody_elses_lease_nothing_may_be_sent(scene: Scene) -> None:
    later = MORNING + timedelta(seconds=13)
    with scene.building.database.writing() as conn:
        acquire(conn, scene.building.site_id, "successor", later, timedelta(seconds=10))

    assert scene.look(later).lease_ends_at is None


def test_the_house_is_never_cut_for_credit(scene: Scene) -> None:
    stairs = scene.building.analyzer("Stairs", None)
    scene.building.begin(stairs)

    with scene.building.database.reading() as conn:
        fresh = look_again(conn, scene.lease, stairs, SupplyState(), MORNING)

    assert fresh is not None
    assert fresh.facts.exempt


def test_an_analyzer_that_belongs_to_nobody_is_left_alone(scene: Scene) -> None:
    waiting = scene.building.analyzer("Kiosk", scene.bakery)

    with scene.building.database.reading() as conn:
        assert look_again(conn, scene.lease, waiting, SupplyState(), MORNING) is None


# --- changes ------------------------------------------------------------------------------------------------------


def started(scene: Scene, decision: Decision = OUT, at: datetime = MORNING) -> int:
    with scene.building.database.writing() as conn:
        load_supply(conn, scene.building.site_id)
        return start_change(
            conn,
            site_id=scene.building.site_id,
            analyzer_id=scene.oven,
            account_id=scene.bakery.account_id,
            serial_number="LQN/000001",
            decision=decision,
            live=Decimal(-3),
            entry_no=1,
            wish_id=None,
            before=Look(1, 0, (0.09, 0.09, 0.09), (230.0, 230.0, 230.0)),
            at=at,
        ).change_id


def loaded(scene: Scene) -> SupplyState:
    with scene.building.database.writing() as conn:
        return load_supply(conn, scene.building.site_id)[scene.oven]


def test_a_change_is_found_again_after_a_restart(scene: Scene) -> None:
    change_id = started(scene)

    change = loaded(scene).change

    assert change is not None
    assert (change.change_id, change.wanted, change.reason) == (change_id, Answer.CUT, Reason.OUT_OF_CREDIT)
    assert (change.progress, change.decided_at, change.tries) == (Progress.WANTED, MORNING, 0)
    assert change.before is not None
    assert not carries_load(Contact(wiring=Wiring.HELD_ON_SUPPLY), change.before)


def test_a_new_change_supersedes_the_one_that_was_open(scene: Scene) -> None:
    first, second = started(scene), started(scene, Decision(Answer.ON, Reason.RECHARGED), MORNING + HOUR)

    with scene.building.database.reading() as conn:
        rows = {row.id: row for row in conn.execute(sa.select(supply_changes))}
    assert (rows[first].progress, rows[first].ended_at) == (Progress.SUPERSEDED, MORNING + HOUR)
    assert (rows[second].progress, rows[second].ended_at) == (Progress.WANTED, None)


def test_the_instants_of_a_change_are_set_once(scene: Scene) -> None:
    started(scene)
    change = loaded(scene).change
    assert change is not None

    with scene.building.database.writing() as conn:
        for minutes, progress in enumerate((Progress.CONFIRMED, Progress.CONFIRMED, Progress.PROVEN)):
            at = MORNING + timedelta(minutes=minutes)
            evidence = Evidence.CURRENT if progress is Progress.PROVEN else Evidence.NONE
            save_change(conn, replace(change, progress=progress), at=at, evidence=evidence)
        row = conn.execute(sa.select(supply_changes)).one()

    assert (row.written_at, row.confirmed_at) == (MORNING, MORNING)
    assert (row.proven_at, row.evidence) == (MORNING + timedelta(minutes=2), Evidence.CURRENT)


def test_what_is_held_true_of_a_supply_outlives_a_restart(scene: Scene) -> None:
    state = replace(loaded(scene), supply=Supply.CUT, reason=Reason.OUT_OF_CREDIT, restarted=True, repeats=2)

    with scene.building.database.writing() as conn:
        save_states(conn, {scene.oven: (state, Supply.CUT, OUT)}, MORNING)

    assert loaded(scene) == state
    assert loaded(scene).cut_for_credit


# --- wishes -------------------------------------------------------------------------------------------------------


def test_wishes_expire_at_their_end(scene: Scene) -> None:
    over = scene.building.wish("cut", scene.oven, MORNING, MORNING - HOUR)
    scene.building.wish("cut", scene.shop, MORNING + HOUR)

    with scene.building.database.writing() as conn:
        expired = [expire_wishes(conn, scene.building.site_id, MORNING) for _ in range(2)]
        row = conn.execute(sa.select(wishes).where(wishes.c.id == over)).one()

    assert expired == [[over], []]
    assert (row.state, row.ended_at) == (WishState.EXPIRED, MORNING)


def test_the_longest_pause_counts(scene: Scene) -> None:
    for hours in (3, 1):
        scene.building.wish("pause", None, MORNING + hours * HOUR)

    with scene.building.database.reading() as conn:
        assert paused_until(conn, scene.building.site_id, MORNING) == MORNING + 3 * HOUR
        assert paused_until(conn, scene.building.site_id, MORNING + 3 * HOUR) is None
