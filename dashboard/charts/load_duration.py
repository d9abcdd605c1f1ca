"""The load-duration curve: for how much of the time the load was at least so large."""

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from dashboard.charts.colours import BOTH
from dashboard.charts.style import HEIGHT_PX, QUIET_LINE, Chart, styled
from documents.formats import Formats
from prepaid.language import _

FILL = "rgba(13, 148, 136, 0.18)"


class Point(NamedTuple):
    """In this share of all hours, so many, the mean load of an hour was at least `power_w`."""

    power_w: float
    share: float
    hours: int


def load_duration(points: Sequence[Point], formats: Formats, *, alt: str) -> Chart:
    """The curve falls from the peak on the left to the load that is always there on the right."""
    curve = go.Scatter(
        x=[point.share * 100 for point in points],
        y=[point.power_w / 1000 for point in points],
        customdata=[
            _("At least {power} in {hours} hours").format(
                power=formats.power(point.power_w), hours=formats.number(point.hours)
            )
            for point in points
        ],
        mode="lines",
        line={"color": BOTH, "width": 2},
        fill="tozeroy",
        fillcolor=FILL,
        hovertemplate="%{customdata}<extra></extra>",
    )
    figure = styled([curve], formats, unit="kW", height_px=HEIGHT_PX, legend=False)
    figure.update_xaxes(
        range=[0, 100],
        ticksuffix="%",
        nticks=6,
        hoverformat=".1f",
        showgrid=True,
        gridcolor=QUIET_LINE,
        title={"text": _("Share of all hours"), "standoff": 8},
    )
    return Chart(figure, alt)
