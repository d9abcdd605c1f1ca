"""Forecasts in the database: made for a site at once, the newest of each account, and what was foreseen before."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from prepaid.forecast import Forecast
from prepaid.records import Source
from sql.connection import Database
from sql.forecasts import (
    forecast_at,
    forecast_site,
    latest_forecasts,
    newest_forecast_at,
    purge_forecasts,
    save_forecasts,
)
from sql.hours import HourLine, add_hours
from sql.tables import bases, forecasts
from tests.building import GRID_PRICE, MORNING, Building, Person
from tests.sql.statements import listening, on_sql_server

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EIGHT = datetime(2026, 1, 5, 8, tzinfo=UTC)


def foreseen(made_at: datetime, days_left: float = 2.5) -> Forecast:
    return Forecast(
        made_at=made_at,
        days_left=days_left,
        ends_at=made_at + timedelta(days=days_left),
        ends_early_at=made_at + timedelta(days=days_left) - HOUR,
        ends_late_at=None,
        generator_share=0.25,
        daily_amount=Decimal("8.1234"),
        live_balance=Decimal("20.1234567"),
        emergency_credit=Decimal("5"),
    )


def save(building: Building, *made: tuple[Person, Forecast]) -> None:
    with building.database.writing() as conn:
        for person, each in made:
            save_forecasts(conn, {person.account_id: each})


def metered(building: Building, person: Person, hours: int, wh: int = 1000) -> None:
    """An analyzer that has used so much in each of the last hours before eight."""
    meter = building.analyzer(person.number, person)
    building.begin(meter, at=EIGHT - hours * HOUR)
    lines = [
        HourLine(
            hour_at=EIGHT - number * HOUR,
            analyzer_id=meter,
            account_id=person.account_id,
            source=Source.GRID,
            wh=wh,
            amount=Decimal(1),
            spread=False,
        )
        for number in range(1, hours + 1)
    ]
    with building.database.writing() as conn:
        add_hours(conn, lines)
        conn.execute(bases.update().where(bases.c.analyzer_id == meter).values(charged_at=EIGHT, accepted_at=EIGHT))


def test_a_site_is_foreseen_at_once_with_its_prices_and_emergency_credit(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery", opening="-1", emergency_credit="3")
    building.recharge(bakery, "1", "first")
    florist, newcomer = building.tenant("Florist"), building.tenant("Newcomer")
    for person, hours in ((bakery, 400), (florist, 400), (newcomer, 23)):
        metered(building, person, hours)
    building.price(building.plan_id, Source.GRID, GRID_PRICE * 2, EIGHT + 10 * HOUR)
    lives = {bakery.account_id: GRID_PRICE * 20, florist.account_id: Decimal(0), newcomer.account_id: Decimal(9)}

    with listening(database) as heard, database.reading() as conn:
        made = forecast_site(conn, building.load(), lives, EIGHT)

    assert set(made) == {bakery.account_id, florist.account_id}
    ends_at = made[bakery.account_id].ends_at
    assert ends_at is not None  # 20 hours' worth and 20 more of emergency credit: 10 h at one price, 15 h at twice
    assert abs(ends_at - (EIGHT + 25 * HOUR)) < timedelta(seconds=1)
    assert made[florist.account_id].days_left == 0
    assert {each.daily_amount for each in made.values()} == {GRID_PRICE * 24}
    for statement in heard.values():
        assert "LIMIT" not in on_sql_server(statement)


def test_what_is_saved_is_what_was_foreseen(database: Database) -> None:
    building = Building(database)
    bakery, florist, other = building.tenant("Bakery"), building.tenant("Florist"), building.tenant("Other")
    save(building, (bakery, foreseen(MORNING - HOUR, 9)), (florist, foreseen(MORNING - HOUR)))
    save(building, (bakery, foreseen(MORNING)))

    with listening(database) as heard, database.reading() as conn:
        every = latest_forecasts(conn, building.site_id)
        one = latest_forecasts(conn, building.site_id, [florist.account_id, other.account_id])

    assert every == {bakery.account_id: foreseen(MORNING), florist.account_id: foreseen(MORNING - HOUR)}
    assert one == {florist.account_id: foreseen(MORNING - HOUR)}
    assert len(heard) == 2
    assert all("LIMIT" not in on_sql_server(statement) for statement in heard.values())


def test_what_was_foreseen_at_an_instant_is_the_newest_that_is_not_younger(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    for days, made_at in ((1, MORNING), (2, MORNING - HOUR), (3, MORNING - DAY)):
        save(building, (bakery, foreseen(made_at, days)))
    instants = (MORNING + HOUR, MORNING, MORNING - timedelta(milliseconds=1), MORNING - 2 * DAY)

    with listening(database) as heard, database.reading() as conn:
        found = [forecast_at(conn, building.site_id, at).get(bakery.account_id) for at in instants]

    assert [None if each is None else each.days_left for each in found] == [1, 1, 2, None]
    assert [on_sql_server(statement) for statement in heard.values()]


def test_each_site_has_its_own(database: Database) -> None:
    building, other = Building(database), Building(database, name="Other House")
    bakery, stranger = building.tenant("Bakery"), other.tenant("Stranger")

    save(building, (bakery, foreseen(MORNING)), (stranger, foreseen(MORNING + HOUR)))

    with listening(database) as heard, database.reading() as conn:
        newest = [newest_forecast_at(conn, site.site_id) for site in (building, other)]
        assert set(latest_forecasts(conn, building.site_id)) == {bakery.account_id}
        assert latest_forecasts(conn, building.site_id, [stranger.account_id]) == {}
        assert newest_forecast_at(conn, 99) is None
    assert newest == [MORNING, MORNING + HOUR]
    assert [on_sql_server(statement) for statement in heard.values()]


def test_old_ones_go_an_hour_at_a_time_and_those_of_other_sites_stay(database: Database) -> None:
    building, other = Building(database), Building(database, name="Other House")
    bakery, stranger = building.tenant("Bakery"), other.tenant("Stranger")
    for hours in range(5):
        save(building, (bakery, foreseen(MORNING - hours * HOUR)), (stranger, foreseen(MORNING - hours * HOUR)))

    removed: list[int] = []
    with listening(database) as heard, database.writing() as conn:
        while not removed or removed[-1]:
            removed.append(purge_forecasts(conn, building.site_id, MORNING - HOUR))
        left = conn.execute(sa.select(forecasts.c.account_id, sa.func.count()).group_by(forecasts.c.account_id)).all()

    assert removed == [1, 1, 1, 0]
    assert sorted(map(tuple, left)) == sorted([(bakery.account_id, 2), (stranger.account_id, 5)])
    assert [on_sql_server(statement) for statement in heard.values()]
