"""The past of a quantity of one analyzer: a line for each phase or total, a band where there is only one line."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import cycle

import plotly.graph_objects as go

from dashboard.charts.colours import PHASES, QUIET
from dashboard.charts.style import Chart, Tick, name_places, styled
from documents.formats import Formats
from documents.parameter_texts import COUNTERS, PHASE_COUNTERS, REGISTERS, Quantity, title_of
from prepaid.language import _
from sql.questions.parameter_history import ParameterHistory, Point

HEIGHT_PX = 340
TICKS = 5
"""Times with AM and PM must stand side by side on a phone."""
COLOURS = (*PHASES, QUIET, "#a16207")
DASHES = ("solid", "dash", "dot", "solid", "dashdot")
BAND = "rgba(13, 148, 136, .18)"
FROM_ZERO = frozenset(
    {"current", "power", "reactive_power", "apparent_power", "thd_voltage", "thd_current", "unbalance"}
)
"""What is read against zero. A voltage against zero would be a straight line."""
LAST = frozenset(quantity.key for quantity in (*COUNTERS, *PHASE_COUNTERS, *REGISTERS))
"""Counters and registers: of each part of the span the greatest value is drawn, since a mean of them means nothing."""
DAY = 1440
STEPS = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 10, 15, 30, 60, 120, 180, 360, 720, DAY, 2 * DAY, 3 * DAY)
)


def parameter_lines(history: ParameterHistory, quantity: Quantity, formats: Formats) -> Chart:
    """Every part of the span has its place on the scale, also those in which nothing was read: there the lines end."""
    begins = _begins(history)
    places = _unlike([_place(begin, history, formats) for begin in begins])
    drawn = _greatest if quantity.key in LAST else _mean
    traces: list[go.Scatter] = []
    for number, (name, colour, dash) in enumerate(zip(quantity.names, cycle(COLOURS), cycle(DASHES), strict=False)):
        points = {point.at: point for point in history.series[name]}
        found = [points.get(begin) for begin in begins]
        if len(quantity.names) == 1 and drawn is _mean:
            traces += _band(places, found, quantity)
        label = _(quantity.labels[number])
        traces.append(_line(label, places, found, drawn, quantity, colour, dash, formats))
    figure = styled(
        traces, formats, unit=quantity.unit or _(quantity.title), height_px=HEIGHT_PX, legend=len(quantity.names) > 1
    )
    name_places(figure, places, _ticks(begins, formats))
    figure.update_yaxes(rangemode="tozero" if quantity.key in FROM_ZERO else "normal", tickformat=None)
    return Chart(figure, _alt(history, quantity, formats))


def _line(
    label: str,
    places: Sequence[str],
    found: Sequence[Point | None],
    drawn: Callable[[Point], float],
    quantity: Quantity,
    colour: str,
    dash: str,
    formats: Formats,
) -> go.Scatter:
    return go.Scatter(
        name=label,
        x=list(places),
        y=[None if point is None else drawn(point) / quantity.per_unit for point in found],
        customdata=["" if point is None else _hover(point, drawn, quantity, formats) for point in found],
        hovertemplate=f"{label}: %{{customdata}}<extra></extra>",
        mode="lines+markers" if _is_sparse(found) else "lines",
        line={"color": colour, "dash": dash, "width": 2},
        connectgaps=False,
        cliponaxis=False,
    )


def _band(places: Sequence[str], found: Sequence[Point | None], quantity: Quantity) -> list[go.Scatter]:
    """From the least to the most of each part."""
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False, "connectgaps": False}
    least = [None if point is None else point.least / quantity.per_unit for point in found]
    most = [None if point is None else point.most / quantity.per_unit for point in found]
    return [
        go.Scatter(x=list(places), y=least, **edge),
        go.Scatter(x=list(places), y=most, fill="tonexty", fillcolor=BAND, **edge),
    ]


def _hover(point: Point, drawn: Callable[[Point], float], quantity: Quantity, formats: Formats) -> str:
    value = quantity.with_unit(drawn(point), formats)
    if point.least == point.most or drawn is _greatest:
        return value
    least, most = quantity.text(point.least, formats), quantity.text(point.most, formats)
    return _("{value} ({least} to {most})").format(value=value, least=least, most=most)


def _mean(point: Point) -> float:
    return point.mean


def _greatest(point: Point) -> float:
    return point.most


def _is_sparse(found: Sequence[Point | None]) -> bool:
    """A point without neighbours is no line: then points are drawn as well."""
    return sum(point is not None for point in found) < len(found) / 4


def _begins(history: ParameterHistory) -> list[datetime]:
    bucket = timedelta(seconds=history.bucket_s)
    count = max(1, -(-(history.until_at - history.from_at) // bucket))
    return [history.from_at + bucket * number for number in range(count)]


def _place(begin: datetime, history: ParameterHistory, formats: Formats) -> str:
    day = begin.astimezone(formats.zone).date()
    if history.until_at - history.from_at <= timedelta(days=1):
        return formats.time(begin)
    return f"{formats.weekday(day)} {formats.day(day)}, {formats.time(begin)}"


def _unlike(places: Sequence[str]) -> list[str]:
    """The hour that comes twice in autumn gets another name the second time."""
    seen: set[str] = set()
    named = []
    for place in places:
        named.append(_("{hour} (again)").format(hour=place) if place in seen else place)
        seen.add(place)
    return named


def _ticks(begins: Sequence[datetime], formats: Formats) -> list[Tick]:
    """Whole times of the site's wall clock, a few of them; days where the span is long. A tick stands at the first
    part that begins in its time."""
    step = next((each for each in STEPS if (begins[-1] - begins[0]) / each < TICKS), STEPS[-1])
    minutes = step // timedelta(minutes=1)
    ticks: list[Tick] = []
    before: datetime | None = None
    for number, begin in enumerate(begins):
        whole = _whole(begin.astimezone(formats.zone), minutes)
        if before is not None and whole != before:
            ticks.append(Tick(number, formats.time(whole) if minutes < DAY else formats.day(whole.date())))
        before = whole
    return ticks[:: -(-len(ticks) // TICKS)] if ticks else [Tick(0, formats.time(begins[0]))]


def _whole(local: datetime, minutes: int) -> datetime:
    """The last whole time before: so many minutes of a day, or so many days."""
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if minutes >= DAY:
        return midnight - timedelta(days=midnight.toordinal() % (minutes // DAY))
    passed = local.hour * 60 + local.minute
    return midnight.replace(hour=passed // minutes * minutes // 60, minute=passed // minutes * minutes % 60)


def _alt(history: ParameterHistory, quantity: Quantity, formats: Formats) -> str:
    points = [point for points in history.series.values() for point in points]
    span = {"first": formats.instant(history.from_at), "last": formats.instant(history.until_at)}
    if not points:
        return _("{quantity}, {first} to {last}: nothing was read.").format(quantity=title_of(quantity), **span)
    return _("{quantity}, {first} to {last}: from {least} to {most}.").format(
        quantity=title_of(quantity),
        least=quantity.text(min(point.least for point in points), formats),
        most=quantity.text(max(point.most for point in points), formats),
        **span,
    )
