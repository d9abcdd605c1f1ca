"""The mean power of each hour, grid below and generator above, as a stacked area."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import plotly.graph_objects as go

from dashboard.charts.colours import GENERATOR, GRID
from dashboard.charts.style import Chart, Tick, name_places, scale_large, styled
from documents.formats import Formats
from prepaid.language import _
from sql.questions.sales import HourSold

TICK_HOURS = 6
HEIGHT_PX = 300
LEAST = timedelta(minutes=3)
"""A running hour that is shorter says nothing yet."""
HOUR = timedelta(hours=1)
FILL_OPACITY = 0.85


def power_area(hours: Sequence[HourSold], now: datetime, formats: Formats) -> Chart:
    """The hours in their order; of the one that runs, the mean until now."""
    known = with_a_mean(hours, now)
    places = [_place(hour.hour_at, number, formats) for number, hour in enumerate(known)]
    grid_kw = [mean_kw(hour.use.grid_wh, hour.hour_at, now) for hour in known]
    generator_kw = [mean_kw(hour.use.generator_wh, hour.hour_at, now) for hour in known]
    figure = styled(
        [
            _layer(_("Grid"), GRID, places, grid_kw, formats),
            _layer(_("Generator"), GENERATOR, places, generator_kw, formats),
        ],
        formats,
        unit="kW",
        height_px=HEIGHT_PX,
    )
    ticks = [
        Tick(number, formats.time(hour.hour_at))
        for number, hour in enumerate(known)
        if hour.hour_at.astimezone(formats.zone).hour % TICK_HOURS == 0
    ]
    name_places(figure, places, ticks)
    figure.update_xaxes(range=[0, max(len(places) - 1, 1)])
    scale_large(figure, max((sum(pair) for pair in zip(grid_kw, generator_kw, strict=True)), default=0.0))
    return Chart(figure, _alt(grid_kw, generator_kw, formats))


def _layer(name: str, colour: str, places: Sequence[str], values_kw: Sequence[float], formats: Formats) -> go.Scatter:
    return go.Scatter(
        name=name,
        x=list(places),
        y=list(values_kw),
        customdata=[formats.power(value * 1000) for value in values_kw],
        hovertemplate=f"{name}: %{{customdata}}<extra></extra>",
        mode="lines",
        stackgroup="power",
        line={"color": colour, "width": 0, "shape": "hvh"},
        fillcolor=_pale(colour),
    )


def with_a_mean(hours: Sequence[HourSold], now: datetime) -> list[HourSold]:
    """Without the hour that has only just begun: a mean of so little would be a fall to nothing."""
    return [hour for hour in hours if now - hour.hour_at >= LEAST]


def mean_kw(wh: int, hour_at: datetime, now: datetime) -> float:
    """The mean power of an hour; of the one that runs, until now."""
    return wh / 1000 / (max(LEAST, min(now - hour_at, HOUR)) / HOUR)


def _place(hour_at: datetime, number: int, formats: Formats) -> str:
    """Unlike any other, also for the hour that comes twice: invisible marks part equal names."""
    day = formats.weekday(hour_at.astimezone(formats.zone).date())
    return f"{day} {formats.time(hour_at)}" + "\u200b" * (number % 2)


def _pale(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {FILL_OPACITY})"


def _alt(grid_kw: Sequence[float], generator_kw: Sequence[float], formats: Formats) -> str:
    total = [grid + generator for grid, generator in zip(grid_kw, generator_kw, strict=True)]
    if not total:
        return _("The power of the last 24 hours: nothing is known yet.")
    return _("The power of the last 24 hours by source: {now} in the newest hour, {most} at most.").format(
        now=formats.power(total[-1] * 1000), most=formats.power(max(total) * 1000)
    )
