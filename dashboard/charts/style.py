"""The one look of all charts: sizes, margins, legend, hover and axes with their units, in light and in dark.

Fonts, text and background colours are left out on purpose: Streamlit's theme sets them, and it knows light from dark.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import plotly.graph_objects as go

from documents.formats import Formats

CONFIG: dict[str, Any] = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False}
"""How the browser treats every chart: no toolbar, no zoom by wheel or double click."""

HEIGHT_PX = 300
LOW_PX = 180
SMALL_PX = 12
MARGIN_PX = {"l": 0, "r": 4, "t": 34, "b": 0}
QUIET_LINE = "rgba(100, 116, 139, 0.22)"
"""Lines behind the data: seen on a light and on a dark page, and read by nobody."""
COMPACT_FROM = 100_000
TICKS_AT_MOST = 6

Hover = Literal["x unified", "closest"]


class Chart(NamedTuple):
    """A figure, and in one sentence what it shows, for those who cannot see it."""

    figure: go.Figure
    alt: str


class Tick(NamedTuple):
    """The number of a place on a scale of names, and what is written there."""

    place: int
    text: str


def styled(
    traces: Sequence[Any],
    formats: Formats,
    *,
    unit: str,
    height_px: int = HEIGHT_PX,
    hover: Hover = "x unified",
    legend: bool = True,
) -> go.Figure:
    """A figure of these traces with the look of the product; `unit` stands over the vertical axis.

    The finger scrolls the page: nothing in the chart can be dragged or zoomed.
    """
    figure = go.Figure(list(traces))
    figure.update_layout(
        height=height_px,
        margin=MARGIN_PX,
        annotations=[_over_the_axis(unit)],
        dragmode=False,
        hovermode=hover,
        hoverlabel={"namelength": -1},
        showlegend=legend,
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
        separators=formats.separators,
        barcornerradius=2,
        bargap=0.15,
    )
    figure.update_xaxes(fixedrange=True, automargin=True, showgrid=False, zeroline=False)
    figure.update_yaxes(
        fixedrange=True,
        automargin=True,
        gridcolor=QUIET_LINE,
        zerolinecolor=QUIET_LINE,
        nticks=TICKS_AT_MOST,
        rangemode="tozero",
        tickformat=",",
    )
    return figure


def _over_the_axis(unit: str) -> dict[str, Any]:
    place = {"xref": "paper", "x": 0, "xanchor": "left", "yref": "paper", "y": 1.02, "yanchor": "bottom"}
    return {"text": unit, "showarrow": False, "font": {"size": SMALL_PX}, **place}


def scale_large(figure: go.Figure, largest: float) -> None:
    """Writes the vertical axis short (1.5M) where its numbers would push the chart to the side."""
    if largest >= COMPACT_FROM:
        figure.update_yaxes(tickformat="~s")


def name_places(figure: go.Figure, places: Sequence[str], ticks: Sequence[Tick]) -> None:
    """A horizontal scale of named places, each name unique; a few of them are written under the axis.

    Charts over time use it in place of a date axis, which knows no zones and no other language, and on which the hour
    that comes twice in autumn would cover itself.
    """
    figure.update_xaxes(
        type="category",
        categoryorder="array",
        categoryarray=list(places),
        range=[-0.5, max(len(places), 1) - 0.5],
        tickmode="array",
        tickvals=[tick.place for tick in ticks],
        ticktext=[tick.text for tick in ticks],
        tickangle=0,
        unifiedhovertitle={"text": "%{x}"},
    )


def thin(count: int, most: int = TICKS_AT_MOST) -> range:
    """Evenly spaced numbers below `count`, at most `most` of them."""
    return range(0, count, max(1, -(-count // most)))
