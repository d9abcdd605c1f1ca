"""How far a supply has come back since a recharge: only the device's own answer makes it confirmed or proven."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from prepaid.access import Viewer
from prepaid.errors.access import NotAllowed
from prepaid.records import Role, Wiring
from prepaid.supply import Answer, Reason
from prepaid.switching import Evidence, Progress, Supply
from sql.connection import Database
from sql.questions.restoring import Restoring, Step, restoring
from sql.tables import supply_changes, supply_states
from tests.building import MORNING, Building, Person
from tests.sql.statements import listening, on_sql_server

SECOND = timedelta(seconds=1)
ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)


def cut_bakery(database: Database) -> tuple[Building, Person, int]:
    """A bakery whose oven was cut for credit an hour ago."""
    building = Building(database)
    bakery = building.tenant("Bakery")
    oven = building.analyzer("Oven", bakery)
    building.begin(oven)
    with database.writing() as conn:
        conn.execute(
            supply_states.insert().values(
                analyzer_id=oven, supply=Supply.CUT, seen=Supply.CUT, reason=Reason.OUT_OF_CREDIT, since_at=MORNING
            )
        )
    change(building, bakery, oven, Answer.CUT, MORNING - 3600 * SECOND, Progress.PROVEN)
    change(building, bakery, oven, Answer.ON, MORNING - 7200 * SECOND, Progress.PROVEN)
    return building, bakery, oven


def change(
    building: Building, bakery: Person, oven: int, wanted: Answer, decided_at: datetime, progress: Progress
) -> None:
    """A supply change that has come so far, a second after it was decided."""
    order = [Progress.WANTED, Progress.WRITTEN, Progress.CONFIRMED, Progress.PROVEN]
    steps = {Progress.WRITTEN: "written_at", Progress.CONFIRMED: "confirmed_at", Progress.PROVEN: "proven_at"}
    reached = {steps[step]: decided_at + SECOND for step in order[1 : order.index(progress) + 1]}
    ended = {"ended_at": decided_at + SECOND} if progress in order[2:] else {}
    with building.database.writing() as conn:
        conn.execute(supply_changes.update().values(ended_at=decided_at).where(supply_changes.c.ended_at.is_(None)))
        conn.execute(
            supply_changes.insert().values(
                site_id=building.site_id,
                analyzer_id=oven,
                account_id=bakery.account_id,
                wanted=wanted,
                reason=Reason.RECHARGED if wanted is Answer.ON else Reason.OUT_OF_CREDIT,
                progress=progress,
                live_balance=Decimal(1),
                entry_no=1,
                decided_at=decided_at,
                evidence=Evidence.CURRENT if progress is Progress.PROVEN else Evidence.NONE,
                **reached,
                **ended,
            )
        )


def oven_of(database: Database, bakery: Person) -> Restoring:
    with database.reading() as conn:
        [found] = restoring(conn, ADMIN, bakery.account_id, MORNING)
    return found


def switched_on(database: Database) -> None:
    with database.writing() as conn:
        conn.execute(supply_states.update().values(supply=Supply.ON, seen=Supply.ON, reason=None))


def test_changes_of_before_the_recharge_do_not_count(database: Database) -> None:
    _building, bakery, _oven = cut_bakery(database)

    assert oven_of(database, bakery).step is Step.WAITING


@pytest.mark.parametrize(
    ("progress", "supply_is_on", "step"),
    [
        (Progress.WANTED, False, Step.WAITING),
        (Progress.WRITTEN, False, Step.RELEASED),
        (Progress.CONFIRMED, True, Step.CONFIRMED),
        (Progress.PROVEN, True, Step.PROVEN),
        (Progress.PROVEN, False, Step.WAITING),
    ],
)
def test_each_step_is_told_from_the_evidence(
    database: Database, progress: Progress, supply_is_on: bool, step: Step
) -> None:
    building, bakery, oven = cut_bakery(database)
    change(building, bakery, oven, Answer.ON, MORNING + SECOND, progress)
    if supply_is_on:
        switched_on(database)

    found = oven_of(database, bakery)

    assert (found.step, found.progress) == (step, progress)


def test_what_a_person_closes_what_is_locked_and_what_has_no_output_is_told_apart(database: Database) -> None:
    building, bakery, oven = cut_bakery(database)
    change(building, bakery, oven, Answer.ON, MORNING + SECOND, Progress.WRITTEN)
    written = oven_of(database, bakery)
    building.lock(oven)

    locked = oven_of(database, bakery)

    assert replace(written, wiring=Wiring.PULSE_TRIP).step is Step.BY_HAND
    assert replace(written, wiring=Wiring.NONE).step is Step.NOT_SWITCHED
    assert locked.step is Step.LOCKED


def test_a_supply_that_was_never_cut_is_on(database: Database) -> None:
    _building, bakery, _oven = cut_bakery(database)
    switched_on(database)

    assert oven_of(database, bakery).step is Step.ON


def test_it_is_for_the_tenant_and_for_who_sees_balances(database: Database) -> None:
    building, bakery, _oven = cut_bakery(database)
    florist = building.tenant("Florist")
    own = Viewer(role=Role.TENANT, site_id=building.site_id, tenant_id=bakery.tenant_id)
    other = Viewer(role=Role.TENANT, site_id=building.site_id, tenant_id=florist.tenant_id)
    cashier = Viewer(role=Role.CASHIER, site_id=building.site_id, tenant_id=None)

    with database.reading() as conn:
        assert len(restoring(conn, own, bakery.account_id, MORNING)) == 1
        assert len(restoring(conn, cashier, bakery.account_id, MORNING)) == 1
        with pytest.raises(NotAllowed):
            restoring(conn, other, bakery.account_id, MORNING)


def test_sql_server_understands_the_statement(database: Database) -> None:
    _building, bakery, _oven = cut_bakery(database)

    with listening(database) as heard:
        oven_of(database, bakery)

    assert all(on_sql_server(statement) for statement in heard.values())
