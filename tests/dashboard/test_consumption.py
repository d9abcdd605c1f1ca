"""The page Consumption: what it shows of which span and choice, empty states, where a click leads, who may open it."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.consumption.ranking import OPEN
from prepaid.archive import Day
from prepaid.calendar import zone
from prepaid.clock import SystemClock
from prepaid.records import Purpose, Role, Source
from prepaid.units import cost
from sql.archive.folder import archive_folder
from sql.archive.make import Wanted, archive_readings
from sql.connection import Database
from sql.hours import HourLine, add_hours
from sql.tables import analyzers, assignments, readings
from tests.building import GRID_PRICE, Building, Person
from tests.dashboard.pages import Pages

PAGE = "admin/consumption.py"
HOUR = timedelta(hours=1)
HOURS_KNOWN = 60


class Corner:
    """A bakery of 3 kWh and a florist of 1 kWh in each hour of two and a half days, with an incomer of 5 kWh above."""

    def __init__(self, database: Database) -> None:
        st.cache_data.clear()
        self.now = SystemClock().now().replace(minute=0, second=0, microsecond=0)
        self.building = Building(database, at=self.now)
        self.zone = zone("Asia/Baghdad")
        house = Person(tenant_id=0, account_id=self.building.house_account_id, number="H", email="")
        bakery, florist = self.building.tenant("Bakery"), self.building.tenant("Florist")
        lines = [
            *self.use("Oven", bakery, 3_000),
            *self.use("Window", florist, 1_000),
            *self.use("Incomer", house, 5_000, Purpose.GRID_INCOMER),
        ]
        with database.writing() as conn:
            add_hours(conn, lines)

    def use(self, name: str, person: Person, wh: int, purpose: Purpose = Purpose.TENANT) -> list[HourLine]:
        """So much in each hour until the running one, and a tenth of it in that."""
        analyzer_id = self.building.analyzer(name, person, purpose=purpose)
        self.building.use(self.building.begin(analyzer_id).grid_id, wh // 10)
        return [
            HourLine(
                hour_at=self.now - hours_ago * HOUR,
                analyzer_id=analyzer_id,
                account_id=person.account_id,
                source=Source.GRID,
                wh=wh,
                amount=cost(wh, GRID_PRICE),
                spread=hours_ago == 1 and wh == 1_000,
            )
            for hours_ago in range(1, HOURS_KNOWN + 1)
        ]

    @property
    def days(self) -> list[datetime]:
        """An instant on each of the last three days of the site, all before now."""
        return [self.now - day * 24 * HOUR for day in (2, 1, 0)]

    def read(self, name: str, power_w: float) -> None:
        """The analyzer draws so much at each of these instants."""
        with self.building.database.writing() as conn:
            analyzer_id = conn.execute(sa.select(analyzers.c.id).where(analyzers.c.name == name)).scalar_one()
            conn.execute(assignments.update().values(from_at=self.now - 100 * 24 * HOUR))
            rows = [{"read_at": at, "analyzer_id": analyzer_id, "verdict": "advance"} for at in self.days]
            conn.execute(readings.insert(), [{**row, "power_w": power_w} for row in rows])

    def archive(self) -> list[Path]:
        """What was read the day before yesterday (UTC) goes into a file."""
        database = self.building.database
        folder = archive_folder(database, None)
        keep_from_at = Day.of(self.days[0]).until_at
        wanted = Wanted(folder=folder, made_by="tests", keep_from_at=keep_from_at, spare_bytes=0)
        archive_readings(database, wanted, Event())
        return list(folder.rglob("*.parquet"))


@pytest.fixture
def corner(database: Database) -> Corner:
    return Corner(database)


def look(pages: Pages, query: Mapping[str, str] | None = None, role: Role = Role.ADMIN) -> AppTest:
    """The page at an address with these filters."""
    page = pages.open(None, pages.sign_in(role)).switch_page(PAGE)
    for name, value in (query or {}).items():
        page.query_params[name] = value
    page.run()
    assert not page.exception, page.exception
    return page


def metric(page: AppTest, label: str) -> str:
    return next(str(each.value) for each in page.metric if each.label == label).replace("\u00a0", " ")


def chart(page: AppTest, number: int = 0) -> Any:
    return json.loads(page.get("plotly_chart")[number].proto.spec)


def subheaders(page: AppTest) -> list[str]:
    return [each.value for each in page.subheader]


def test_the_last_days_are_told_in_energy_money_bars_heat_ranking_and_losses(corner: Corner, pages: Pages) -> None:
    page = look(pages)

    assert metric(page, "Energy") == "240 kWh"
    assert metric(page, "Money") == "IQD 36"
    assert metric(page, "Peak hour") == "4.00 kW"
    assert subheaders(page) == [
        "Use over time",
        "Hour of the day, day by day",
        "Load duration",
        "Measured load",
        "Who used most",
        "Losses",
    ]
    bars = chart(page)
    assert [trace["name"] for trace in bars["data"]] == ["Grid", "Generator", "Total"]
    assert sum(bars["data"][0]["y"]) == pytest.approx(240.4)
    assert bars["data"][0]["marker"]["opacity"][-1] < 1
    assert [note["text"] for note in bars["layout"]["annotations"]] == ["kWh"]
    ranked = page.dataframe[-1].value
    assert list(ranked["title"]) == ["Bakery", "Florist"]
    assert list(ranked["share"]) == [75, 25]
    assert "Asia/Baghdad" in page.caption[0].value
    assert any(each.value.startswith("Hatched:") for each in page.caption)


def test_what_is_measured_and_what_is_lost_add_up(corner: Corner, pages: Pages) -> None:
    page = look(pages)

    balance = {trace["name"]: trace["x"] for trace in chart(page, -1)["data"]}
    assert balance == {"In from the grid": [300.5], "To tenants": [240.4], "Unaccounted": [60.1]}


def test_the_filters_of_an_address_make_the_page(corner: Corner, pages: Pages) -> None:
    page = look(pages, {"whose": "Florist", "in": "Money", "bars": "Hours", "span": "30 days"})

    assert metric(page, "Energy") == "60.10 kWh"
    assert "Florist" in page.caption[0].value
    assert "Losses" not in subheaders(page)
    bars = chart(page)
    assert len(bars["data"][0]["x"]) > 29 * 24
    assert sum(bars["data"][0]["y"]) == pytest.approx(60.1 * 0.15)
    assert [note["text"] for note in bars["layout"]["annotations"]] == ["IQD"]


def test_any_two_hours_can_be_looked_at(corner: Corner, pages: Pages) -> None:
    begin, end = ((corner.now - back * HOUR).astimezone(corner.zone) for back in (12, 10))
    form = "%Y-%m-%dT%H:%M"

    page = look(pages, {"span": "Other", "from": begin.strftime(form), "until": end.strftime(form)})

    assert metric(page, "Energy") == "8.00 kWh"
    assert len(chart(page)["data"][0]["x"]) == 2
    change = next(each.delta for each in page.metric if each.label == "Energy")
    assert change == "0%"


def test_an_incomer_can_be_looked_at_by_itself(corner: Corner, pages: Pages) -> None:
    page = look(pages, {"meters": "Incomer (grid incomer)", "rank": "Analyzers"})

    assert metric(page, "Energy") == "300 kWh"
    assert list(page.dataframe[-1].value["title"]) == ["Incomer"]


def test_the_measured_load_is_drawn_when_somebody_wants_it(corner: Corner, pages: Pages) -> None:
    """The day before yesterday lies in the archive by now."""
    corner.read("Oven", 3_000.0)
    corner.archive()

    unasked, asked = look(pages), look(pages, {"raw": "true"})

    assert not any("of an hour" in each.value for each in unasked.caption)
    told = next(each.value for each in asked.caption if "least to the most quarter of an hour" in each.value)
    assert "which was 3.00 kW from" in told.replace("\u00a0", " ")
    drawn = chart(asked, 3)["data"][2]["y"]
    assert [round(power_kw, 3) for power_kw in drawn if power_kw is not None] == [3.0] * len(corner.days)


def test_days_whose_files_are_lost_are_named_and_the_others_drawn(corner: Corner, pages: Pages) -> None:
    corner.read("Oven", 3_000.0)
    for path in corner.archive():
        path.unlink()

    page = look(pages, {"raw": "true"})

    assert any("missing or broken files of the archive are left out" in each.value for each in page.warning)
    assert any("least to the most quarter of an hour" in each.value for each in page.caption)


def test_a_time_without_raw_readings_says_so(corner: Corner, pages: Pages) -> None:
    page = look(pages, {"raw": "true"})

    assert any(each.value == "There are no raw readings of this time." for each in page.caption)


def test_a_time_without_use_is_said_to_be_empty(corner: Corner, pages: Pages) -> None:
    page = look(pages, {"span": "Other", "from": "2020-01-01T00:00", "until": "2020-02-01T00:00"})

    assert subheaders(page) == ["Nothing was used"]
    assert not page.get("plotly_chart")


def test_a_span_that_ends_before_it_begins_is_explained(corner: Corner, pages: Pages) -> None:
    page = look(pages, {"span": "Other", "from": "2026-02-01T00:00", "until": "2026-01-01T00:00"})

    assert subheaders(page) == ["No such time"]


def test_a_site_that_has_not_begun_is_empty(database: Database, pages: Pages) -> None:
    st.cache_data.clear()
    Building(database)

    assert subheaders(look(pages)) == ["Nothing was used"]


def test_the_manager_may_look_and_cashier_and_tenant_may_not(corner: Corner, pages: Pages) -> None:
    assert metric(look(pages, role=Role.MANAGER), "Energy") == "240 kWh"
    for token in (pages.sign_in(Role.CASHIER), pages.sign_in(Role.TENANT, tenant_id=1)):
        with pytest.raises(ValueError, match="consumption"):
            pages.open(PAGE, token)


def test_a_clicked_name_opens_its_tenant(corner: Corner, pages: Pages) -> None:
    page = look(pages)

    page.session_state[OPEN] = "Bakery"
    page.run()

    assert page.title[0].value == "Bakery"
