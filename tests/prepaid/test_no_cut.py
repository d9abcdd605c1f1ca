"""No-cut windows by the wall clock of the site: over midnight, over changes of the clocks, on holidays."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prepaid.no_cut import HOLIDAYS, LAST_PLACE, NO_WINDOWS, NoCutHours, Window, parts_of, window_floor

BAGHDAD, BERLIN = ZoneInfo("Asia/Baghdad"), ZoneInfo("Europe/Berlin")
ZONES = ("Asia/Baghdad", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe", "UTC")
MINUTE = timedelta(minutes=1)
NIGHTS = frozenset(part for weekday in range(7) for part in parts_of(weekday, 20 * 60, 8 * 60))

windows = st.builds(
    lambda weekday, ends: Window(weekday=weekday, from_minute=min(ends), until_minute=max(ends)),
    st.integers(0, HOLIDAYS),
    st.lists(st.integers(0, 1440), min_size=2, max_size=2, unique=True),
)
hours = st.builds(
    lambda zone, found, odd: NoCutHours(
        zone=ZoneInfo(zone), windows=found, is_holiday=lambda day: day.toordinal() % 5 == odd
    ),
    st.sampled_from(ZONES),
    st.frozensets(windows, min_size=1, max_size=5),
    st.integers(0, 9),
)
own_hours = st.builds(
    lambda found, own, account_id: (account_id, replace(found, own={account_id: own})),
    hours,
    st.frozensets(windows, max_size=5),
    st.integers(1, 120),
)
# The nights in which these zones change their clocks, and the days around them.
moments = st.sampled_from(
    [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 4, 4, 15, tzinfo=UTC)]
).flatmap(lambda at: st.integers(-4 * 1440, 4 * 1440).map(lambda minutes: at + minutes * MINUTE))


def local(zone: ZoneInfo, *at: int) -> datetime:
    year, month, day, *clock = at
    hour, minute = [*clock, 0, 0][:2]
    return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)


def shows_a_window(found: NoCutHours, instant: datetime) -> bool:
    """By the wall clock alone, as a person at the site would say it."""
    wall = instant.astimezone(found.zone)
    minute = wall.hour * 60 + wall.minute
    return any(
        window.from_minute <= minute < window.until_minute
        and (window.weekday == wall.weekday() or (window.weekday == HOLIDAYS and found.is_holiday(wall.date())))
        for window in found.windows
    )


@given(hours, moments)
def test_whenever_the_wall_clock_shows_a_window_nothing_is_cut(found: NoCutHours, at: datetime) -> None:
    if shows_a_window(found, at):
        assert found.ends_at(at) is not None


@given(hours, moments)
def test_a_window_protects_at_most_an_hour_beyond_what_the_wall_clock_shows(found: NoCutHours, at: datetime) -> None:
    if found.ends_at(at) is not None:
        near = (at + minutes * MINUTE for minutes in range(-60, 61))
        assert any(shows_a_window(found, each) for each in near)


@given(hours, moments)
def test_hours_end_where_no_other_window_begins(found: NoCutHours, at: datetime) -> None:
    end = found.ends_at(at)

    if end is not None and end - at < timedelta(days=7):
        assert end > at
        assert found.ends_at(end) is None
        assert found.ends_at(end - MINUTE / 2) == end


@given(hours, moments, st.integers(1, 10_000))
def test_every_account_is_protected_to_the_end_and_two_minutes_longer_at_most(
    found: NoCutHours, at: datetime, account_id: int
) -> None:
    end, its_end = found.ends_at(at), found.protects_until(account_id, at)

    if end is not None:
        assert its_end is not None and its_end >= end
    elif its_end is not None:
        assert found.ends_at(at - LAST_PLACE) is not None or its_end - at <= LAST_PLACE


def alone(found: NoCutHours, account_id: int) -> NoCutHours:
    """The hours of the account without those of the site."""
    return replace(found, windows=found.own[account_id], own={})


@given(own_hours, moments)
def test_own_hours_come_on_top_of_those_of_the_site(owned: tuple[int, NoCutHours], at: datetime) -> None:
    account_id, found = owned
    own = alone(found, account_id)

    end, its_end = found.of(account_id).ends_at(at), found.protects_until(account_id, at)

    if shows_a_window(found, at) or shows_a_window(own, at):
        assert end is not None and its_end is not None and its_end >= end
    if end is not None and end - at < timedelta(days=7):
        assert end >= max(each for each in (found.ends_at(at), own.ends_at(at)) if each is not None)
        assert found.ends_at(end) is None
        assert own.ends_at(end) is None


@given(own_hours, moments)
def test_own_hours_are_those_of_nobody_else(owned: tuple[int, NoCutHours], at: datetime) -> None:
    account_id, found = owned
    of_the_site = replace(found, own={})

    assert found.ends_at(at) == of_the_site.ends_at(at)
    assert found.protects_until(account_id + 60, at) == of_the_site.protects_until(account_id + 60, at)


@given(own_hours, moments)
def test_where_no_window_may_protect_nobody_is_protected(owned: tuple[int, NoCutHours], at: datetime) -> None:
    account_id, found = owned

    if not found.may_protect(at):
        assert found.protects_until(account_id, at) is None
        assert found.protects_until(account_id + 1, at) is None


def test_hours_of_the_site_and_own_ones_that_touch_are_one() -> None:
    found = NoCutHours(zone=BAGHDAD, windows=NIGHTS, own={60: frozenset(parts_of(1, 8 * 60, 10 * 60))})
    night = local(BAGHDAD, 2026, 1, 6, 3)

    ends = [found.protects_until(account_id, night) for account_id in (60, 120)]

    assert ends == [local(BAGHDAD, 2026, 1, 6, 10), local(BAGHDAD, 2026, 1, 6, 8)]


def test_hours_over_midnight_are_one_window() -> None:
    nights = NoCutHours(zone=BAGHDAD, windows=NIGHTS)
    morning = local(BAGHDAD, 2026, 1, 6, 8)

    assert nights.ends_at(local(BAGHDAD, 2026, 1, 5, 20)) == morning
    assert nights.ends_at(local(BAGHDAD, 2026, 1, 6, 0)) == morning
    assert nights.ends_at(morning - MINUTE) == morning
    assert nights.ends_at(morning) is None
    assert nights.ends_at(local(BAGHDAD, 2026, 1, 5, 20) - MINUTE) is None


def test_a_window_that_begins_on_sunday_goes_on_into_monday() -> None:
    assert parts_of(6, 22 * 60, 60) == (
        Window(weekday=6, from_minute=22 * 60, until_minute=1440),
        Window(weekday=0, from_minute=0, until_minute=60),
    )
    assert parts_of(2, 22 * 60, 0) == (Window(weekday=2, from_minute=22 * 60, until_minute=1440),)
    assert parts_of(HOLIDAYS, 0, 0) == (Window(weekday=HOLIDAYS, from_minute=0, until_minute=1440),)


@pytest.mark.parametrize(
    ("day", "hours_long"),
    [((2026, 3, 29), 7), ((2026, 10, 25), 9), ((2026, 6, 7), 8)],
    ids=["spring", "autumn", "june"],
)
def test_a_night_of_eight_hours_lasts_an_hour_less_or_more_when_clocks_change(
    day: tuple[int, int, int], hours_long: int
) -> None:
    sunday = NoCutHours(zone=BERLIN, windows=frozenset(parts_of(6, 0, 8 * 60)))
    midnight = local(BERLIN, *day)

    assert sunday.ends_at(midnight) == midnight + timedelta(hours=hours_long)


def test_the_hour_that_comes_twice_is_protected_from_its_first_begin_to_its_last_end() -> None:
    second = NoCutHours(zone=BERLIN, windows=frozenset(parts_of(6, 120, 150)))

    assert second.ends_at(datetime(2026, 10, 25, 0, tzinfo=UTC)) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert second.ends_at(datetime(2026, 10, 25, 0, 45, tzinfo=UTC)) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_holiday_adds_its_hours_to_those_of_the_weekday() -> None:
    new_year = date(2026, 1, 1)
    found = NoCutHours(
        zone=BAGHDAD,
        windows=frozenset([*parts_of(3, 6 * 60, 8 * 60), *parts_of(HOLIDAYS, 8 * 60, 0)]),
        is_holiday=lambda day: day == new_year,
    )

    assert found.ends_at(local(BAGHDAD, 2026, 1, 1, 7)) == local(BAGHDAD, 2026, 1, 2)
    assert found.ends_at(local(BAGHDAD, 2026, 1, 8, 7)) == local(BAGHDAD, 2026, 1, 8, 8)
    assert found.ends_at(local(BAGHDAD, 2026, 1, 8, 9)) is None


def test_hours_without_an_end_end_within_ten_days() -> None:
    """So that a page can name an hour; it is looked for again at every pass."""
    always = NoCutHours(zone=BAGHDAD, windows=frozenset(parts_of(weekday, 0, 0)[0] for weekday in range(7)))
    at = local(BAGHDAD, 2026, 1, 6, 12)

    end = always.ends_at(at)

    assert end is not None and timedelta(days=6) < end - at < timedelta(days=10)


def test_the_cuts_behind_a_window_are_seconds_apart_and_the_same_after_every_restart() -> None:
    nights = NoCutHours(zone=BAGHDAD, windows=NIGHTS)
    at, morning = local(BAGHDAD, 2026, 1, 6, 3), local(BAGHDAD, 2026, 1, 6, 8)

    ends = [nights.protects_until(account_id, at) for account_id in (60, 61, 62, 119, 120)]

    assert ends == [morning + timedelta(seconds=s) for s in (0, 2, 4, 118, 0)]
    assert nights.protects_until(61, morning + timedelta(seconds=1)) == morning + timedelta(seconds=2)
    assert nights.protects_until(61, morning + timedelta(seconds=2)) is None


def test_a_site_without_windows_protects_nobody() -> None:
    assert NO_WINDOWS.protects_until(1, datetime(2026, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("own", "daily", "floor"),
    [(None, "7.5", "22.5"), ("5", "7.5", "5"), ("0", "7.5", "0"), (None, None, None), ("5", None, "5")],
)
def test_the_floor_is_the_own_one_or_three_average_days(own: str | None, daily: str | None, floor: str | None) -> None:
    def amount(text: str | None) -> Decimal | None:
        return None if text is None else Decimal(text)

    assert window_floor(amount(own), amount(daily)) == amount(floor)
