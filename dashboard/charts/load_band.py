"""The measured load over time: a line of the means, a band from the least to the most quarter of an hour."""

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from dashboard.charts.colours import BOTH
from dashboard.charts.style import HEIGHT_PX, Chart, Tick, name_places, styled
from documents.formats import Formats
from prepaid.language import _

BAND = "rgba(13, 148, 136, .18)"


class Part(NamedTuple):
    """The mean load of a part of the span, and those of its least and its most quarter of an hour."""

    mean_w: float
    least_w: float
    most_w: float


def load_band(
    parts: Sequence[Part | None], names: Sequence[str], ticks: Sequence[Tick], formats: Formats, *, alt: str
) -> Chart:
    """Every part has its place on the scale, also those in which nothing was read: there the line ends."""
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False, "connectgaps": False}
    traces = [
        go.Scatter(x=list(names), y=[part and part.least_w / 1000 for part in parts], **edge),
        go.Scatter(
            x=list(names), y=[part and part.most_w / 1000 for part in parts], fill="tonexty", fillcolor=BAND, **edge
        ),
        go.Scatter(
            x=list(names),
            y=[part and part.mean_w / 1000 for part in parts],
            customdata=["" if part is None else _hover(part, formats) for part in parts],
            hovertemplate="%{customdata}<extra></extra>",
            mode="lines+markers" if _is_sparse(parts) else "lines",
            line={"color": BOTH, "width": 2},
            connectgaps=False,
            cliponaxis=False,
        ),
    ]
    figure = styled(traces, formats, unit="kW", height_px=HEIGHT_PX, legend=False)
    name_places(figure, names, ticks)
    return Chart(figure, alt)


def _hover(part: Part, formats: Formats) -> str:
    mean, least, most = (formats.power(power_w) for power_w in part)
    return mean if least == most else _("{value} ({least} to {most})").format(value=mean, least=least, most=most)


def _is_sparse(parts: Sequence[Part | None]) -> bool:
    """A point without neighbours is no line: then points are drawn as well."""
    return sum(part is not None for part in parts) < max(2, len(parts) / 4)
