"""The measured load is asked for month by month; what is over is not asked again, today after a moment."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import streamlit as st

import dashboard.house
from dashboard.asked.measured_load import measured
from prepaid.access import Viewer
from prepaid.clock import ManualClock
from prepaid.records import Role
from prepaid.spans import Span
from sql.connection import Database
from sql.questions.consumption import Chosen
from sql.tables import readings
from tests.building import MORNING, Building
from tests.dashboard.pages import Pages
from tests.sql.statements import listening

BAGHDAD = ZoneInfo("Asia/Baghdad")
ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)
DAY = timedelta(days=1)


@pytest.fixture
def building(database: Database, pages: Pages) -> Iterator[Building]:
    """One analyzer that drew 1 kW at this hour of each of the last 40 days, today included."""
    st.cache_data.clear()
    dashboard.house.database().clock = ManualClock(MORNING)
    house = Building(database)
    meter = house.analyzer("Till", house.tenant("Shop"))
    house.begin(meter, at=MORNING - 50 * DAY)
    rows = [
        {"read_at": MORNING - day * DAY, "analyzer_id": meter, "verdict": "advance", "power_w": 1_000.0}
        for day in range(40)
    ]
    with database.writing() as conn:
        conn.execute(readings.insert(), rows)
    yield house
    st.cache_data.clear()


def test_months_are_put_together_and_kept(building: Building) -> None:
    chosen = Chosen(site_id=building.site_id, currency=building.currency)
    span = Span(MORNING - 45 * DAY, MORNING + timedelta(hours=1))
    told: list[float] = []

    first = measured(ADMIN, chosen, span, BAGHDAD, told.append)
    with listening(dashboard.house.database()) as heard:
        again = measured(ADMIN, chosen, span, BAGHDAD, told.append)

    assert [each.at for each in first.quarters] == [MORNING - day * DAY for day in reversed(range(40))]
    assert {each.power_w for each in first.quarters} == {1_000.0}
    assert told[:3] == [0, 1 / 4, 2 / 4], "November, December, January until today, and today"
    assert again == first
    assert not [text for text in heard if "Readings" in text]
