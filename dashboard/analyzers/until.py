"""Until when something shall hold: a few usual spans, or an instant of the site's own wall clock."""

from datetime import datetime, timedelta
from enum import StrEnum

import streamlit as st

from dashboard.house import database
from dashboard.viewing import formats
from prepaid.language import _, later
from prepaid.wishes import LONGEST


class Span(StrEnum):
    """The usual answers."""

    HOUR = "hour"
    FOUR = "four"
    DAY = "day"
    WEEK = "week"
    OTHER = "other"


TITLES = {
    Span.HOUR: later("1 hour"),
    Span.FOUR: later("4 hours"),
    Span.DAY: later("24 hours"),
    Span.WEEK: later("7 days"),
    Span.OTHER: later("Other"),
}
LENGTHS = {
    Span.HOUR: timedelta(hours=1),
    Span.FOUR: timedelta(hours=4),
    Span.DAY: timedelta(days=1),
    Span.WEEK: LONGEST,
}
MINUTE = timedelta(minutes=1)


def choose_until(key: str) -> datetime:
    """Draws the choice; answers an instant. The end stays where it was when the choice was made."""
    zone = formats().zone
    with database().reading() as conn:
        now = database().now(conn)
    chosen = st.segmented_control(
        _("For how long"),
        list(Span),
        default=Span.HOUR,
        required=True,
        format_func=lambda each: _(TITLES[each]),
        key=key,
    )
    if chosen is not Span.OTHER:
        return _whole_minute(now) + LENGTHS[chosen] - (MINUTE if chosen is Span.WEEK else timedelta(0))
    begin = now.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
    wall = st.datetime_input(
        _("Until, in the time of the site"),
        value=begin + LENGTHS[Span.DAY],
        min_value=begin,
        max_value=begin + LONGEST,
        key=f"{key}-other",
    )
    return wall.replace(tzinfo=zone).astimezone(now.tzinfo)


def _whole_minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0) + MINUTE
