"""The measured load of Consumption, kept per viewer, choice and span: what ended before today for half an hour, today a
moment. A span is asked for in pieces, a month each, since raw readings are many."""

from collections.abc import Callable
from itertools import chain
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard.asked.consumption import CLOSED_S, KEPT_S, pieces
from dashboard.house import archive_folder, database
from prepaid.access import Viewer
from prepaid.spans import Span, midnight
from sql.questions.consumption import Chosen
from sql.questions.measured_load import MeasuredLoad, measured_load

PIECES_AT_MOST = 200

Told = Callable[[float], None]


def measured(viewer: Viewer, chosen: Chosen, span: Span, zone: ZoneInfo, told: Told) -> MeasuredLoad:
    """The load of the span; `told` hears how far it has come, from 0 to 1."""
    with database().reading() as conn:
        now = database().now(conn)
    today_at = midnight(now.astimezone(zone).date(), zone)
    closed = pieces(span.until(today_at), zone)
    found = []
    for number, piece in enumerate(closed):
        told(number / (len(closed) + 1))
        found.append(_closed(viewer, chosen, piece))
    if span.until_at > today_at:
        found.append(_today(viewer, chosen, Span(max(span.from_at, today_at), span.until_at)))
    return MeasuredLoad(
        quarters=tuple(chain.from_iterable(each.quarters for each in found)),
        looked_at_s=min(each.looked_at_s for each in found),
        unreadable=tuple(dict.fromkeys(chain.from_iterable(each.unreadable for each in found))),
    )


@st.cache_data(ttl=CLOSED_S, max_entries=PIECES_AT_MOST, show_spinner=False)
def _closed(viewer: Viewer, chosen: Chosen, span: Span) -> MeasuredLoad:
    return _asked(viewer, chosen, span)


@st.cache_data(ttl=KEPT_S, max_entries=PIECES_AT_MOST, show_spinner=False)
def _today(viewer: Viewer, chosen: Chosen, span: Span) -> MeasuredLoad:
    return _asked(viewer, chosen, span)


def _asked(viewer: Viewer, chosen: Chosen, span: Span) -> MeasuredLoad:
    with database().reading() as conn:
        return measured_load(conn, viewer, chosen, span, archive_folder())
