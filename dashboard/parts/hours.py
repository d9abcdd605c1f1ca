"""No-cut hours by weekday: shown, and written by an administrator; those of a site and those of an account alike."""

from collections.abc import Mapping

import streamlit as st

from dashboard.parts.facts import Fact
from prepaid.language import _
from prepaid.no_cut import Window
from prepaid.site_calendar import WEEKDAYS, hours_on

LONGEST_HOURS = 120


def facts_of_hours(windows: frozenset[Window]) -> list[Fact]:
    """The weekdays that have hours."""
    written = [Fact(_(name), hours_on(windows, weekday)) for weekday, name in WEEKDAYS.items()]
    return [fact for fact in written if fact.value]


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
