"""No-cut hours as they are shown: days in a row with the same hours are one line."""

from dashboard.parts.hours import facts_of_hours
from prepaid.no_cut import HOLIDAYS
from prepaid.site_calendar import read_hours


def test_the_same_hours_on_all_days_are_one_line() -> None:
    windows = read_hours(dict.fromkeys(range(7), "02:00-06:00"))

    shown = [(fact.label, fact.value) for fact in facts_of_hours(windows)]

    assert shown == [("Every day", "02:00-06:00")]


def test_days_in_a_row_stand_together_and_holidays_alone() -> None:
    hours = {0: "08:00-12:00", 1: "08:00-12:00", 2: "08:00-12:00", 3: "", 4: "08:00-12:00", HOLIDAYS: "08:00-12:00"}

    shown = [(fact.label, fact.value) for fact in facts_of_hours(read_hours(hours))]

    assert shown == [
        ("Monday to Wednesday", "08:00-12:00"),
        ("Friday", "08:00-12:00"),
        ("Holidays", "08:00-12:00"),
    ]


def test_without_hours_nothing_is_shown() -> None:
    assert facts_of_hours(frozenset()) == []
