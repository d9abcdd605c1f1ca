"""The moment before a frame: one statement says all that the decision depends on, and whose lease it is."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from prepaid.commissioning import Outcome
from prepaid.forecast import Forecast
from prepaid.records import EntryKind, HoldCause, Stage, Wiring, WishKind
from prepaid.supply import Facts, Reason, decide
from prepaid.switching import Supply, SupplyState
from sql.connection import Database
from sql.facts import look_again
from sql.forecasts import save_forecasts
from sql.leases import acquire
from sql.metering import begin_hold
from sql.open_wishes import open_wishes
from sql.tables import accounts, analyzer_states, analyzers, commissionings, crossings, locks, wishes
from tests.building import MORNING
from tests.sql.bakery import HOUR, Scene, bakery_scene


@pytest.fixture
def scene(database: Database) -> Scene:
    return bakery_scene(database)


def hold(scene: Scene, cause: HoldCause, analyzer_id: int) -> None:
    with scene.building.database.writing() as conn:
        begin_hold(conn, analyzer_id, cause, "below the base", MORNING - HOUR, 2 * HOUR)


def floored(scene: Scene, floor: str) -> None:
    """No-cut hours, and a floor so far below the limit."""
    scene.building.no_cut(0, 0, 0)
    scene.building.debt_floor(scene.bakery, floor)


def foreseen(scene: Scene, daily_amount: str) -> None:
    """No-cut hours, and a forecast of what a day costs; the older one counts no more."""
    scene.building.no_cut(0, 0, 0)
    for made_at, amount in ((MORNING - HOUR, "500"), (MORNING, daily_amount)):
        made = Forecast(
            made_at=made_at,
            days_left=0,
            ends_at=None,
            ends_early_at=None,
            ends_late_at=None,
            generator_share=0,
            daily_amount=Decimal(amount),
            live_balance=Decimal(0),
            emergency_credit=Decimal(0),
        )
        with scene.building.database.writing() as conn:
            save_forecasts(conn, {scene.bakery.account_id: made})


def spend(scene: Scene) -> None:
    """The live balance falls from 7 to -2, minus the emergency credit."""
    scene.building.post(scene.bakery, EntryKind.FEE, "-9")


def test_in_plain_circumstances_the_balance_alone_decides(scene: Scene) -> None:
    """The open ground of all analyzers of the account counts, not of this one alone."""
    fresh = scene.look()

    assert fresh.facts == Facts(
        now=MORNING, live_balance=Decimal(7), emergency_credit=Decimal(2), restore_threshold=Decimal(1)
    )
    assert (fresh.entry_no, fresh.lease_ends_at) == (2, MORNING + timedelta(seconds=10))


CIRCUMSTANCES: list[tuple[Callable[[Scene], object], Reason]] = [
    (lambda scene: scene.building.lock(scene.oven), Reason.LOCK),
    (lambda scene: scene.run(analyzers.update().values(wiring=Wiring.NONE)), Reason.NOT_SWITCHABLE),
    (lambda scene: scene.run(commissionings.update().values(outcome=Outcome.FAILED)), Reason.NOT_COMMISSIONED),
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
    (lambda scene: scene.building.no_cut(0, 11 * 60, 12 * 60), Reason.WINDOW),
    (lambda scene: scene.building.no_cut(0, 8 * 60, 11 * 60), Reason.WINDOW),
    (lambda scene: scene.building.no_cut(1, 11 * 60, 12 * 60), Reason.OUT_OF_CREDIT),
    (lambda scene: scene.building.no_cut(0, 11 * 60, 12 * 60, scene.bakery), Reason.WINDOW),
    (lambda scene: scene.building.no_cut(0, 11 * 60, 12 * 60, scene.building.tenant("Clinic")), Reason.OUT_OF_CREDIT),
    (lambda scene: floored(scene, "0.0000001"), Reason.WINDOW),
    (lambda scene: floored(scene, "0"), Reason.OUT_OF_CREDIT),
    (lambda scene: foreseen(scene, "0.0000001"), Reason.WINDOW),
    (lambda scene: foreseen(scene, "0"), Reason.OUT_OF_CREDIT),
    (lambda scene: scene.building.notice(scene.bakery, MORNING + HOUR), Reason.NOTICE),
    (lambda scene: scene.building.notice(scene.bakery, MORNING), Reason.OUT_OF_CREDIT),
    (lambda scene: scene.run(crossings.update().values(guarded_at=MORNING)), Reason.GUARD),
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


def test_before_the_first_recharge_there_is_no_emergency_credit(scene: Scene) -> None:
    newcomer = scene.building.tenant("Newcomer", opening="-1", emergency_credit="2", restore_threshold="-2")
    stall = scene.building.analyzer("Stall", newcomer)
    scene.building.begin(stall)

    with scene.building.database.reading() as conn:
        before = look_again(conn, scene.lease, stall, SupplyState(), MORNING)
    scene.building.recharge(newcomer, "0.5", "slip")
    with scene.building.database.reading() as conn:
        after = look_again(conn, scene.lease, stall, SupplyState(), MORNING)

    assert before is not None and after is not None
    assert (before.facts.cut_at, before.facts.back_above) == (Decimal(0), Decimal(0))
    assert (after.facts.cut_at, after.facts.back_above) == (Decimal(-2), Decimal(-2))


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
