"""No-cut hours by weekday: shown, and written by an administrator; those of a site and those of an account alike."""

from collections.abc import Mapping, Sequence
from itertools import groupby

import streamlit as st

from dashboard.parts.facts import Fact
from prepaid.language import _
from prepaid.no_cut import HOLIDAYS, Window
from prepaid.site_calendar import WEEKDAYS, hours_on

LONGEST_HOURS, DAYS_A_WEEK = 120, 7


def facts_of_hours(windows: frozenset[Window]) -> list[Fact]:
    """The weekdays that have hours, those in a row that have the same ones together."""
    week = [weekday for weekday in WEEKDAYS if weekday != HOLIDAYS]
    together = [(hours, list(days)) for hours, days in groupby(week, lambda weekday: hours_on(windows, weekday))]
    written = [Fact(_days_words(days), hours) for hours, days in together if hours]
    holidays = hours_on(windows, HOLIDAYS)
    return [*written, Fact(_(WEEKDAYS[HOLIDAYS]), holidays)] if holidays else written


def _days_words(days: Sequence[int]) -> str:
    """Every day, Monday to Thursday, or Monday."""
    first, last = _(WEEKDAYS[days[0]]), _(WEEKDAYS[days[-1]])
    if len(days) == DAYS_A_WEEK:
        return _("Every day")
    return first if len(days) == 1 else _("{first} to {last}").format(first=first, last=last)


def draw_hours_fields(seen: frozenset[Window], key: str) -> Mapping[int, str]:
    """A field for each weekday, two beside each other; answers what is written in them."""
    st.caption(_("Write hours like 20:00-08:00, several with commas; those over midnight go on into the next day."))
    texts = {}
    columns = [column for _pair in range(0, len(WEEKDAYS), 2) for column in st.columns(2)]
    for column, (weekday, name) in zip(columns, WEEKDAYS.items(), strict=True):
        texts[weekday] = column.text_input(
            _(name), hours_on(seen, weekday), max_chars=LONGEST_HOURS, key=f"{key}-{weekday}"
        )
    return texts
