"""Hours rolled up: nothing is lost or counted twice in any zone and span, and days have the hours their clock shows."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.rollups.hours import bucketed, complete_hours, duration, heat, hours_table, peak
from prepaid.calendar import hour_of, hours_between
from prepaid.records import Source
from prepaid.spans import Bucket, Span, edges, midnight
from prepaid.units import ZERO, add
from sql.questions.consumption import HourSum, OpenGround

BAGHDAD = ZoneInfo("Asia/Baghdad")
BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [BAGHDAD, BERLIN, *map(ZoneInfo, ("Asia/Tehran", "Asia/Kathmandu", "Asia/Beirut", "Australia/Lord_Howe"))]
HOUR = timedelta(hours=1)
MORNING = datetime(2026, 1, 5, 8, tzinfo=UTC)
EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)


def used(hour_at: datetime, grid_wh: int = 1, generator_wh: int = 0, *, spread: bool = False) -> HourSum:
    return HourSum(
        hour_at, grid_wh, generator_wh, Decimal(grid_wh).scaleb(-4), Decimal(generator_wh).scaleb(-7), spread
    )


def every_hour(span: Span, zone: ZoneInfo) -> list[datetime]:
    return [span.from_at, *hours_between(span.from_at, span.until_at, zone)][:-1]


@st.composite
def uses(draw: st.DrawFn) -> tuple[ZoneInfo, Span, list[HourSum]]:
    """A span in some zone and what was used in some of its hours."""
    zone = draw(st.sampled_from(ZONES))
    from_at = hour_of(EARLIEST + timedelta(minutes=draw(st.integers(0, 15 * 525_600))), zone)
    until_at = hour_of(from_at + timedelta(minutes=draw(st.integers(90, 45_000))), zone)
    span = Span(from_at, max(until_at, hour_of(from_at + 2 * HOUR, zone)))
    hours = every_hour(span, zone)
    begins = sorted(draw(st.sets(st.sampled_from(hours), max_size=40)))
    wh = st.integers(0, 10**12)
    return zone, span, [used(begin, draw(wh), draw(wh), spread=draw(st.booleans())) for begin in begins]


@settings(max_examples=40, deadline=None)
@given(uses(), st.sampled_from(Bucket))
def test_buckets_add_up_to_the_hours_to_the_last_digit(
    given_uses: tuple[ZoneInfo, Span, list[HourSum]], bucket: Bucket
) -> None:
    zone, span, sums = given_uses

    found = bucketed(hours_table(sums, [], zone), edges(span, bucket, zone))

    assert int(found["grid_wh"].sum()) == sum(each.grid_wh for each in sums)
    assert int(found["generator_wh"].sum()) == sum(each.generator_wh for each in sums)
    assert add(*found["grid_amount"]) == add(*(each.grid_amount for each in sums))
    assert add(*found["generator_amount"]) == add(*(each.generator_amount for each in sums))
    assert bool(found["spread"].any()) == any(each.spread for each in sums)
    bounds = [pd.Timestamp(edge) for edge in edges(span, bucket, zone)]
    assert list(zip(found["from_at"], found["until_at"], strict=True)) == list(pairwise(bounds))


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_day_of_23_or_25_hours_has_all_of_them(day: date, hours: int) -> None:
    span = Span(midnight(day, BERLIN), midnight(day + timedelta(days=1), BERLIN))
    table = hours_table([used(hour_at, 10) for hour_at in every_hour(span, BERLIN)], [], BERLIN)

    assert list(bucketed(table, edges(span, Bucket.DAY, BERLIN))["grid_wh"]) == [hours * 10]
    assert list(bucketed(table, edges(span, Bucket.HOUR, BERLIN))["grid_wh"]) == [10] * hours


@pytest.mark.parametrize("zone", [ZoneInfo("Asia/Tehran"), ZoneInfo("Asia/Kathmandu")])
def test_days_begin_at_local_midnight_also_between_the_hours_of_utc(zone: ZoneInfo) -> None:
    begin = midnight(date(2026, 5, 1), zone)
    sums = [used(begin - HOUR, 1), used(begin, 20), used(begin + 23 * HOUR, 300), used(begin + 24 * HOUR, 4_000)]
    span = Span(begin - HOUR, begin + 25 * HOUR)

    assert list(bucketed(hours_table(sums, [], zone), edges(span, Bucket.DAY, zone))["grid_wh"]) == [1, 320, 4_000]


def test_months_of_no_use_are_zeros_of_exact_money() -> None:
    span = Span(midnight(date(2026, 1, 1), BAGHDAD), midnight(date(2026, 4, 1), BAGHDAD))

    found = bucketed(hours_table([used(MORNING)], [], BAGHDAD), edges(span, Bucket.MONTH, BAGHDAD))

    assert list(found["grid_wh"]) == [1, 0, 0]
    assert list(found["grid_amount"]) == [Decimal("0.0001"), ZERO, ZERO]
    assert (str(found["grid_wh"].dtype), list(found["spread"])) == ("int64", [False] * 3)


def test_what_is_not_charged_yet_is_added_to_its_hour_which_is_running() -> None:
    ground = OpenGround(1, 1, Source.GENERATOR, MORNING + timedelta(minutes=20), 7, Decimal("0.5"))
    other = ground._replace(source=Source.GRID, wh=3, amount=Decimal(2), since_at=MORNING + HOUR)

    found = hours_table([used(MORNING - HOUR, 5), used(MORNING, 5)], [ground, other], BAGHDAD)

    assert list(found["grid_wh"]) == [5, 5, 3]
    assert list(found["generator_wh"]) == [0, 7, 0]
    assert list(found["generator_amount"]) == [ZERO, Decimal("0.5"), ZERO]
    assert list(found["running"]) == [False, True, True]


def test_complete_hours_begin_with_the_first_use_count_zeros_and_leave_out_the_running_hour() -> None:
    span = Span(MORNING - 5 * HOUR, MORNING + 3 * HOUR)
    table = hours_table([used(MORNING - 2 * HOUR, 4), used(MORNING, 6), used(MORNING + HOUR, 9)], [], BAGHDAD)

    found = complete_hours(table, span, MORNING + timedelta(minutes=70), BAGHDAD)

    assert list(found) == [4, 0, 6]
    assert peak(found) is not None
    assert peak(found) == (MORNING, 6)


def test_before_any_use_there_are_no_hours_no_peak_and_no_curve() -> None:
    span = Span(MORNING, MORNING + 3 * HOUR)

    found = complete_hours(hours_table([], [], BAGHDAD), span, MORNING + 3 * HOUR, BAGHDAD)

    assert (len(found), peak(found), len(duration(found))) == (0, None, 0)
    assert heat(found, edges(span, Bucket.HOUR, BAGHDAD), BAGHDAD) == [[None] * 3] * 24


def test_the_heat_of_a_day_is_the_mean_of_its_hours_over_each_bucket() -> None:
    begin = midnight(date(2026, 5, 4), BAGHDAD)
    span = Span(begin, begin + timedelta(days=8))
    nine = begin + 9 * HOUR
    table = hours_table(
        [used(begin), used(nine, 100), used(nine + 24 * HOUR, 40), used(nine + 168 * HOUR, 7)], [], BAGHDAD
    )
    complete = complete_hours(table, span, span.until_at, BAGHDAD)

    found = heat(complete, edges(span, Bucket.WEEK, BAGHDAD), BAGHDAD)

    assert found[9] == [20.0, 7.0]
    assert found[10] == [0.0, 0.0]


def test_the_hour_that_clocks_skip_is_empty_and_the_one_that_comes_twice_is_its_mean() -> None:
    span = Span(midnight(date(2026, 3, 29), BERLIN), midnight(date(2026, 3, 30), BERLIN))
    spring = hours_table([used(hour_at, 10) for hour_at in every_hour(span, BERLIN)], [], BERLIN)
    later = Span(midnight(date(2026, 10, 25), BERLIN), midnight(date(2026, 10, 26), BERLIN))
    autumn = hours_table([used(hour, 10 * n) for n, hour in enumerate(every_hour(later, BERLIN))], [], BERLIN)

    skipped = heat(complete_hours(spring, span, span.until_at, BERLIN), edges(span, Bucket.DAY, BERLIN), BERLIN)
    twice = heat(complete_hours(autumn, later, later.until_at, BERLIN), edges(later, Bucket.DAY, BERLIN), BERLIN)

    assert [skipped[1], skipped[2], skipped[3]] == [[10.0], [None], [10.0]]
    assert [twice[1], twice[2], twice[3]] == [[10.0], [25.0], [40.0]]


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=1_500))
def test_the_duration_curve_falls_from_the_largest_hour_to_the_smallest_in_few_points(loads: list[int]) -> None:
    hours = pd.Series(loads, index=pd.DatetimeIndex([MORNING + HOUR * n for n in range(len(loads))]))

    found = duration(hours)

    assert list(found["power_w"]) == sorted(found["power_w"], reverse=True)
    assert (found["power_w"].iloc[0], found["power_w"].iloc[-1]) == (max(loads), min(loads))
    assert (found["share"].iloc[0], found["share"].iloc[-1]) == (pytest.approx(1 / len(loads)), 1)
    assert len(found) <= 402
