"""Quiet hours: what can wait is told at their end by the wall clock, over midnight and on days when clocks are set."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prepaid.errors.tenants import TextInvalid
from prepaid.quiet_hours import DAY_MINUTES, NO_QUIET_HOURS, QuietHours, own_hours, quiet_hours, quiet_until

ZONES = ["Asia/Baghdad", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]
NIGHT = quiet_hours("22:00-07:00")
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
minutes = st.integers(0, DAY_MINUTES - 1)
instants = st.integers(0, 4 * 366 * DAY_MINUTES).map(lambda minute: BEGIN + timedelta(minutes=minute, seconds=13))


@given(instants, minutes, minutes, st.sampled_from(ZONES))
def test_what_waits_is_never_told_in_quiet_hours_and_waits_less_than_a_day_and_a_shift(
    instant: datetime, from_minute: int, until_minute: int, zone_name: str
) -> None:
    hours, zone = QuietHours(from_minute=from_minute, until_minute=until_minute), ZoneInfo(zone_name)

    told_at = quiet_until(instant, hours, zone)

    local = told_at.astimezone(zone)
    assert not hours.hold(local.hour * 60 + local.minute)
    assert timedelta(0) <= told_at - instant <= timedelta(hours=26)


@given(instants, minutes, minutes, st.sampled_from(["Asia/Baghdad", "Asia/Kathmandu", "UTC"]))
def test_where_clocks_are_never_set_the_wait_ends_at_the_end_of_the_hours(
    instant: datetime, from_minute: int, until_minute: int, zone_name: str
) -> None:
    hours, zone = QuietHours(from_minute=from_minute, until_minute=until_minute), ZoneInfo(zone_name)

    told_at = quiet_until(instant, hours, zone)

    local = told_at.astimezone(zone)
    assert told_at == instant or (local.hour * 60 + local.minute, local.second) == (until_minute, 0)
    assert (told_at == instant) == (not hours.hold(_minute(instant, zone)))


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-03-28T23:30:00+00:00", "2026-03-29T05:00:00+00:00"),  # clocks are set forward: 7:00 is 5:00 UTC
        ("2026-10-24T21:30:00+00:00", "2026-10-25T06:00:00+00:00"),  # back: 7:00 is 6:00 UTC
        ("2026-07-01T20:00:00+00:00", "2026-07-02T05:00:00+00:00"),
        ("2026-07-01T19:59:00+00:00", "2026-07-01T19:59:00+00:00"),
        ("2026-07-02T05:00:00+00:00", "2026-07-02T05:00:00+00:00"),
    ],
)
def test_the_night_in_berlin(at: str, told: str) -> None:
    found = quiet_until(datetime.fromisoformat(at), NIGHT, ZoneInfo("Europe/Berlin"))

    assert found == datetime.fromisoformat(told)


def test_an_end_that_the_clocks_pass_over_is_the_first_minute_behind_it() -> None:
    found = quiet_until(datetime(2026, 3, 29, 0, 30, tzinfo=UTC), quiet_hours("22:00-02:30"), ZoneInfo("Europe/Berlin"))

    assert found == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_hours_of_no_length_are_none() -> None:
    instant = datetime(2026, 1, 5, 0, 0, tzinfo=UTC)

    assert quiet_until(instant, NO_QUIET_HOURS, ZoneInfo("UTC")) == instant


def test_hours_are_written_as_people_write_them() -> None:
    assert str(NIGHT) == "22:00-07:00"
    assert quiet_hours(" 6:30 - 24:00 ") == QuietHours(from_minute=390, until_minute=0)


@pytest.mark.parametrize("written", ["", "22-7", "22:60-07:00", "24:01-07:00", "25:00-07:00", "-1:00-2:00", "a:b-c:d"])
def test_anything_else_is_refused(written: str) -> None:
    with pytest.raises(TextInvalid):
        quiet_hours(written)


def test_own_hours_are_two_times_of_the_clock() -> None:
    assert own_hours(time(22, 30), time(7)) == quiet_hours("22:30-07:00")


@pytest.mark.parametrize(("begin", "end"), [(None, time(7)), (time(22), None), (time(7), time(7))])
def test_own_hours_without_two_different_times_are_refused(begin: time | None, end: time | None) -> None:
    with pytest.raises(TextInvalid):
        own_hours(begin, end)


def _minute(instant: datetime, zone: ZoneInfo) -> int:
    local = instant.astimezone(zone)
    return local.hour * 60 + local.minute
