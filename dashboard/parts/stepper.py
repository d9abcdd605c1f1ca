"""A local day, month or year that is stepped through or chosen, and kept in the address of the page."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard.viewing import acting
from documents.formats import Formats
from prepaid.access import Right
from prepaid.language import _
from prepaid.spans import DAY, MONTHS_A_YEAR, Bucket, Span, midnight, months_later
from sql.sessions import SignedIn

ON = "on"
"""The name of the day in the address."""
PICKED = "picked_day"
ARROW_PX = 52
LOOK = """<style>
.st-key-back p, .st-key-forward p {position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)}
.st-key-back button span, .st-key-forward button span {gap: 0}
</style>"""
"""An arrow has a name for those who hear the page, and stands in the middle."""


def draw_stepper(bucket: Bucket, now: datetime, zone: ZoneInfo, words: Formats, earliest: date | None) -> Span:
    """Draws back, which one, forward; answers the whole span: hours are those of a day, days those of a month, months
    those of a year. Nothing lies ahead of today or before `earliest`."""
    today = now.astimezone(zone).date()
    first = min(earliest or today, today)
    chosen = _chosen(first, today)
    st.html(LOOK)
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, gap="small", key="stepper"):
        back, on = _stepped(chosen, bucket, -1), _stepped(chosen, bucket, 1)
        _arrow("back", "chevron_left", _("Back"), back, first, today, off=_end_of(back, bucket) <= first)
        with st.popover(title_of(chosen, bucket, today, words), width="stretch", key="which"):
            st.session_state[PICKED] = chosen
            st.date_input(
                _("Day"),
                min_value=first,
                max_value=today,
                key=PICKED,
                on_change=_pick,
                args=(today,),
                label_visibility="collapsed",
            )
        _arrow("forward", "chevron_right", _("Forward"), on, first, today, off=_begin_of(on, bucket) > today)
    return Span(midnight(_begin_of(chosen, bucket), zone), midnight(_end_of(chosen, bucket), zone))


def title_of(day: date, bucket: Bucket, today: date, words: Formats) -> str:
    """The day, month or year as it is read."""
    if bucket is Bucket.MONTH:
        return str(day.year)
    if bucket is Bucket.DAY:
        return words.month(day)
    if day == today:
        return _("Today, {day}").format(day=words.day(day))
    if day == today - DAY:
        return _("Yesterday, {day}").format(day=words.day(day))
    return f"{words.weekday(day)} {words.date(day)}"


def _chosen(first: date, today: date) -> date:
    """The day in the address, as far as it can be chosen."""
    try:
        held = date.fromisoformat(st.query_params.get(ON, ""))
    except ValueError:
        held = today
    return min(max(held, first), today)


def _arrow(key: str, icon: str, name: str, to: date, first: date, today: date, *, off: bool) -> None:
    st.button(
        name,
        icon=f":material/{icon}:",
        key=key,
        width=ARROW_PX,
        disabled=off,
        on_click=_go,
        args=(min(max(to, first), today), today),
    )


@acting(Right.SEE_OWN)
def _go(_person: SignedIn, to: date, today: date) -> None:
    _keep(to, today)


@acting(Right.SEE_OWN)
def _pick(_person: SignedIn, today: date) -> None:
    picked = st.session_state.get(PICKED)
    if isinstance(picked, date):
        _keep(picked, today)


def _keep(chosen: date, today: date) -> None:
    """Today needs no word in the address: a link to it shows the day on which it is opened."""
    if chosen == today:
        st.query_params.pop(ON, None)
    else:
        st.query_params[ON] = chosen.isoformat()


def _stepped(day: date, bucket: Bucket, by: int) -> date:
    """The day that stands for the span before or after."""
    if bucket is Bucket.HOUR:
        return day + by * DAY
    return months_later(day.replace(day=1), by * (MONTHS_A_YEAR if bucket is Bucket.MONTH else 1))


def _begin_of(day: date, bucket: Bucket) -> date:
    if bucket is Bucket.HOUR:
        return day
    return day.replace(day=1) if bucket is Bucket.DAY else day.replace(month=1, day=1)


def _end_of(day: date, bucket: Bucket) -> date:
    begin = _begin_of(day, bucket)
    if bucket is Bucket.HOUR:
        return begin + DAY
    return months_later(begin, MONTHS_A_YEAR if bucket is Bucket.MONTH else 1)
