"""Stamps of a log become instants, also in the hours that a wall clock shows twice or never."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prepaid.kepware.log import Stamps
from prepaid.kepware.stamps import Heard, instant_of

BERLIN = ZoneInfo("Europe/Berlin")
SET_BACK_AT = datetime(2026, 10, 25, 1, tzinfo=UTC)
"""From 03:00 to 02:00 local: the hour from 02:00 to 03:00 comes twice."""
SECOND = timedelta(seconds=1)


def follow(instants: list[datetime], arrivals: list[datetime], zone: ZoneInfo = BERLIN) -> list[datetime]:
    """What is made of the local stamps of these instants, in their order of arrival."""
    found: list[datetime] = []
    before = None
    for at, arrived_at in zip(instants, arrivals, strict=True):
        stamp = at.astimezone(zone).replace(tzinfo=None, fold=0)
        found.append(instant_of(stamp, Stamps.LOCAL, zone, arrived_at, before))
        before = Heard(found[-1], arrived_at)
    return found


def every(seconds: int, hours: float, from_at: datetime) -> list[datetime]:
    return [from_at + timedelta(seconds=seconds * number) for number in range(int(hours * 3600 / seconds))]


def test_universal_stamps_are_what_they_say() -> None:
    stamp = datetime.fromisoformat("2026-10-25 00:30:00.123456")

    found = instant_of(stamp, Stamps.UTC, BERLIN, SET_BACK_AT, None)

    assert found == datetime(2026, 10, 25, 0, 30, 0, 123_000, tzinfo=UTC)


def test_a_stamp_with_its_own_zone_needs_no_other() -> None:
    stamp = datetime(2026, 10, 25, 3, 30, tzinfo=ZoneInfo("Asia/Baghdad"))

    assert instant_of(stamp, Stamps.LOCAL, BERLIN, SET_BACK_AT, None) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("lag_s", [0, 2, 45, 600])
def test_the_hour_that_comes_twice_is_followed_as_it_is_logged(lag_s: int) -> None:
    instants = every(30, 4, SET_BACK_AT - timedelta(hours=2))

    assert follow(instants, [at + lag_s * SECOND for at in instants]) == instants


def test_the_hour_that_comes_twice_is_followed_in_rows_that_are_read_together_hours_later() -> None:
    instants = every(30, 4, SET_BACK_AT - timedelta(hours=2))
    read_at = SET_BACK_AT + timedelta(hours=6)

    assert follow(instants, [read_at] * len(instants)) == instants


def test_a_backlog_that_is_read_within_the_second_hour_is_followed() -> None:
    instants = every(30, 2.5, SET_BACK_AT - timedelta(hours=2))
    read_at = SET_BACK_AT + timedelta(minutes=30)

    assert follow(instants, [read_at] * len(instants)) == instants


def test_a_log_that_goes_on_in_the_second_hour_after_a_silence_is_dated_by_when_it_is_read() -> None:
    instants = [SET_BACK_AT - timedelta(hours=1, seconds=5), SET_BACK_AT + timedelta(minutes=5)]

    assert follow(instants, [at + SECOND for at in instants]) == instants


def test_the_first_row_of_all_is_dated_by_when_it_is_read() -> None:
    first, second = SET_BACK_AT - timedelta(minutes=30), SET_BACK_AT + timedelta(minutes=30)

    assert follow([first], [first + SECOND]) == [first]
    assert follow([second], [second + SECOND]) == [second]


def test_a_repeated_row_is_the_same_instant_again() -> None:
    first, second = SET_BACK_AT - timedelta(minutes=30), SET_BACK_AT + timedelta(minutes=30)

    for at in (first, second):
        assert follow([at, at], [at + SECOND, at + 3 * SECOND]) == [at, at]


def test_a_row_that_comes_minutes_late_within_the_second_hour_belongs_to_it() -> None:
    now = SET_BACK_AT + timedelta(minutes=30)
    late = now - timedelta(minutes=10)

    assert follow([now, late], [now + SECOND, now + 2 * SECOND]) == [now, late]


def test_an_hour_that_the_clock_leaves_out_still_rises() -> None:
    """A server whose clock is set forward a minute late stamps one that does not exist."""
    skipped_at = datetime(2026, 3, 29, 1, tzinfo=UTC)
    stamps = [datetime.fromisoformat(f"2026-03-29 {time}") for time in ("01:59:55", "02:00:30", "03:01:00")]
    arrivals = [skipped_at - 5 * SECOND, skipped_at + 30 * SECOND, skipped_at + 60 * SECOND]

    found: list[datetime] = []
    before = None
    for stamp, arrived_at in zip(stamps, arrivals, strict=True):
        found.append(instant_of(stamp, Stamps.LOCAL, BERLIN, arrived_at, before))
        before = Heard(found[-1], arrived_at)

    assert found == arrivals


@given(
    zone=st.sampled_from(["Europe/Berlin", "Asia/Baghdad", "Asia/Tehran", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    offset_s=st.integers(0, 2 * 365 * 86_400),
    period_s=st.sampled_from([5, 60, 600]),
    lag_s=st.integers(0, 120),
)
def test_live_rows_keep_their_instants_in_every_zone(zone: str, offset_s: int, period_s: int, lag_s: int) -> None:
    began_at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=offset_s)
    instants = [began_at + timedelta(seconds=period_s * number) for number in range(60)]

    assert follow(instants, [at + lag_s * SECOND for at in instants], ZoneInfo(zone)) == instants
