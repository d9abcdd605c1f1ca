"""A long span is asked for month by month, told how far it has come, and asked again only where it can have changed."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import streamlit as st
from hypothesis import given
from hypothesis import strategies as some

import dashboard.house
from dashboard.asked.consumption import answers, pieces
from dashboard.rollups.picture import Answers
from prepaid.access import Viewer
from prepaid.clock import ManualClock
from prepaid.records import Role, Source
from prepaid.spans import Preset, Span, midnight, preset_span
from sql.connection import Database
from sql.hours import HourLine, add_hours
from sql.questions.consumption import Chosen
from tests.building import MORNING, Building
from tests.dashboard.pages import Pages
from tests.sql.statements import listening

BAGHDAD = ZoneInfo("Asia/Baghdad")
ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)
HOUR = timedelta(hours=1)


@given(some.integers(0, 10_000), some.integers(1, 20_000))
def test_the_pieces_of_a_span_are_the_span_cut_at_months(from_h: int, length_h: int) -> None:
    begin = datetime(2024, 1, 1, tzinfo=UTC) + from_h * HOUR
    span = Span(begin, begin + length_h * HOUR)

    found = pieces(span, BAGHDAD)

    assert (found[0].from_at, found[-1].until_at) == (span.from_at, span.until_at)
    assert all(earlier.until_at == later.from_at for earlier, later in pairwise(found))
    assert all(piece.from_at.astimezone(BAGHDAD).day == 1 for piece in found[1:])
    assert pieces(Span(begin, begin), BAGHDAD) == []


@pytest.fixture
def building(database: Database, pages: Pages) -> Building:
    """One analyzer that used 100 Wh at the beginning of each of the last 400 days, and 7 Wh since the last charge."""
    st.cache_data.clear()
    now = MORNING + timedelta(minutes=20)
    dashboard.house.database().clock = ManualClock(now)
    house = Building(database, at=now)
    shop = house.tenant("Shop")
    meter = house.analyzer("Till", shop)
    house.use(house.begin(meter).generator_id, 7)
    today = now.astimezone(BAGHDAD).date()
    lines = [
        HourLine(
            hour_at=midnight(today - timedelta(days=days), BAGHDAD),
            analyzer_id=meter,
            account_id=shop.account_id,
            source=Source.GRID,
            wh=100,
            amount=Decimal("0.015"),
            spread=False,
        )
        for days in range(400)
    ]
    with database.writing() as conn:
        add_hours(conn, lines)
    return house


def asked(building: Building, told: list[float]) -> Answers:
    chosen = Chosen(site_id=building.site_id, currency=building.currency)
    span = preset_span(Preset.MONTHS_12, building.at, BAGHDAD)
    return answers(ADMIN, chosen, span, BAGHDAD, told.append)


def test_a_year_is_the_sum_of_its_pieces_and_tells_how_far_it_is(building: Building) -> None:
    told: list[float] = []

    found = asked(building, told)

    days = (building.at.astimezone(BAGHDAD).date() - found.hours[0].hour_at.astimezone(BAGHDAD).date()).days + 1
    assert [each.grid_wh for each in found.hours] == [100] * days
    assert sum(each.grid_wh for each in [*found.done, *found.running]) == 100 * days
    assert [ground.wh for ground in found.grounds] == [7]
    assert told == sorted(told)
    assert (told[0], told[-1] < 1, len(told) > 24) == (0, True, True)


def test_what_is_over_is_not_asked_again(building: Building) -> None:
    first = asked(building, [])

    with listening(dashboard.house.database()) as heard:
        again = asked(building, [])

    assert again == first
    assert not [text for text in heard if "Hours" in text]
