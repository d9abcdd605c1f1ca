"""Usage, as the tenant sees it: any day, month or year, and nobody else's."""

from datetime import timedelta

import pytest

from prepaid.records import Source
from sql.connection import Database
from sql.tables import hours
from tests.building import MORNING, Building, Person
from tests.dashboard.pages import Pages
from tests.dashboard.tenant.seen import open_at, read_html

FILE = "tenant/usage.py"
HOUR = timedelta(hours=1)


@pytest.fixture
def bakery(database: Database) -> Person:
    """A bakery that used something in the hour after 11:00 of 5 January 2026, and before; and a neighbour."""
    building = Building(database, currency="USD")
    found = building.tenant("Bakery", opening="100")
    begun = building.begin(building.analyzer("Oven", found))
    building.charge(found, begun.of(Source.GRID), 4_000, MORNING + HOUR)
    building.charge(found, begun.of(Source.GENERATOR), 1_000, MORNING + 2 * HOUR)
    return found


def test_a_day_shows_its_bars_its_sums_and_its_peak(pages: Pages, bakery: Person) -> None:
    app = open_at(pages, FILE, bakery, on="2026-01-05")

    seen = read_html(app)
    assert "Together 5.00 kWh $1.00" in seen
    assert "Grid 4.00 kWh $0.60" in seen
    assert "Generator 1.00 kWh $0.40" in seen
    assert "Most in one hour 5.00 kWh" in seen
    assert len(app.get("plotly_chart")) == 1
    assert list(app.dataframe[0].value["From"]) == ["11:00\u202fAM"]


def test_hours_inside_a_silence_are_marked_as_divided_by_time(pages: Pages, bakery: Person, database: Database) -> None:
    before = open_at(pages, FILE, bakery, on="2026-01-05")
    with database.writing() as conn:
        conn.execute(hours.update().values(spread=True))

    app = open_at(pages, FILE, bakery, on="2026-01-05")

    assert "Divided by time" not in before.dataframe[0].value
    assert list(app.dataframe[0].value["Divided by time"]) == [True]
    assert any("could not be read for a while" in each.value for each in app.caption)


def test_the_arrows_step_and_the_address_keeps_the_day(pages: Pages, bakery: Person) -> None:
    app = open_at(pages, FILE, bakery, on="2026-01-05")
    assert app.button(key="back").disabled, "the account was opened on that day"

    app.button(key="forward").click().run()

    assert app.query_params["on"] == "2026-01-06"
    assert [each.value for each in app.subheader] == ["Nothing used in this time"]
    assert not app.button(key="back").disabled


def test_a_month_and_a_year_hold_the_day(pages: Pages, bakery: Person) -> None:
    app = open_at(pages, FILE, bakery, on="2026-01-20")

    app.button_group(key="by").set_value("day").run()
    assert list(app.dataframe[0].value["From"]) == ["Mon Jan 5"]

    app.button_group(key="by").set_value("month").run()

    assert list(app.dataframe[0].value["From"]) == ["Jan 2026"]
    assert "Together 5.00 kWh" in read_html(app)


@pytest.mark.slow
def test_an_address_with_an_impossible_day_shows_today(pages: Pages, bakery: Person) -> None:
    assert open_at(pages, FILE, bakery, on="3000-99-99").button(key="forward").disabled


def test_who_has_used_nothing_is_told_when_it_begins(pages: Pages, bakery: Person, database: Database) -> None:
    building = Building(database, name="Other House")

    app = open_at(pages, FILE, building.tenant("New"))

    assert [each.value for each in app.subheader] == ["Nothing used yet"]
    assert not app.get("plotly_chart")
