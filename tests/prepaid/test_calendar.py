"""Local hours: full hours on the wall of the site, wherever the site is and whatever its clocks do."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prepaid.calendar import HOUR, LocalHours, hour_of, hours_between, next_hour, zone
from prepaid.errors.start import SettingInvalid

BAGHDAD, KATHMANDU, TEHRAN = ZoneInfo("Asia/Baghdad"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("Asia/Tehran")
BERLIN, LORD_HOWE, CHATHAM = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Chatham")
ZONES = [BAGHDAD, KATHMANDU, TEHRAN, BERLIN, LORD_HOWE, CHATHAM]
INSTANTS = st.integers(0, 15 * 366 * 24 * 3600).map(
    lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


@pytest.mark.parametrize(
    ("site_zone", "boundary"),
    [
        (BAGHDAD, datetime(2026, 1, 5, 9, 0, tzinfo=UTC)),
        (KATHMANDU, datetime(2026, 1, 5, 8, 15, tzinfo=UTC)),
        (TEHRAN, datetime(2026, 1, 5, 8, 30, tzinfo=UTC)),
    ],
)
def test_the_next_hour_is_a_full_hour_on_the_wall_of_the_site(site_zone: ZoneInfo, boundary: datetime) -> None:
    """+3, +5:45 and +3:30."""
    assert next_hour(datetime(2026, 1, 5, 8, 10, tzinfo=UTC), site_zone) == boundary


def test_the_hour_after_a_boundary_begins_at_the_boundary_itself() -> None:
    boundary = datetime(2026, 1, 5, 9, tzinfo=UTC)

    assert hour_of(boundary, BAGHDAD) == boundary
    assert next_hour(boundary, BAGHDAD) == boundary + HOUR
    assert hours_between(boundary, boundary + HOUR, BAGHDAD) == [boundary + HOUR]


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 6, 1), 24), ((2026, 10, 25), 25)])
def test_days_have_23_24_or_25_hours(day: tuple[int, int, int], hours: int) -> None:
    midnight = datetime(*day, tzinfo=BERLIN)
    next_midnight = datetime(*day, tzinfo=BERLIN) + timedelta(days=1)

    boundaries = hours_between(midnight.astimezone(UTC), next_midnight.astimezone(UTC), BERLIN)

    assert len(boundaries) == hours
    assert all(later - earlier == HOUR for earlier, later in pairwise(boundaries))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (datetime(2026, 4, 4, 14, tzinfo=UTC), datetime(2026, 4, 4, 15, 30, tzinfo=UTC)),
        (datetime(2026, 10, 3, 14, 30, tzinfo=UTC), datetime(2026, 10, 3, 16, tzinfo=UTC)),
    ],
)
def test_an_hour_in_which_the_clock_shifts_by_half_an_hour_is_one_long_hour(before: datetime, after: datetime) -> None:
    """Lord Howe: 1:00, at 2:00 back to 1:30, then 2:00; and in spring 1:00, at 2:00 on to 2:30, then 3:00."""
    inside = [before + timedelta(minutes=minutes) for minutes in (0, 20, 50, 59, 60, 70, 89)]

    assert {hour_of(instant, LORD_HOWE) for instant in inside} == {before}
    assert {next_hour(instant, LORD_HOWE) for instant in inside} == {after}
    assert hours_between(before - timedelta(minutes=1), after, LORD_HOWE) == [before, after]


@given(instant=INSTANTS, site_zone=st.sampled_from(ZONES))
def test_every_instant_lies_in_exactly_one_hour(instant: datetime, site_zone: ZoneInfo) -> None:
    begin, end = hour_of(instant, site_zone), next_hour(instant, site_zone)

    assert begin <= instant < end
    assert end - begin in (HOUR, timedelta(minutes=30), timedelta(minutes=90))
    assert hour_of(begin, site_zone) == begin
    assert hour_of(end, site_zone) == end
    assert (end.astimezone(site_zone).minute, end.second, end.microsecond) == (0, 0, 0)


@given(instant=INSTANTS, hours=st.integers(0, 60), site_zone=st.sampled_from(ZONES))
def test_hours_between_two_instants_follow_each_other_without_a_gap(
    instant: datetime, hours: int, site_zone: ZoneInfo
) -> None:
    until = instant + timedelta(hours=hours)

    boundaries = hours_between(instant, until, site_zone)

    marks = [hour_of(instant, site_zone), *boundaries]
    assert [next_hour(mark, site_zone) for mark in marks[:-1]] == boundaries
    assert marks[-1] == hour_of(until, site_zone)


def test_a_zone_that_does_not_exist_is_refused_with_an_example() -> None:
    with pytest.raises(SettingInvalid, match="Asia/Baghdad"):
        zone("Mesopotamia/Ur")


@given(instant=INSTANTS, hours=st.integers(0, 60), site_zone=st.sampled_from(ZONES))
def test_hours_in_a_row_know_their_place_in_the_local_week_and_their_day(
    instant: datetime, hours: int, site_zone: ZoneInfo
) -> None:
    row = LocalHours(instant, site_zone)
    row.grow(hours)

    assert row.begins == [hour_of(instant, site_zone), *hours_between(instant, row.begins[-1], site_zone)]
    assert len(row) == len(row.days) == len(row.begins) - 1 == hours
    for begin, slot, day in zip(row.begins, row.slots, row.days, strict=False):
        local = begin.astimezone(site_zone)
        assert (slot, day) == (local.weekday() * 24 + local.hour, local.date().toordinal())


def test_hours_in_a_row_reach_an_instant_and_not_further() -> None:
    row = LocalHours(datetime(2026, 1, 5, 8, 10, tzinfo=UTC), BAGHDAD)

    row.reach(datetime(2026, 1, 5, 10, 30, tzinfo=UTC))
    row.reach(datetime(2026, 1, 5, 9, tzinfo=UTC))

    assert row.begins == [datetime(2026, 1, 5, hour, tzinfo=UTC) for hour in (8, 9, 10, 11)]
