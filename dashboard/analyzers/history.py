"""The history of any parameter of one analyzer over a span; the choice is kept in the address of the page."""

from datetime import datetime, timedelta
from enum import StrEnum

import pandas as pd
import streamlit as st

from dashboard.asked.analyzers import history_of, now_minute
from dashboard.charts.parameter_lines import parameter_lines
from dashboard.parts.chart import draw_chart
from dashboard.parts.export import draw_export
from dashboard.parts.states import draw_empty
from dashboard.viewing import formats, live
from documents.formats import Formats
from documents.parameter_texts import POWER, QUANTITIES, Quantity, title_of
from prepaid.access import Right
from prepaid.language import _, later
from sql.questions.parameter_history import ParameterHistory

EVERY_S = 60.0
QUANTITY_PX = 320


class Span(StrEnum):
    """How far back."""

    HOUR = "1h"
    SIX_HOURS = "6h"
    DAY = "24h"
    WEEK = "7d"
    FORTNIGHT = "14d"


SPANS = {
    Span.HOUR: (later("1 h"), timedelta(hours=1)),
    Span.SIX_HOURS: (later("6 h"), timedelta(hours=6)),
    Span.DAY: (later("24 h"), timedelta(days=1)),
    Span.WEEK: (later("7 d"), timedelta(days=7)),
    Span.FORTNIGHT: (later("14 d"), timedelta(days=14)),
}
BY_KEY = {quantity.key: quantity for quantity in QUANTITIES}


@live(EVERY_S, Right.SEE_SITE)
def draw_history(analyzer_id: int) -> None:
    """What to draw, the chart, and its numbers as a file."""
    words = formats()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        key = st.selectbox(
            _("Parameter"),
            list(BY_KEY),
            index=list(BY_KEY).index(POWER.key),
            format_func=lambda each: title_of(BY_KEY[each]),
            key="analyzer_quantity",
            bind="query-params",
            width=QUANTITY_PX,
        )
        span = st.segmented_control(
            _("Span"),
            list(Span),
            default=Span.SIX_HOURS,
            required=True,
            format_func=lambda each: _(SPANS[each][0]),
            key="analyzer_span",
            bind="query-params",
        )
    quantity = BY_KEY[key]
    until_at = now_minute()
    found = history_of(analyzer_id, quantity.names, until_at - SPANS[span][1], until_at)
    if not any(found.series.values()):
        draw_empty(
            _("Nothing was read in this span"),
            _("History is kept for some days only, and not while the analyzer is silent. Choose another span."),
            ":material/show_chart:",
        )
        return
    with st.container(border=True):
        draw_chart(parameter_lines(found, quantity, words), "analyzer-history")
        _draw_note(found, words)
        draw_export(history_table(found, quantity), f"analyzer-{analyzer_id}-{quantity.key}", "export-history")


def _draw_note(found: ParameterHistory, words: Formats) -> None:
    bucket = words.duration(timedelta(seconds=found.bucket_s))
    zone = words.zone.key
    if found.sampled:
        looked = words.duration(timedelta(seconds=found.looked_at_s))
        text = _("Each point stands for {bucket}, of which the first {looked} are read. Times of {zone}.")
        st.caption(words.sentence(text, bucket=bucket, looked=looked, zone=zone))
    else:
        st.caption(words.sentence(_("Each point stands for {bucket}. Times of {zone}."), bucket=bucket, zone=zone))


def history_table(found: ParameterHistory, quantity: Quantity) -> pd.DataFrame:
    """The points as numbers in the parameters' own units, instants in UTC."""
    rows: dict[datetime, dict[str, object]] = {}
    for name in quantity.names:
        for point in found.series[name]:
            row = rows.setdefault(point.at, {"from": point.at.isoformat()})
            row[f"{name}_mean"], row[f"{name}_least"], row[f"{name}_most"] = point.mean, point.least, point.most
    return pd.DataFrame([rows[at] for at in sorted(rows)])
