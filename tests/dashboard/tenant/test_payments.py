"""Payments, as the tenant sees them: what came in, what was charged and why, page by page."""

from datetime import timedelta

import pytest

from prepaid.charging import Mark, Part
from prepaid.records import ChargeCause, EntryKind, Source
from sql.connection import Database
from sql.ledger import ChargeDetail, charge_posting, post
from sql.tables import entries
from tests.building import BY, GRID_PRICE, MORNING, Building, Person
from tests.dashboard.pages import Pages
from tests.dashboard.tenant.seen import open_at, read_html

FILE = "tenant/payments.py"
HOUR = timedelta(hours=1)
CHARGES = 35


@pytest.fixture
def bakery(database: Database) -> Person:
    """A bakery with an opening balance, a recharge, a correction and more charges than a page holds; a neighbour."""
    building = Building(database, currency="USD")
    found, other = building.tenant("Bakery", opening="100"), building.tenant("Kiosk", opening="1")
    building.recharge(found, "50", "one")
    building.recharge(other, "7777", "two")
    building.post(found, EntryKind.CORRECTION, "-2.5")
    begun = building.begin(building.analyzer("Oven", found))
    with database.writing() as conn:
        charges = [
            charge_posting(found.account_id, _hour(building, begun.grid_id, number), BY) for number in range(CHARGES)
        ]
        post(conn, charges, MORNING + CHARGES * HOUR)
        of = entries.c.kind == EntryKind.ALLOCATION
        conn.execute(entries.update().where(of).values(posted_at=MORNING))
    return found


def _hour(building: Building, base_id: int, number: int) -> ChargeDetail:
    """One kWh in the hour of that number."""
    begin = Mark(MORNING + number * HOUR, number * 1_000)
    end = Mark(begin.at + HOUR, begin.wh + 1_000)
    return ChargeDetail(
        analyzer_id=1,
        base_id=base_id,
        source=Source.GRID,
        part=Part(begin, end, ChargeCause.HOUR, spread=False),
        plan_id=building.plan_id,
        price_per_kwh=GRID_PRICE,
    )


def test_the_month_adds_up_and_its_recharges_are_listed(pages: Pages, bakery: Person) -> None:
    seen = read_html(open_at(pages, FILE, bakery, on="2026-01-05"))

    assert "At the beginning $0.00" in seen
    assert "Recharge $50.00" in seen
    assert "Correction -$2.50" in seen
    assert "Charged, grid -$5.25 35.00 kWh" in seen
    assert "At the end $142.25" in seen
    assert "Recharge Jan 5, 2026, 11:00 AM +$50.00 balance $150.00" in seen
    assert "7,777" not in seen
    assert "Counter" not in seen, "charges are asked for"


def test_each_charge_explains_itself_and_more_of_them_are_shown_on_demand(pages: Pages, bakery: Person) -> None:
    app = open_at(pages, FILE, bakery, on="2026-01-05")
    app.button_group(key="kind").set_value("charges").run()
    first = read_html(app)

    app.button(key="more").click().run()

    assert first.count("Charge, grid") == 30
    assert "1.000 kWh × $0.15/kWh Oven: Counter 34.000 to 35.000 kWh" in first
    assert read_html(app).count("Charge, grid") == CHARGES
    assert not [each for each in app.button if each.key == "more"]


@pytest.mark.slow
def test_a_month_without_entries_says_so(pages: Pages, bakery: Person) -> None:
    app = open_at(pages, FILE, bakery, on="2026-03-01")

    assert [each.value for each in app.subheader] == ["Nothing in this month"]
    assert "At the beginning $142.25" in read_html(app)
