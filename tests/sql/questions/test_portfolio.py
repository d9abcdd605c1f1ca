"""All sites at one glance: each in its own zone and money, by few statements, and only for who sees them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from prepaid.access import Viewer
from prepaid.alerts import AlertKind, Level
from prepaid.errors.access import NotAllowed, PasswordMustChange
from prepaid.records import Purpose, Role
from prepaid.standing import Use
from prepaid.switching import Supply
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from sql.questions.overview import Power
from sql.questions.portfolio import SiteGlance, portfolio
from sql.questions.portfolio_sales import Since, sold_by_site
from sql.tables import crossings, hours, sites
from tests.building import MORNING, Building, Person
from tests.sql.questions.shown import ADMIN, beat, read, show, viewer
from tests.sql.statements import listening, on_sql_server

NOON = datetime(2026, 1, 5, 12, 30, tzinfo=UTC)
"""18:15 in Kathmandu, 7:30 in New York."""
HOUR = timedelta(hours=1)


def kathmandu(database: Database) -> Building:
    return Building(database, name="Kathmandu Mall", time_zone="Asia/Kathmandu", currency="NPR")


def new_york(database: Database) -> Building:
    return Building(database, name="New York Tower", time_zone="America/New_York", currency="USD")


def seen(database: Database, asks: Viewer = ADMIN, now: datetime = MORNING) -> dict[str, SiteGlance]:
    with database.reading() as conn:
        return {each.facts.name: each for each in portfolio(conn, asks, now)}


def shop(
    building: Building, name: str, supply: Supply, level: Level, at: datetime = MORNING, **reading: float
) -> Person:
    """A tenant with one analyzer that was read like that."""
    person = building.tenant(name, opening="50")
    analyzer_id = building.analyzer(name, person)
    building.begin(analyzer_id)
    read(building, analyzer_id, at, **reading)
    show(building, analyzer_id, supply)
    with building.database.writing() as conn:
        of = crossings.c.account_id == person.account_id
        conn.execute(crossings.update().where(of).values(level=level))
    return person


class Meter:
    """The analyzer of a tenant, and what it used by hours."""

    def __init__(self, building: Building) -> None:
        self.database = building.database
        self.person = building.tenant("Shop", opening="50")
        self.analyzer_id = building.analyzer(f"Of {building.name}", self.person)

    def used(self, hour_at: datetime, wh: int, amount: str) -> None:
        of = {"hour_at": hour_at, "analyzer_id": self.analyzer_id, "account_id": self.person.account_id}
        used = {"grid_wh": wh, "generator_wh": 0, "grid_amount": Decimal(amount), "generator_amount": Decimal(0)}
        with self.database.writing() as conn:
            conn.execute(hours.insert().values(**of, **used, spread=False))


def test_each_site_stands_for_itself(database: Database) -> None:
    mall, tower = kathmandu(database), new_york(database)
    shop(mall, "Bakery", Supply.CUT, Level.EXHAUSTED, power_w=0.0)
    shop(mall, "Florist", Supply.ON, Level.EXHAUSTED, power_w=1_500.0, active_tariff=1)
    shop(mall, "Silent", Supply.ON, Level.FINE, at=MORNING - HOUR, power_w=9_000.0)
    incomer = mall.analyzer("Generator", purpose=Purpose.GENERATOR_INCOMER)
    read(mall, incomer, power_w=1_600.0, active_tariff=1)
    shop(tower, "Lobby", Supply.ON, Level.FINE, power_w=700.0)
    beat(mall, MORNING - timedelta(seconds=4))
    beat(tower, MORNING - timedelta(minutes=5))

    found = seen(database)

    here, there = found["Kathmandu Mall"], found["New York Tower"]
    assert (here.enforcer_lives, here.heartbeat_age_s) == (True, 4.0)
    assert (there.enforcer_lives, there.heartbeat_age_s) == (False, 300.0)
    assert (here.analyzers, here.answering, here.failing) == (4, 3, 1)
    assert here.power == Power(grid_w=0.0, generator_w=1_500.0, generator_supplied_w=1_600.0)
    assert there.power == Power(grid_w=700.0)
    assert (here.accounts, here.cut, here.exhausted) == (3, 1, 1)
    assert (there.accounts, there.cut, there.exhausted) == (1, 0, 0)


def test_a_site_without_anything_is_there_too(database: Database) -> None:
    Building(database)

    (found,) = seen(database).values()

    assert (found.beat_at, found.heartbeat_age_s, found.enforcer_lives) == (None, None, False)
    assert (found.analyzers, found.accounts, found.open_alarms, found.power) == (0, 0, 0, Power())


def test_what_is_fresh_and_what_is_silent_are_settings_of_each_site(database: Database) -> None:
    patient = Building(database, name="Patient", values={"stale_after_s": "3600", "heartbeat_old_after_s": "600"})
    strict = Building(database, name="Strict")
    for building in (patient, strict):
        read(building, building.analyzer(f"Of {building.name}"), MORNING - timedelta(minutes=5))
        beat(building, MORNING - timedelta(minutes=5))

    found = seen(database)

    assert (found["Patient"].answering, found["Patient"].enforcer_lives) == (1, True)
    assert (found["Strict"].answering, found["Strict"].enforcer_lives) == (0, False)


def test_alarms_are_counted_by_kind_as_the_pages_show_them(database: Database) -> None:
    mall, tower = kathmandu(database), new_york(database)
    told = [(AlertKind.BYPASS, 2), (AlertKind.ANALYZER_LOST, 1), (AlertKind.ANALYZER_BACK, 1), (AlertKind.LOW, 1)]
    with database.writing() as conn:
        for kind, number in told:
            for each in range(number):
                alert = NewAlert(site_id=mall.site_id, kind=kind, cause=f"{kind} {each}", details={})
                raise_alert(conn, alert, MORNING - each * HOUR)
    assert tower.site_id != mall.site_id

    found = seen(database)

    here = found["Kathmandu Mall"]
    assert {each.kind: (each.number, each.since_at) for each in here.alarms} == {
        AlertKind.BYPASS: (2, MORNING - HOUR),
        AlertKind.ANALYZER_LOST: (1, MORNING),
    }
    assert (here.open_alarms, found["New York Tower"].open_alarms) == (3, 0)


def test_today_and_this_month_begin_at_each_sites_own_midnight(database: Database) -> None:
    mall, tower = kathmandu(database), new_york(database)
    for building in (mall, tower):
        meter = Meter(building)
        # 13:00 and 20:00 UTC the day before: in New York that is yesterday, in Kathmandu the second one is today.
        for back in (23.5, 16.5, 1.5):
            meter.used(NOON - back * HOUR, 1_000, "0.15")

    with database.reading() as conn:
        today, month = (sold_by_site(conn, ADMIN, since, NOON) for since in Since)

    assert today[mall.site_id].currency == "NPR"
    assert today[mall.site_id].use == Use(grid_wh=2_000, grid_amount=Decimal("0.3"))
    assert today[tower.site_id].use == Use(grid_wh=1_000, grid_amount=Decimal("0.15"))
    assert today[mall.site_id].from_at == datetime(2026, 1, 4, 18, 15, tzinfo=UTC)
    assert today[tower.site_id].from_at == datetime(2026, 1, 5, 5, tzinfo=UTC)
    assert month[mall.site_id].use == month[tower.site_id].use == Use(grid_wh=3_000, grid_amount=Decimal("0.45"))


def test_money_of_a_month_may_exceed_what_sqlite_adds_at_once(database: Database) -> None:
    """As it is stored each of these is 7 x 10^18; 2^63 is 9.2 x 10^18."""
    meter = Meter(kathmandu(database))
    for day in (2, 12, 25):
        meter.used(datetime(2026, 1, day, 9, tzinfo=UTC), 1_000_000_000, "700000000000")

    with database.reading() as conn:
        found = sold_by_site(conn, ADMIN, Since.THIS_MONTH, datetime(2026, 1, 28, tzinfo=UTC))

    (sold,) = found.values()
    assert sold.use.amount == 3 * Decimal(700_000_000_000)


def test_the_number_of_statements_does_not_grow_with_the_sites(database: Database) -> None:
    for number in range(12):
        building = Building(database, name=f"Site {number}")
        building.begin(building.analyzer(f"Meter {number}", building.tenant("Shop")))
        beat(building)

    with listening(database) as heard, database.reading() as conn:
        portfolio(conn, ADMIN, MORNING)
        sold_by_site(conn, ADMIN, Since.THIS_MONTH, MORNING)

    assert len(heard) <= 8
    for statement in heard.values():
        assert on_sql_server(statement)


def test_two_hundred_sites_stay_within_the_parameters_of_sql_server(database: Database) -> None:
    with database.writing() as conn:
        row = {"time_zone": "Asia/Baghdad", "currency": "IQD", "language": "en", "created_at": MORNING}
        conn.execute(sites.insert(), [{"name": f"Site {number}", **row} for number in range(201)])

    with listening(database) as heard, database.reading() as conn:
        assert len(portfolio(conn, ADMIN, MORNING)) == 200
        assert len(sold_by_site(conn, ADMIN, Since.TODAY, MORNING)) == 200
    for statement in heard.values():
        assert on_sql_server(statement)


def test_who_belongs_to_one_site_sees_that_one_only(database: Database) -> None:
    mall, _tower = kathmandu(database), new_york(database)
    asks = viewer(Role.MANAGER, mall.site_id)

    with database.reading() as conn:
        assert [each.facts.name for each in portfolio(conn, asks, MORNING)] == ["Kathmandu Mall"]
        assert list(sold_by_site(conn, asks, Since.TODAY, MORNING)) == [mall.site_id]


@pytest.mark.parametrize("asks", [viewer(Role.CASHIER), viewer(Role.TENANT)])
def test_who_does_not_see_sites_is_not_answered(database: Database, asks: Viewer) -> None:
    with database.reading() as conn:
        for refused in (lambda: portfolio(conn, asks, MORNING), lambda: sold_by_site(conn, asks, Since.TODAY, MORNING)):
            with pytest.raises(NotAllowed):
                refused()
        with pytest.raises(PasswordMustChange):
            portfolio(conn, viewer(Role.ADMIN, must_change=True), MORNING)


def test_a_retired_site_is_left_out(database: Database) -> None:
    kathmandu(database)
    tower = new_york(database)
    with database.writing() as conn:
        conn.execute(sites.update().where(sites.c.id == tower.site_id).values(retired_at=MORNING))

    assert list(seen(database)) == ["Kathmandu Mall"]
