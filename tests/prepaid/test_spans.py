"""Spans by the wall clock: presets, chosen times, buckets of 23 to 25 hours, and the span to compare with."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prepaid.calendar import hour_of
from prepaid.spans import (
    LONGEST,
    Bucket,
    Preset,
    Span,
    before,
    bucket_for,
    buckets_for,
    edges,
    midnight,
    months_later,
    preset_span,
    span_of,
)

BAGHDAD = ZoneInfo("Asia/Baghdad")
BERLIN = ZoneInfo("Europe/Berlin")
BEIRUT = ZoneInfo("Asia/Beirut")
ZONES = [
    BAGHDAD,
    BERLIN,
    BEIRUT,
    ZoneInfo("Asia/Tehran"),
    ZoneInfo("Asia/Kathmandu"),
    ZoneInfo("Australia/Lord_Howe"),
    ZoneInfo("America/St_Johns"),
]
HOUR = timedelta(hours=1)
EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 19, 20, tzinfo=UTC)
"""22:20 in Baghdad."""


wall = datetime.fromisoformat
"""What somebody reads from the clock on the wall: no zone."""


@st.composite
def spans(draw: st.DrawFn) -> tuple[Span, ZoneInfo]:
    zone = draw(st.sampled_from(ZONES))
    begin = hour_of(EARLIEST + timedelta(minutes=draw(st.integers(0, 15 * 525_600))), zone)
    end = hour_of(begin + timedelta(hours=draw(st.integers(1, 1400))) + timedelta(minutes=59), zone)
    return Span(begin, max(end, hour_of(begin + 2 * HOUR, zone))), zone


@given(spans(), st.sampled_from(Bucket))
def test_buckets_follow_each_other_without_gaps_and_begin_by_the_wall_clock(
    given_span: tuple[Span, ZoneInfo], bucket: Bucket
) -> None:
    span, zone = given_span

    found = edges(span, bucket, zone)

    assert (found[0], found[-1]) == (span.from_at, span.until_at)
    assert all(begin < end for begin, end in pairwise(found))
    for edge in found[1:-1]:
        local = edge.astimezone(zone)
        assert hour_of(edge, zone) == edge
        if bucket is not Bucket.HOUR:
            assert edge == midnight(local.date(), zone)
        if bucket is Bucket.WEEK:
            assert local.weekday() == 0
        if bucket is Bucket.MONTH:
            assert local.day == 1


@given(spans())
def test_days_are_as_many_as_the_wall_clock_shows(given_span: tuple[Span, ZoneInfo]) -> None:
    span, zone = given_span
    last = span.until_at - timedelta(microseconds=1)
    dates = {edge.astimezone(zone).date() for edge in edges(span, Bucket.DAY, zone)[:-1]}

    assert len(dates) == (last.astimezone(zone).date() - span.from_at.astimezone(zone).date()).days + 1


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (BERLIN, date(2026, 3, 29), 23),
        (BERLIN, date(2026, 10, 25), 25),
        (BERLIN, date(2026, 7, 1), 24),
        (BEIRUT, date(2026, 3, 29), 23),  # the clock goes from midnight to one: the day begins at one
        (BEIRUT, date(2026, 10, 24), 25),
        (BAGHDAD, date(2026, 3, 29), 24),
    ],
)
def test_a_day_has_the_hours_that_its_clock_shows(zone: ZoneInfo, day: date, hours: int) -> None:
    span = Span(midnight(day, zone), midnight(day + timedelta(days=1), zone))

    assert len(edges(span, Bucket.HOUR, zone)) - 1 == hours
    assert edges(span, Bucket.DAY, zone) == [span.from_at, span.until_at]


@pytest.mark.parametrize(
    ("preset", "from_on"),
    [
        (Preset.TODAY, date(2026, 11, 23)),
        (Preset.DAYS_7, date(2026, 11, 17)),
        (Preset.DAYS_30, date(2026, 10, 25)),
        (Preset.MONTHS_12, date(2025, 12, 1)),
    ],
)
def test_a_preset_begins_at_a_local_midnight_and_ends_with_the_running_hour(preset: Preset, from_on: date) -> None:
    assert preset_span(preset, NOW, BAGHDAD) == Span(midnight(from_on, BAGHDAD), datetime(2026, 11, 23, 20, tzinfo=UTC))


def test_chosen_times_are_those_of_the_site_and_end_now_at_the_latest() -> None:
    chosen = span_of(wall("2026-11-23 20:00"), wall("2026-12-24"), NOW, BAGHDAD)

    assert chosen == Span(datetime(2026, 11, 23, 17, tzinfo=UTC), datetime(2026, 11, 23, 20, tzinfo=UTC))


def test_a_part_of_an_hour_is_taken_whole() -> None:
    chosen = span_of(wall("2026-11-20 20:10"), wall("2026-11-20 20:40"), NOW, ZoneInfo("Asia/Kathmandu"))

    assert chosen is not None
    assert chosen.length == HOUR
    assert chosen.from_at == datetime(2026, 11, 20, 14, 15, tzinfo=UTC)


def test_an_hour_that_comes_twice_is_taken_with_both() -> None:
    both = span_of(wall("2026-10-25 02:00"), wall("2026-10-25 03:00"), NOW, BERLIN)
    until = span_of(wall("2026-10-25 01:00"), wall("2026-10-25 02:00"), NOW, BERLIN)

    assert both is not None
    assert until is not None
    assert (both.length, until.length) == (2 * HOUR, 2 * HOUR)


@pytest.mark.parametrize("until_local", [wall("2026-11-23"), wall("2026-11-22")])
def test_what_ends_before_it_begins_or_lies_ahead_is_no_span(until_local: datetime) -> None:
    assert span_of(wall("2026-11-23"), until_local, NOW, BAGHDAD) is None
    assert span_of(wall("2027-01-01"), wall("2027-02-01"), NOW, BAGHDAD) is None


def test_a_span_that_is_too_long_loses_its_beginning() -> None:
    chosen = span_of(wall("1990-01-01"), wall("2026-11-01"), NOW, BAGHDAD)

    assert chosen is not None
    assert chosen.length == LONGEST


def local(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=BAGHDAD).astimezone(UTC)


@pytest.mark.parametrize(
    ("span", "until_at", "compared"),
    [
        pytest.param(
            Span(local(2026, 11, 23), local(2026, 11, 23, 23)),
            local(2026, 11, 23, 22),
            Span(local(2026, 11, 22), local(2026, 11, 22, 22)),
            id="today with yesterday until the same hour",
        ),
        pytest.param(
            Span(local(2026, 11, 17), local(2026, 11, 23, 23)),
            local(2026, 11, 23, 22),
            Span(local(2026, 11, 10), local(2026, 11, 16, 22)),
            id="seven days with the seven before",
        ),
        pytest.param(
            Span(local(2025, 12, 1), local(2026, 11, 23, 23)),
            local(2026, 11, 23, 22),
            Span(local(2024, 12, 1), local(2025, 11, 23, 22)),
            id="twelve months with the same days a year earlier",
        ),
        pytest.param(
            Span(local(2026, 10, 1), local(2026, 11, 1)),
            local(2026, 11, 23),
            Span(local(2026, 9, 1), local(2026, 10, 1)),
            id="a month with the month before",
        ),
        pytest.param(
            Span(local(2026, 11, 5, 8), local(2026, 11, 5, 18)),
            local(2026, 11, 23),
            Span(local(2026, 11, 4, 22), local(2026, 11, 5, 8)),
            id="some hours with as many before",
        ),
        pytest.param(
            Span(local(2026, 11, 23), local(2026, 11, 23, 1)),
            local(2026, 11, 23),
            Span(local(2026, 11, 22), local(2026, 11, 22)),
            id="a day whose first hour runs with nothing",
        ),
    ],
)
def test_a_span_is_compared_with_the_one_before_it(span: Span, until_at: datetime, compared: Span) -> None:
    assert before(span, until_at, BAGHDAD) == compared


@given(spans(), st.integers(0, 1400))
def test_what_is_compared_never_overlaps(given_span: tuple[Span, ZoneInfo], known_h: int) -> None:
    span, zone = given_span

    compared = before(span, hour_of(span.from_at + known_h * HOUR, zone), zone)

    assert compared.from_at <= compared.until_at <= span.from_at


@given(spans())
def test_the_bucket_of_a_span_is_one_that_it_may_have_and_makes_few_bars(given_span: tuple[Span, ZoneInfo]) -> None:
    span, zone = given_span

    assert bucket_for(span) in buckets_for(span)
    assert len(edges(span, bucket_for(span), zone)) <= 80


def test_years_are_not_divided_into_hours() -> None:
    years = Span(local(2020, 1, 1), local(2026, 1, 1))

    assert (bucket_for(years), buckets_for(years)) == (Bucket.MONTH, (Bucket.WEEK, Bucket.MONTH))


@pytest.mark.parametrize(
    ("first", "months", "later"),
    [(date(2026, 11, 1), 2, date(2027, 1, 1)), (date(2026, 1, 1), -1, date(2025, 12, 1))],
)
def test_months_are_counted_over_the_year(first: date, months: int, later: date) -> None:
    assert months_later(first, months) == later
