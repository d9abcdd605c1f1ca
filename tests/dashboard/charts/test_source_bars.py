"""Bars of both sources: which colours, which heights, what the hover says, what is pale and what is hatched."""

from zoneinfo import ZoneInfo

from dashboard.charts.colours import GENERATOR, GRID
from dashboard.charts.source_bars import Bar, source_bars
from dashboard.charts.style import Tick
from documents.formats import Formats

ENGLISH = Formats("en", ZoneInfo("Asia/Baghdad"))
PLAIN = Bar("Nov 1, 2026", 10.0, 2.5, "10.00 kWh", "2.50 kWh", "12.50 kWh")
SPREAD = PLAIN._replace(place="Nov 2, 2026", spread=True)
RUNNING = PLAIN._replace(place="Nov 3, 2026", running=True)


def test_grid_lies_below_and_generator_above_each_in_its_colour() -> None:
    figure = source_bars([PLAIN, SPREAD], [Tick(0, "Nov 1")], ENGLISH, unit="kWh", alt="Use").figure

    grid, generator, _totals = figure.data
    assert figure.layout.barmode == "stack"
    assert (grid.name, grid.marker.color, grid.y) == ("Grid", GRID, (10.0, 10.0))
    assert (generator.name, generator.marker.color, generator.y) == ("Generator", GENERATOR, (2.5, 2.5))
    assert grid.x == ("Nov 1, 2026", "Nov 2, 2026")


def test_the_hover_gives_both_sources_their_sum_and_what_to_know() -> None:
    grid, _generator, totals = source_bars([PLAIN, SPREAD, RUNNING], [], ENGLISH, unit="kWh", alt="Use").figure.data

    assert (grid.customdata[0], grid.hovertemplate) == ("10.00 kWh", "Grid: %{customdata}<extra></extra>")
    assert list(totals.customdata) == [
        "Total: 12.50 kWh",
        "Total: 12.50 kWh<br>Partly divided by time: the analyzer was silent",
        "Total: 12.50 kWh<br>Not complete yet",
    ]


def test_what_is_not_over_is_pale_and_what_is_spread_is_hatched() -> None:
    grid = source_bars([PLAIN, SPREAD, RUNNING], [], ENGLISH, unit="kWh", alt="Use").figure.data[0]

    assert grid.marker.pattern.shape == ("", "/", "")
    assert grid.marker.opacity[0] == grid.marker.opacity[1] > grid.marker.opacity[2]


def test_no_bars_are_an_empty_figure_with_its_unit() -> None:
    chart = source_bars([], [], ENGLISH, unit="kWh", alt="Nothing was used")

    assert [len(trace.x) for trace in chart.figure.data] == [0, 0, 0]
    assert chart.alt == "Nothing was used"
