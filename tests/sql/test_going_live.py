"""Going live: the report says what prevents each account, and a sign-off moves those that were chosen, all or none."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from prepaid.alerts import AlertKind, Level
from prepaid.errors.access import NotAllowed
from prepaid.errors.tenants import ChangedMeanwhile, NobodyChosen, NotReady
from prepaid.errors.wishes import WishReasonMissing
from prepaid.going_live import Obstacle
from prepaid.records import HoldCause, Role, Stage, Wiring
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from sql.going_live import sign_off
from sql.questions.going_live import Would, sums_of
from sql.sessions import SignedIn
from sql.tables import accounts, analyzer_states, analyzers, contacts, crossings, events, holds
from tests.building import MORNING, Building
from tests.launch import REASON, Launch
from tests.signed_in import signed_in
from tests.sql.statements import listening, on_sql_server


@pytest.fixture
def launch(database: Database) -> Launch:
    return Launch(database)


def silent(launch: Launch) -> None:
    launch.change(analyzer_states.update().values(read_at=launch.now - timedelta(hours=1)))


def never_read(launch: Launch) -> None:
    launch.change(analyzer_states.update().values(read_at=None))


def other_device(launch: Launch) -> None:
    launch.change(analyzer_states.update().values(verdict="wrong_device"))


def not_tested(launch: Launch) -> None:
    launch.change(analyzer_states.update().values(serial_number="LQN/9"))


def not_switched(launch: Launch) -> None:
    launch.change(analyzers.update().values(wiring=Wiring.NONE))


def on_hold(launch: Launch) -> None:
    held = {"analyzer_id": launch.oven, "cause": HoldCause.FELL, "why": "a test", "began_at": launch.now}
    launch.change(holds.insert().values(held))


def nobody_told(launch: Launch) -> None:
    launch.change(contacts.update().values(ended_at=launch.now))


def draft(launch: Launch) -> None:
    launch.change(accounts.update().where(accounts.c.tenant_id.is_not(None)).values(stage=Stage.DRAFT))


def second_analyzer(launch: Launch) -> None:
    launch.building.analyzer("Kiln", launch.bakery)


def given_away(launch: Launch) -> None:
    launch.building.hand_over(launch.oven, None, launch.now)


def test_the_report_tells_how_an_account_stands(launch: Launch) -> None:
    bases = launch.building.begin(launch.building.analyzer("Grill", launch.bakery))
    launch.building.use(bases.grid_id, 2_000)
    for number, kind in enumerate((AlertKind.LOW, AlertKind.EXHAUSTED)):
        new = NewAlert(
            site_id=launch.building.site_id,
            kind=kind,
            cause=str(number),
            account_id=launch.bakery.account_id,
            details={},
            would_have=True,
        )
        with launch.database.writing() as conn:
            raise_alert(conn, new, launch.now)

    row = launch.row()

    assert (row.tenant, row.stage, row.opening, row.live) == ("Bakery", Stage.OBSERVED, Decimal(100), Decimal("99.7"))
    assert row.observed_for(launch.now) == timedelta(days=3)
    assert row.would == Would(alerts=2, mails=2, cuts=1)
    assert [each.name for each in row.analyzers] == ["Bakery main", "Grill"]
    assert (row.commissioned, row.told) == (1, 1)


def test_a_site_that_is_in_order_is_ready(launch: Launch) -> None:
    report = launch.report()

    assert [row.obstacles for row in report.rows] == [()]
    assert report.ready == report.rows
    assert sums_of(report.rows) == {"IQD": (Decimal(100), Decimal(100))}


@pytest.mark.parametrize(
    ("spoil", "obstacle"),
    [
        (silent, Obstacle.NOT_READ),
        (never_read, Obstacle.NOT_READ),
        (other_device, Obstacle.WRONG_DEVICE),
        (not_tested, Obstacle.NOT_COMMISSIONED),
        (not_switched, Obstacle.NOT_SWITCHED),
        (on_hold, Obstacle.ON_HOLD),
        (nobody_told, Obstacle.NOBODY_TOLD),
        (draft, Obstacle.DRAFT),
        (second_analyzer, Obstacle.WAITING),
        (given_away, Obstacle.NO_ANALYZER),
    ],
)
def test_what_prevents_an_account_is_found_and_nothing_is_signed_off(
    launch: Launch, spoil: Callable[[Launch], None], obstacle: Obstacle
) -> None:
    spoil(launch)

    assert launch.row().obstacles == (obstacle,)
    with pytest.raises(NotReady, match=launch.bakery.number):
        launch.sign_off(launch.bakery)
    assert Stage.ENFORCED not in launch.stages().values()


def test_enforced_and_closed_accounts_are_not_in_the_report(launch: Launch) -> None:
    launch.building.tenant("Florist", stage=Stage.ENFORCED)
    launch.building.close(launch.building.tenant("Tailor"))
    launch.building.tenant("Warned", stage=Stage.WARNED)

    assert [row.tenant for row in launch.report().rows] == ["Bakery", "Warned"]


def test_a_sign_off_moves_the_chosen_accounts_and_keeps_the_figures(launch: Launch) -> None:
    debtor, _analyzer = launch.ready("Debtor", opening="-20")
    florist, _analyzer = launch.ready("Florist", opening="5")

    number = launch.sign_off(launch.bakery, debtor)

    with launch.database.reading() as conn:
        told = conn.execute(sa.select(events).order_by(events.c.event_no)).all()
        enforced = conn.execute(sa.select(accounts.c.enforced_at, accounts.c.warned_at)).all()
    assert number == 2
    assert launch.stages() == {
        launch.bakery.number: Stage.ENFORCED,
        debtor.number: Stage.ENFORCED,
        florist.number: Stage.OBSERVED,
    }
    assert sum(row.enforced_at is not None and row.enforced_at == row.warned_at for row in enforced) >= 2
    assert [event.action for event in told] == ["account.policy_changed"] * 2 + ["site.signed_off"]
    assert told[-1].after == {
        "stage": "enforced",
        "reason": REASON,
        "accounts": 2,
        "not_enforced_before": 3,
        "prevented": 0,
        "cut_at_once": 1,
        "analyzers": 2,
        "would_have_alerts": 0,
        "would_have_cuts": 0,
        "opening_IQD": "80",
        "live_IQD": "80",
        "numbers": f"{launch.bakery.number}, {debtor.number}",
        "address": launch.admin.address,
    }


def test_who_becomes_warned_is_told_for_real_from_now_on(launch: Launch) -> None:
    launch.change(crossings.update().values(level=Level.LOW))

    launch.sign_off(launch.bakery, stage=Stage.WARNED)

    with launch.database.reading() as conn:
        of = crossings.c.account_id == launch.bakery.account_id
        assert conn.scalar(sa.select(crossings.c.level).where(of)) is Level.FINE
    assert launch.stages()[launch.bakery.number] is Stage.WARNED
    assert launch.sign_off(launch.bakery) == 1


def test_only_who_was_seen_among_those_that_would_be_cut_is_enforced(launch: Launch) -> None:
    seen = launch.report()
    launch.building.emergency_credit(launch.bakery, "0")
    bases = launch.building.begin(launch.building.analyzer("Grill", launch.bakery))
    launch.building.use(bases.grid_id, 1_000_000)
    launch.building.charge(launch.bakery, bases.grid_id, 0)
    launch.change(analyzers.update().where(analyzers.c.name == "Grill").values(retired_at=launch.now))

    with pytest.raises(ChangedMeanwhile):
        launch.sign_off(launch.bakery, seen=seen)

    assert launch.stages()[launch.bakery.number] is Stage.OBSERVED
    assert launch.row().cut_at_once
    assert launch.sign_off(launch.bakery, seen=seen, stage=Stage.WARNED) == 1


def test_one_that_is_that_far_already_stops_all_of_them(launch: Launch) -> None:
    florist, _analyzer = launch.ready("Florist", opening="5")
    seen = launch.report()
    launch.sign_off(florist)

    with pytest.raises(ChangedMeanwhile):
        launch.sign_off(launch.bakery, florist, seen=seen)

    assert launch.stages()[launch.bakery.number] is Stage.OBSERVED


def test_an_exempt_account_is_never_cut_at_once(launch: Launch) -> None:
    row = replace(launch.row(), live=Decimal(-1))

    assert row.cut_at_once
    assert not replace(row, exempt=True).cut_at_once
    assert not replace(row, emergency_credit=Decimal(2)).cut_at_once


def test_without_a_choice_or_a_reason_nothing_is_signed_off(launch: Launch) -> None:
    seen, admin = launch.report(), launch.admin

    with pytest.raises(NobodyChosen):
        launch.sign_off()
    with pytest.raises(WishReasonMissing):
        sign_off(launch.database, admin, seen, [launch.bakery.account_id], Stage.ENFORCED, " ")

    assert launch.stages()[launch.bakery.number] is Stage.OBSERVED


def test_only_administrators_of_the_site_see_it_and_sign_it_off(launch: Launch) -> None:
    seen = launch.report()
    elsewhere = Building(launch.database, name="Elsewhere", at=MORNING)
    others: list[SignedIn] = [
        signed_in(launch.database, Role.MANAGER),
        signed_in(launch.database, Role.CASHIER),
        signed_in(launch.database, Role.ADMIN, site_id=elsewhere.site_id),
    ]

    for person in others:
        with pytest.raises(NotAllowed):
            launch.report(person.viewer)
        with pytest.raises(NotAllowed):
            sign_off(launch.database, person, seen, [launch.bakery.account_id], Stage.ENFORCED, REASON)


def test_an_account_of_another_site_is_not_moved(launch: Launch) -> None:
    elsewhere = Building(launch.database, name="Elsewhere", at=MORNING)
    stranger = elsewhere.tenant("Stranger", stage=Stage.OBSERVED)

    with pytest.raises(ChangedMeanwhile):
        launch.sign_off(launch.bakery, stranger)

    assert Stage.ENFORCED not in launch.stages().values()


def test_every_statement_runs_on_sql_server(launch: Launch) -> None:
    with listening(launch.database) as heard:
        launch.sign_off(launch.bakery)

    assert all(on_sql_server(statement) for statement in heard.values())
