"""What a site sold: today beside yesterday until the same time, this month beside the last, hours and days."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
import sqlalchemy as sa

from prepaid.errors.access import NotFound
from prepaid.records import EntryKind, Purpose, Stage
from prepaid.spans import Span
from prepaid.standing import Use
from prepaid.units import ZERO, cost
from sql.connection import Database
from sql.ledger import Posting, post
from sql.questions.sales import DAYS_SHOWN, HOURS_SHOWN, Compared, Sales, month_sales, sales
from sql.questions.site_recharges import NOT_CHARGED
from sql.tables import accounts, entries, hours
from tests.building import BY, GENERATOR_PRICE, GRID_PRICE, MORNING, Building, Person
from tests.capabilities import Capability, require
from tests.sql.questions.shown import ADMIN, asked_on_sql_server, only_for_staff

HOUR = timedelta(hours=1)
MIDNIGHT = datetime(2026, 1, 4, 21, tzinfo=UTC)
"""Where the day of MORNING (11:00) began in Baghdad."""
NOW = MORNING + timedelta(minutes=30)


def asked(building: Building, now: datetime = NOW) -> Sales:
    with building.database.reading() as conn:
        return sales(conn, ADMIN, building.site_id, now)


def asked_month(building: Building, now: datetime = NOW) -> Compared:
    with building.database.reading() as conn:
        return month_sales(conn, ADMIN, building.site_id, now)


def sell_at(building: Building, person: Person, amount: str, at: datetime, key: str) -> int:
    """A recharge booked at that instant; answers its entry number."""
    building.recharge(person, amount, key)
    with building.database.writing() as conn:
        newest = sa.select(sa.func.max(entries.c.entry_no)).where(entries.c.account_id == person.account_id)
        number = int(conn.execute(newest).scalar_one())
        own = (entries.c.account_id == person.account_id, entries.c.entry_no == number)
        conn.execute(entries.update().where(*own).values(posted_at=at))
    return number


def used(building: Building, analyzer_id: int, person: Person, lines: Mapping[datetime, tuple[int, int]]) -> None:
    """What an analyzer used on grid and generator in local hours, as charges leave it."""
    with building.database.writing() as conn:
        for hour_at, (grid_wh, generator_wh) in lines.items():
            row = {
                "hour_at": hour_at,
                "analyzer_id": analyzer_id,
                "account_id": person.account_id,
                "grid_wh": grid_wh,
                "generator_wh": generator_wh,
                "grid_amount": cost(grid_wh, GRID_PRICE),
                "generator_amount": cost(generator_wh, GENERATOR_PRICE),
                "spread": False,
            }
            conn.execute(hours.insert().values(row))


def test_a_site_without_rows_sold_nothing_in_every_hour_and_day(database: Database) -> None:
    found = asked(Building(database))

    assert found.today.now.use == found.today.before.use == Use()
    assert (found.today.now.grid_supplied_wh, found.today.now.recharged) == (None, ZERO)
    assert [hour.hour_at for hour in found.hours] == [MORNING - back * HOUR for back in range(HOURS_SHOWN - 1, -1, -1)]
    assert [day.day for day in found.days] == [date(2025, 12, 23) + timedelta(days=each) for each in range(DAYS_SHOWN)]
    assert (found.currency, found.zone_name) == ("IQD", "Asia/Baghdad")


def test_today_begins_at_the_sites_midnight_and_holds_what_is_not_charged_yet(database: Database) -> None:
    building = Building(database)
    shop = building.tenant("Shop", opening="1000")
    meter = building.analyzer("Shop", shop)
    begun = building.begin(meter)
    used(building, meter, shop, {MIDNIGHT - HOUR: (1_000, 0), MIDNIGHT: (2_000, 300)})
    building.use(begun.grid_id, 500)

    found = asked(building)

    today = found.today.now.use
    assert (today.grid_wh, today.generator_wh) == (2_500, 300)
    assert today.grid_amount == GRID_PRICE * Decimal("2.5")
    assert found.hours[-1].use.grid_wh == 500
    assert {hour.hour_at: hour.use.wh for hour in found.hours}[MIDNIGHT] == 2_300


def test_yesterday_counts_until_the_same_time_of_its_own(database: Database) -> None:
    """Half of the hour that began at 11:00 yesterday lies before 11:30."""
    building = Building(database)
    shop = building.tenant("Shop", opening="1000")
    meter, day = building.analyzer("Shop", shop), timedelta(days=1)
    used(
        building,
        meter,
        shop,
        {
            MIDNIGHT - day - HOUR: (7, 0),
            MORNING - day - HOUR: (10, 0),
            MORNING - day: (201, 1),
            MORNING - day + HOUR: (1_000, 0),
        },
    )

    before = asked(building).today.before

    assert (before.use.grid_wh, before.use.generator_wh) == (10 + 100, 0), "whole Wh, cut"
    assert before.use.grid_amount == GRID_PRICE * Decimal("0.1105")
    assert before.span.until_at == NOW - timedelta(days=1)


def test_only_tenants_count_as_sold_and_only_incomers_as_supplied(database: Database) -> None:
    building = Building(database)
    shop = building.tenant("Shop", opening="1000")
    house = Person(tenant_id=0, account_id=building.house_account_id, number="", email="")
    for name, person, purpose, wh in (
        ("Shop", shop, Purpose.TENANT, 100),
        ("Lifts", None, Purpose.COMMON, 20),
        ("Check", None, Purpose.CHECK, 3_000),
        ("Grid", None, Purpose.GRID_INCOMER, 40_000),
    ):
        meter = building.analyzer(name, person, purpose=purpose)
        used(building, meter, person or house, {MORNING - HOUR: (wh, 0)})
        building.use(building.begin(meter).generator_id, 5)

    today = asked(building).today.now

    assert (today.use.grid_wh, today.use.generator_wh) == (100, 5)
    assert (today.grid_supplied_wh, today.generator_supplied_wh) == (40_005, None)


def test_recharges_count_on_their_local_day_less_those_taken_back(database: Database) -> None:
    building = Building(database)
    shop, other = building.tenant("Shop", opening="7"), building.tenant("Other")
    undone = sell_at(building, shop, "1000", MIDNIGHT, "a")
    sell_at(building, other, "200", NOW - timedelta(seconds=1), "b")
    sell_at(building, shop, "50", MIDNIGHT - timedelta(milliseconds=1), "c")
    sell_at(building, shop, "9", NOW - timedelta(days=1) - HOUR, "d")
    building.post(shop, EntryKind.CORRECTION, "-3")
    back = Posting(
        account_id=shop.account_id,
        kind=EntryKind.REVERSAL,
        amount=Decimal(-1000),
        cause="mistake",
        actor=BY,
        corrects_entry_no=undone,
    )
    with database.writing() as conn:
        post(conn, [back], MORNING)

    found = asked(building)

    assert (found.today.now.recharged, found.today.now.recharges) == (Decimal(200), 2)
    assert (found.today.before.recharged, found.today.before.recharges) == (Decimal(9), 1)
    assert [(day.amount, day.recharges) for day in found.days[-3:]] == [
        (ZERO, 0),
        (Decimal(59), 2),
        (Decimal(200), 2),
    ]


def test_money_of_another_kind_is_not_added_up(database: Database) -> None:
    building = Building(database)
    shop = building.tenant("Shop", opening="1000")
    with database.writing() as conn:
        conn.execute(accounts.update().where(accounts.c.id == shop.account_id).values(currency="kWh"))
    meter = building.analyzer("Shop", shop)
    used(building, meter, shop, {MORNING - HOUR: (100, 0)})
    building.use(building.begin(meter).grid_id, 11)

    today = asked(building).today.now

    assert (today.use.grid_wh, today.use.grid_amount) == (111, ZERO)


def test_a_month_stands_beside_the_same_part_of_the_month_before(database: Database) -> None:
    """MORNING is the 5th of January; February ends before the 31st of March's part of it."""
    building = Building(database)
    shop = building.tenant("Shop", opening="1000")
    first = datetime(2025, 12, 31, 21, tzinfo=UTC)
    december, meter = datetime(2025, 11, 30, 21, tzinfo=UTC), building.analyzer("Shop", shop)
    used(
        building,
        meter,
        shop,
        {
            december - HOUR: (1, 0),
            december: (20, 0),
            december + timedelta(days=5): (300, 0),
            first: (4_000, 0),
        },
    )
    building.use(building.begin(meter).grid_id, 50_000)

    found = asked_month(building)

    assert found.now.use.grid_wh == 54_000
    assert found.before.use.grid_wh == 20
    assert found.before.span == Span(december, december + (NOW - first))
    march = asked_month(building, datetime(2026, 3, 31, 12, tzinfo=UTC))
    assert march.before.span.until_at == march.now.span.from_at


def test_the_filtered_index_finds_recharges_among_charges(database: Database) -> None:
    require(database, Capability.FILE)
    building = Building(database)
    with database.reading() as conn:
        wanted = sa.select(entries.c.amount).where(NOT_CHARGED, entries.c.posted_at >= MORNING)
        written = wanted.compile(conn, compile_kwargs={"literal_binds": True})
        plan = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {written}".replace("app.", "")).all()

    assert "ix_Entries_posted_at" in str(plan)
    assert building.site_id


def test_only_the_staff_of_the_site_see_its_sales(database: Database) -> None:
    building = Building(database)
    shop = building.tenant("Shop", stage=Stage.OBSERVED)

    for question in (sales, month_sales):
        only_for_staff(database, building.site_id, shop, partial(question, now=NOW))
        with database.reading() as conn, pytest.raises(NotFound):
            question(conn, ADMIN, 77, NOW)


def test_every_statement_is_one_that_sql_server_takes(database: Database) -> None:
    building = Building(database)
    building.analyzer("Grid", purpose=Purpose.GRID_INCOMER)

    assert len(asked_on_sql_server(database, building.site_id, partial(sales, now=NOW))) == 6
    assert asked_on_sql_server(database, building.site_id, partial(month_sales, now=NOW))
