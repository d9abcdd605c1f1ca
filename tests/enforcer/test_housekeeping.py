"""Hourly and daily jobs: each is done when it is due, none takes another's turn, and the forecast comes at once."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import schedule
import sqlalchemy as sa

from enforcer.housekeeping import Housekeeping
from enforcer.timekeeping import BookClock
from prepaid.alerts import AlertKind
from prepaid.clock import ManualClock
from prepaid.forecast import Forecast
from prepaid.records import Role
from prepaid.requests import RequestState
from sql.connection import Database
from sql.forecasts import KEPT, latest_forecasts, save_forecasts
from sql.selling import Counter, Sale, sell
from sql.tables import account_heads, alerts, bases, forecasts, jobs, proofs, requests, sites
from tests.building import MORNING, Building, Person
from tests.signed_in import signed_in
from tests.story.world import until

DAY = timedelta(days=1)


@contextmanager
def housekeeping(
    building: Building, clock: ManualClock, scheduler: schedule.Scheduler | None = None
) -> Iterator[Housekeeping]:
    """The jobs of an enforcer that has just started."""
    made = Housekeeping(building.database, building.site_id, BookClock(clock, 60), scheduler)
    try:
        yield made
    finally:
        made.stop()


def done(database: Database) -> Mapping[str, str]:
    """What each job said when it was done last."""
    with database.reading() as conn:
        return {row.name: row.result for row in conn.execute(sa.select(jobs.c.name, jobs.c.result))}


def made_at(database: Database) -> list[datetime]:
    with database.reading() as conn:
        return sorted(conn.scalars(sa.select(forecasts.c.made_at).distinct()))


def idle(building: Building, person: Person) -> None:
    """An analyzer that has counted nothing for a month."""
    building.begin(building.analyzer(person.number, person), at=MORNING - 30 * DAY)
    with building.database.writing() as conn:
        conn.execute(bases.update().values(charged_at=MORNING))


def test_the_forecast_is_made_at_the_first_look_and_then_once_an_hour(database: Database) -> None:
    building, clock = Building(database), ManualClock()
    bakery, florist = building.tenant("Bakery", opening="8", emergency_credit="2"), building.tenant("Florist")
    building.recharge(bakery, "1", "first")
    idle(building, bakery)
    idle(building, florist)

    with housekeeping(building, clock) as first:
        first.look()
        until(lambda: "forecast" in done(database), "the forecast is made")
    clock.advance(59 * 60)
    scheduler = schedule.Scheduler()
    with housekeeping(building, clock, scheduler) as restarted:
        restarted.look()
        scheduler.run_all()
        until(lambda: "purge" in done(database), "the jobs behind the forecast are done")
    too_early = made_at(database)
    clock.advance(60)
    with housekeeping(building, clock) as later:
        later.look()
        until(lambda: len(made_at(database)) == 2, "the next forecast is made")

    assert len(too_early) == 1
    with database.reading() as conn:
        found = latest_forecasts(conn, building.site_id)
    assert {key: each.days_left for key, each in found.items()} == {bakery.account_id: 400, florist.account_id: 0}
    told = found[bakery.account_id]
    assert [told.live_balance, told.emergency_credit, told.daily_amount] == [Decimal(9), Decimal(2), Decimal(0)]
    assert done(database)["forecast"] == "2 accounts forecast, 0 forecasts removed"


def test_forecasts_that_are_too_old_go(database: Database) -> None:
    building, clock = Building(database), ManualClock()
    bakery = building.tenant("Bakery")
    with database.writing() as conn:
        for age in (KEPT + DAY, KEPT + timedelta(minutes=1), KEPT - DAY):
            save_forecasts(conn, {bakery.account_id: _foreseen(MORNING - age)})

    with housekeeping(building, clock) as made:
        made.look()
        until(lambda: "forecast" in done(database), "the forecast is made")

    assert made_at(database) == [MORNING - KEPT + DAY]
    assert done(database)["forecast"] == "0 accounts forecast, 2 forecasts removed"


def test_no_job_takes_the_turn_of_another(database: Database) -> None:
    building, scheduler = Building(database), schedule.Scheduler()

    with housekeeping(building, ManualClock(), scheduler):
        scheduler.run_all()
        until(lambda: set(done(database)) == {"forecast", "purge", "requests", "check"}, "every job is done")


def test_what_nobody_confirmed_in_time_is_noted(database: Database) -> None:
    building, scheduler = Building(database, values={"largest_recharge_alone": "10"}), schedule.Scheduler()
    bakery = building.tenant("Bakery")
    wanted = Sale(account_id=bakery.account_id, amount=Decimal(50), currency="IQD", key="one")
    sell(database, signed_in(database, Role.CASHIER), Counter.FORM, wanted)
    with database.writing() as conn:
        conn.execute(requests.update().values(expires_at=database.now(conn)))

    with housekeeping(building, ManualClock(), scheduler):
        scheduler.run_all()
        until(lambda: "requests" in done(database), "what waits is looked at")

    assert done(database)["requests"] == "1 requests expired"
    with database.reading() as conn:
        assert conn.scalar(sa.select(requests.c.state)) is RequestState.EXPIRED


def test_the_check_of_the_night_alarms_the_staff_once(database: Database) -> None:
    """The first one looks at everything; what was tampered with then is told, and not a second time."""
    building, clock = Building(database), ManualClock()
    bakery = building.tenant("Bakery", opening="9")
    results = []
    for amount in (9, 10, 10):
        with database.writing() as conn:
            head = account_heads.c.account_id == bakery.account_id
            conn.execute(account_heads.update().where(head).values(balance=Decimal(amount)))
        scheduler = schedule.Scheduler()
        with housekeeping(building, clock, scheduler):
            scheduler.run_all()
            until(lambda: "check" in done(database), "the books are proved")
        results.append(done(database)["check"])
        with database.writing() as conn:
            conn.execute(jobs.delete())

    assert results == ["0 breaches, looked at: all", "1 breaches, looked at: all", "1 breaches, looked at: all"]
    with database.reading() as conn:
        raised = conn.execute(sa.select(alerts.c.kind, alerts.c.details)).all()
    assert [each.kind for each in raised] == [AlertKind.BOOKS_WRONG]
    assert "The head of account A00001 says 10" in raised[0].details["why"]


def test_a_job_that_breaks_is_told_and_the_others_go_on(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    building, scheduler = Building(database), schedule.Scheduler()
    with database.writing() as conn:
        conn.execute(sites.update().values(time_zone="Mesopotamia/Ur"))

    with housekeeping(building, ManualClock(), scheduler):
        scheduler.run_all()
        until(lambda: {"purge", "check"} <= set(done(database)), "the others are done")

    assert "forecast" not in done(database)
    assert [record.levelname for record in caplog.records if record.name == "enforcer.housekeeping"].count("ERROR") == 1


def test_the_books_of_all_sites_are_proved_once_and_the_staff_of_each_is_told(database: Database) -> None:
    clock = ManualClock()
    mall, tower = Building(database, name="Mall"), Building(database, name="Tower")
    shop = mall.tenant("Shop", opening="9")
    with database.writing() as conn:
        of = account_heads.c.account_id == shop.account_id
        conn.execute(account_heads.update().where(of).values(balance=Decimal(10)))

    def of_site(name: str, building: Building) -> bool:
        with database.reading() as conn:
            wanted = (jobs.c.site_id == building.site_id, jobs.c.name == name)
            return conn.scalar(sa.select(jobs.c.name).where(*wanted)) is not None

    for building in (mall, tower):
        scheduler, worker = schedule.Scheduler(), ThreadPoolExecutor(max_workers=1)
        Housekeeping(database, building.site_id, BookClock(clock, 60), scheduler, worker)
        scheduler.run_all()
        worker.shutdown(wait=True)

    assert of_site("requests", mall)
    assert of_site("requests", tower)
    assert (of_site("check", mall), of_site("check", tower)) == (True, False)
    assert (of_site("purge", mall), of_site("purge", tower)) == (True, False)
    with database.reading() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(proofs)) == 1
        told = list(conn.scalars(sa.select(alerts.c.site_id).where(alerts.c.kind == AlertKind.BOOKS_WRONG)))
    assert told == [mall.site_id, tower.site_id]


def _foreseen(made_at: datetime) -> Forecast:
    return Forecast(
        made_at=made_at,
        days_left=1,
        ends_at=made_at + DAY,
        ends_early_at=None,
        ends_late_at=None,
        generator_share=0,
        daily_amount=Decimal(8),
        live_balance=Decimal(8),
        emergency_credit=Decimal(0),
    )
