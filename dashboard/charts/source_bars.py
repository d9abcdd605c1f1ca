"""Bars over time: grid below, generator above, and over each bar what both come to."""

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from dashboard.charts.colours import GENERATOR, GRID
from dashboard.charts.style import HEIGHT_PX, Chart, Tick, name_places, scale_large, styled
from documents.formats import Formats
from prepaid.language import _

RUNNING_OPACITY = 0.55
HATCHED = "/"


class Bar(NamedTuple):
    """One bucket of time: its name, unlike all others; both sources in the unit of the axis, and as they are read.

    `running`: not charged in full. `spread`: part of it lies inside a silence and is divided by time.
    """

    place: str
    grid: float
    generator: float
    grid_text: str
    generator_text: str
    total_text: str
    running: bool = False
    spread: bool = False


def source_bars(
    bars: Sequence[Bar],
    ticks: Sequence[Tick],
    formats: Formats,
    *,
    unit: str,
    alt: str,
    height_px: int = HEIGHT_PX,
) -> Chart:
    """Stacked bars of both sources. What is running is pale, what is spread is hatched; the hover says so too."""
    places = [bar.place for bar in bars]
    figure = styled(
        [
            _of_source(bars, _("Grid"), GRID, [bar.grid for bar in bars], [bar.grid_text for bar in bars]),
            _of_source(
                bars, _("Generator"), GENERATOR, [bar.generator for bar in bars], [bar.generator_text for bar in bars]
            ),
            _totals(bars),
        ],
        formats,
        unit=unit,
        height_px=height_px,
    )
    figure.update_layout(barmode="stack")
    name_places(figure, places, ticks)
    scale_large(figure, max((bar.grid + bar.generator for bar in bars), default=0.0))
    return Chart(figure, alt)


def _of_source(bars: Sequence[Bar], name: str, colour: str, values: Sequence[float], texts: Sequence[str]) -> go.Bar:
    return go.Bar(
        name=name,
        x=[bar.place for bar in bars],
        y=list(values),
        customdata=list(texts),
        hovertemplate=f"{name}: %{{customdata}}<extra></extra>",
        marker={
            "color": colour,
            "opacity": [RUNNING_OPACITY if bar.running else 1.0 for bar in bars],
            "pattern": {
                "shape": [HATCHED if bar.spread else "" for bar in bars],
                "fillmode": "replace",
                "size": 6,
                "solidity": 0.6,
            },
        },
    )


def _totals(bars: Sequence[Bar]) -> go.Scatter:
    """Draws nothing: it adds the sum and the remarks to the hover."""
    return go.Scatter(
        name=_("Total"),
        x=[bar.place for bar in bars],
        y=[bar.grid + bar.generator for bar in bars],
        customdata=[_with_remarks(bar) for bar in bars],
        mode="lines",
        line={"width": 0, "color": "rgba(0, 0, 0, 0)"},
        showlegend=False,
        hovertemplate="%{customdata}<extra></extra>",
    )


def _with_remarks(bar: Bar) -> str:
    lines = [_("Total: {total}").format(total=bar.total_text)]
    if bar.running:
        lines.append(_("Not complete yet"))
    if bar.spread:
        lines.append(_("Partly divided by time: the analyzer was silent"))
    return "<br>".join(lines)
