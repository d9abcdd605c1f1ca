"""The heat of a day: how much is used at which hour, day by day or week by week."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.charts.colours import BOTH
from dashboard.charts.style import HEIGHT_PX, SMALL_PX, Chart, Tick, name_places, styled
from documents.formats import Formats
from prepaid.language import _

SCALE_PX = 48
HOURS_WRITTEN = (0, 6, 12, 18)
FAINT, FULL = "rgba(13, 148, 136, 0.06)", BOTH
"""One colour that grows out of the page: low is the page itself, in light and in dark."""


def heat_map(
    rows: Sequence[Sequence[float | None]],
    places: Sequence[str],
    ticks: Sequence[Tick],
    hours: Sequence[str],
    formats: Formats,
    *,
    alt: str,
) -> Chart:
    """A column a bucket, a row an hour of the day (midnight on top), darker where more is used. `rows` are mean Wh."""
    texts = [[_text(wh, formats) for wh in row] for row in rows]
    figure = styled(
        [
            go.Heatmap(
                x=list(places),
                y=list(hours),
                z=[[None if wh is None else wh / 1000 for wh in row] for row in rows],
                customdata=texts,
                hovertemplate="%{x}<br>%{y}: %{customdata}<extra></extra>",
                hoverongaps=False,
                colorscale=[[0, FAINT], [1, FULL]],
                zmin=0,
                zmax=max((wh / 1000 for row in rows for wh in row if wh is not None), default=0.0) or 1.0,
                xgap=1 if len(places) <= 31 else 0,
                ygap=1,
                colorbar={
                    "thickness": 8,
                    "len": 1,
                    "x": 1,
                    "xpad": 6,
                    "nticks": 5,
                    "tickformat": ",",
                    "outlinewidth": 0,
                    "tickfont": {"size": SMALL_PX - 1},
                },
            )
        ],
        formats,
        unit=_("kWh in the hour"),
        height_px=HEIGHT_PX,
        hover="closest",
        legend=False,
    )
    figure.update_layout(margin_r=SCALE_PX)
    name_places(figure, places, ticks)
    figure.update_yaxes(
        type="category",
        categoryorder="array",
        categoryarray=list(hours),
        autorange=False,
        range=[len(hours) - 0.5, -0.5],
        tickmode="array",
        tickvals=list(HOURS_WRITTEN),
        ticktext=[hours[hour] for hour in HOURS_WRITTEN],
        showgrid=False,
    )
    return Chart(figure, alt)


def _text(wh: float | None, formats: Formats) -> str:
    return "" if wh is None else formats.energy(round(wh))
