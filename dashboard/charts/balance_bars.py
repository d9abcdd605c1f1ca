"""Energy that came in beside where it went: two bars of the same length, if nothing is lost."""

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from dashboard.charts.style import Chart, styled
from documents.formats import Formats

HEIGHT_PX = 96


class Share(NamedTuple):
    """A part of one of the bars. `hatched`: nobody has measured it."""

    bar: str
    name: str
    wh: int
    colour: str
    hatched: bool = False


def balance_bars(shares: Sequence[Share], formats: Formats, *, alt: str) -> Chart:
    """A bar a name, its shares side by side, the first bar on top. Their numbers stand beside the chart, not in it."""
    bars = list(dict.fromkeys(share.bar for share in shares))
    figure = styled(
        [_bar(share, formats) for share in shares if share.wh > 0],
        formats,
        unit="kWh",
        height_px=HEIGHT_PX,
        hover="closest",
        legend=False,
    )
    figure.update_layout(barmode="stack", bargap=0.25)
    figure.layout.annotations = ()
    figure.update_layout(margin_t=0)
    figure.update_yaxes(categoryorder="array", categoryarray=bars, autorange="reversed", showgrid=False)
    figure.update_xaxes(visible=False)
    return Chart(figure, alt)


def _bar(share: Share, formats: Formats) -> go.Bar:
    return go.Bar(
        name=share.name,
        orientation="h",
        x=[share.wh / 1000],
        y=[share.bar],
        customdata=[formats.energy(share.wh)],
        hovertemplate=f"{share.name}: %{{customdata}}<extra></extra>",
        marker={
            "color": share.colour,
            "pattern": {"shape": "/" if share.hatched else "", "fillmode": "replace", "size": 6, "solidity": 0.5},
        },
    )
