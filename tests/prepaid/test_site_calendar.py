"""The calendar of a site as people write it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prepaid.errors.tenants import HolidaysInvalid, HoursInvalid
from prepaid.no_cut import HOLIDAYS, Window
from prepaid.site_calendar import WEEKDAYS, OwnDay, SiteCalendar, hours_on, read_hours, read_own_days

windows = st.builds(
    lambda weekday, ends: Window(weekday=weekday, from_minute=min(ends), until_minute=max(ends)),
    st.integers(0, HOLIDAYS),
    st.lists(st.integers(0, 1440), min_size=2, max_size=2, unique=True),
)


def calendar(found: frozenset[Window] = frozenset(), own_days: tuple[OwnDay, ...] = ()) -> SiteCalendar:
    return SiteCalendar(windows=found, country=None, subdivision=None, own_days=own_days)


@given(st.frozensets(windows, max_size=6))
def test_hours_that_are_shown_are_read_as_the_same(found: frozenset[Window]) -> None:
    shown = {weekday: hours_on(found, weekday) for weekday in WEEKDAYS}

    assert read_hours(shown) == found


def test_hours_over_midnight_go_on_into_the_next_day() -> None:
    found = read_hours({6: "20:00-08:00, 12:00 – 13:30", HOLIDAYS: "00:00-24:00"})

    assert [hours_on(found, weekday) for weekday in (6, 0, 1, HOLIDAYS)] == [
        "12:00-13:30, 20:00-24:00",
        "00:00-08:00",
        "",
        "00:00-24:00",
    ]


@pytest.mark.parametrize(
    "text", ["8-9", "25:00-26:00", "08:60-09:00", "24:00-08:00", "08:00", "08:00-24:01", "1:00-2:00," * 7]
)
def test_what_is_no_hours_is_refused(text: str) -> None:
    with pytest.raises(HoursInvalid):
        read_hours({0: text})


def test_own_days_are_kept_by_date() -> None:
    found = read_own_days("2027-04-01 Founding day\n\n 2026-12-24  Christmas Eve \n")

    assert found == (OwnDay(date(2026, 12, 24), "Christmas Eve"), OwnDay(date(2027, 4, 1), "Founding day"))
    assert read_own_days(calendar(own_days=found).own_days_text) == found


@pytest.mark.parametrize(
    "text",
    ["2027-02-30 Never", "2027-04-01", "Founding day", "2027-04-01 One\n2027-04-01 Two", f"2027-04-01 {'x' * 121}"],
)
def test_what_is_no_holiday_is_refused(text: str) -> None:
    with pytest.raises(HolidaysInvalid):
        read_own_days(text)


def test_more_than_a_hundred_own_days_are_refused() -> None:
    lines = [f"{date.fromordinal(739_000 + number).isoformat()} Day" for number in range(101)]

    assert len(read_own_days("\n".join(lines[:100]))) == 100
    with pytest.raises(HolidaysInvalid):
        read_own_days("\n".join(lines))
