"""Consumption: any span, any tenants and analyzers; by source over time, by the hour, by whom, and the losses."""

from time import monotonic

import streamlit as st

from dashboard.asked.consumption import answers, known_subjects
from dashboard.consumption.cards import draw_cards
from dashboard.consumption.filters import Filters, draw_filters
from dashboard.consumption.losses import draw_losses
from dashboard.consumption.measured import draw_measured
from dashboard.consumption.over_time import draw_time
from dashboard.consumption.ranking import draw_ranking
from dashboard.consumption.shape import draw_shape
from dashboard.house import database
from dashboard.parts.plain import plain
from dashboard.parts.states import draw_empty
from dashboard.rollups.picture import Picture, picture
from dashboard.viewing import formats, need, site
from documents.formats import Formats
from prepaid.access import Right, Viewer
from prepaid.language import _
from prepaid.spans import Span

# Longer work shows how far it has come.
PATIENCE_S = 0.7
NAMES_SHOWN = 6


def draw_consumption(viewer: Viewer) -> None:
    words, here = formats(), site()
    with database().reading() as conn:
        now = database().now(conn)
    filters = draw_filters(known_subjects(viewer, here.site_id), here.site_id, here.currency, now, words)
    if filters.span is None:
        draw_empty(_("No such time"), _("Choose an end that lies behind the beginning, and a beginning in the past."))
        return
    found = _picture(viewer, filters, filters.span, words)
    st.caption(_said(found, filters, words))
    if found.is_empty:
        draw_empty(_("Nothing was used"), _("Choose another time, or other tenants and analyzers."))
        return
    draw_cards(found, words)
    draw_time(found, words, in_money=filters.in_money)
    draw_shape(found, words)
    draw_measured(viewer, found, words)
    left, right = st.columns([5, 3]) if found.site is not None else (st.container(), None)
    with left:
        draw_ranking(found)
    if right is not None:
        with right:
            draw_losses(found, words)


def _picture(viewer: Viewer, filters: Filters, span: Span, words: Formats) -> Picture:
    place, begun_s = st.empty(), monotonic()

    def told(share: float) -> None:
        if monotonic() - begun_s > PATIENCE_S:
            place.progress(share, text=_("Adding up the hours…"))

    found = answers(viewer, filters.chosen, span, words.zone, told)
    place.empty()
    return picture(found, filters.chosen, span, filters.bucket, words.zone)


def _said(found: Picture, filters: Filters, words: Formats) -> str:
    """From when until when, in whose clock, and of whom."""
    until_at = min(found.span.until_at, found.at)
    parts = [
        _("{first} to {last}").format(first=words.instant(found.span.from_at), last=words.instant(until_at)),
        _("times of {zone}").format(zone=words.zone.key),
        _whom(filters, words),
    ]
    return " · ".join(parts)


def _whom(filters: Filters, words: Formats) -> str:
    if not filters.names:
        return _("everything sold to tenants")
    shown = [plain(words.name(name)) for name in filters.names[:NAMES_SHOWN]]
    more = len(filters.names) - len(shown)
    if more:
        shown.append(_("{number} more").format(number=words.number(more)))
    return ", ".join(shown)


person = need(Right.SEE_SITE)
st.title(_("Consumption"))
draw_consumption(person.viewer)
