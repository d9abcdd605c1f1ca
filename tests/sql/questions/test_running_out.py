"""Who runs out next: those cut now, then by the hour at which the credit ends, then by level."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import sqlalchemy as sa

from prepaid.alerts import Level
from prepaid.forecast import Forecast
from prepaid.records import Stage
from prepaid.switching import Supply
from prepaid.units import ZERO
from sql.connection import Database
from sql.forecasts import save_forecasts
from sql.questions.running_out import RunningOut, running_out
from sql.tables import accounts, crossings
from tests.building import MORNING, Building, Person
from tests.sql.questions.shown import ADMIN, asked_on_sql_server, only_for_staff, show

DAY = timedelta(days=1)


def asked(building: Building, most: int = 12) -> tuple[RunningOut, ...]:
    with building.database.reading() as conn:
        return running_out(conn, ADMIN, building.site_id, MORNING, most)


def foresee(building: Building, person: Person, days: float, made_at_days: float = 0) -> None:
    """A forecast made so many days ago from 100, that the credit ends so many days after it was made."""
    made_at = MORNING - made_at_days * DAY
    made = Forecast(
        made_at=made_at,
        days_left=days,
        ends_at=made_at + days * DAY,
        ends_early_at=None,
        ends_late_at=None,
        generator_share=0.0,
        daily_amount=Decimal(100) / Decimal(days),
        live_balance=Decimal(100),
        emergency_credit=ZERO,
    )
    with building.database.writing() as conn:
        save_forecasts(conn, {person.account_id: made})


def fall(building: Building, person: Person, level: Level) -> None:
    with building.database.writing() as conn:
        conn.execute(crossings.update().where(crossings.c.account_id == person.account_id).values(level=level))


def test_those_cut_now_come_first_then_the_fewest_days_then_the_deepest_level(database: Database) -> None:
    building = Building(database)
    fine = building.tenant("Fine")
    low = building.tenant("Low")
    later, sooner = building.tenant("Later", opening="100"), building.tenant("Sooner", opening="100")
    in_debt, dark = building.tenant("In debt", opening="-500"), building.tenant("Dark", opening="-1")
    fall(building, low, Level.LOW)
    foresee(building, later, 8)
    foresee(building, sooner, 2)
    for person in (dark, in_debt):
        analyzer_id = building.analyzer(f"Meter of {person.number}", person)
        building.begin(analyzer_id)
        show(building, analyzer_id, Supply.CUT, since_at=MORNING - DAY)

    found = asked(building)

    assert [each.tenant for each in found] == ["In debt", "Dark", "Sooner", "Later", "Low", "Fine"]
    assert (found[0].live, found[0].cut_analyzers, found[0].analyzers) == (Decimal(-500), 1, 1)
    assert found[0].cut_since_at == MORNING - DAY
    assert (found[2].days_left, found[2].ends_at, found[4].days_left) == (2.0, MORNING + 2 * DAY, None)
    assert [each.tenant for each in asked(building, most=2)] == ["In debt", "Dark"]
    assert fine.account_id


def test_the_newest_forecast_counts_as_it_is_now(database: Database) -> None:
    building = Building(database)
    shop, recharged = building.tenant("Shop", opening="75"), building.tenant("Recharged", opening="175")
    for person in (shop, recharged):
        foresee(building, person, 25, made_at_days=1.5)
        foresee(building, person, 4, made_at_days=1)

    days = {each.tenant: each.days_left for each in asked(building)}

    assert days == {"Shop": 3.0, "Recharged": 7.0}


def test_who_can_never_be_cut_is_left_out(database: Database) -> None:
    building = Building(database)
    building.tenant("Draft", stage=Stage.DRAFT)
    building.close(building.tenant("Gone"))
    exempt, watched = building.tenant("Exempt"), building.tenant("Watched", stage=Stage.OBSERVED)
    with database.writing() as conn:
        conn.execute(accounts.update().where(accounts.c.id == exempt.account_id).values(exempt=sa.true()))

    found = asked(building)

    assert [each.account_id for each in found] == [watched.account_id], "nor is the house one of them"


def test_only_the_staff_of_the_site_see_who_runs_out(database: Database) -> None:
    building = Building(database)

    only_for_staff(database, building.site_id, building.tenant("Shop"), partial(running_out, now=MORNING))


def test_every_statement_is_one_that_sql_server_takes(database: Database) -> None:
    building = Building(database)
    building.tenant("Shop")

    assert len(asked_on_sql_server(database, building.site_id, partial(running_out, now=MORNING))) == 3
