"""The power of the last hours: means, both sources in their colours, and a running hour that is not too small."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.charts.colours import GENERATOR, GRID
from dashboard.charts.power_area import mean_kw, power_area, with_a_mean
from documents.formats import Formats
from prepaid.standing import Use
from sql.questions.sales import HourSold

ENGLISH = Formats("en", ZoneInfo("Asia/Baghdad"))
FIRST = datetime(2026, 11, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def hours(*used: tuple[int, int]) -> list[HourSold]:
    return [
        HourSold(hour_at=FIRST + number * HOUR, use=Use(grid_wh=grid, generator_wh=generator))
        for number, (grid, generator) in enumerate(used)
    ]


def rgb(rgba: str) -> str:
    """The colour of "rgba(47, 111, 237, 0.85)" as #2f6fed."""
    return "#" + "".join(f"{int(part):02x}" for part in rgba[5:].split(",")[:3])


def test_both_sources_are_stacked_in_their_colours_with_their_means() -> None:
    figure = power_area(hours((2_000, 0), (500, 1_000)), FIRST + 2 * HOUR, ENGLISH).figure

    grid, generator = figure.data
    assert grid.stackgroup == generator.stackgroup == "power"
    assert (grid.name, grid.y, generator.name, generator.y) == ("Grid", (2.0, 0.5), "Generator", (0.0, 1.0))
    assert (rgb(grid.fillcolor), rgb(generator.fillcolor)) == (GRID, GENERATOR)
    assert list(grid.customdata) == ["2.00\u00a0kW", "500\u00a0W"]


def test_the_running_hour_is_its_mean_until_now_and_left_out_while_it_says_nothing() -> None:
    used = hours((1_000, 0), (250, 0))

    assert power_area(used, FIRST + HOUR + HOUR / 4, ENGLISH).figure.data[0].y == (1.0, 1.0)
    assert power_area(used, FIRST + HOUR + timedelta(minutes=2), ENGLISH).figure.data[0].y == (1.0,)
    assert with_a_mean(used, FIRST + HOUR + timedelta(minutes=2)) == used[:1]
    assert mean_kw(10, FIRST, FIRST + timedelta(seconds=1)) == pytest.approx(0.2), "never as if it were a moment"


def test_the_scale_names_every_sixth_hour_of_the_sites_clock() -> None:
    figure = power_area(hours(*[(1_000, 0)] * 24), FIRST + 24 * HOUR, ENGLISH).figure

    assert list(figure.layout.xaxis.ticktext) == [ENGLISH.time(FIRST + hour * HOUR) for hour in (0, 6, 12, 18)]
    assert len(set(figure.data[0].x)) == 24


def test_the_hour_that_comes_twice_has_two_places() -> None:
    berlin = Formats("en", ZoneInfo("Europe/Berlin"))
    night = datetime(2026, 10, 25, 0, tzinfo=UTC)
    twice = [HourSold(hour_at=night + number * HOUR, use=Use(grid_wh=1)) for number in range(2)]

    assert len(set(power_area(twice, night + 2 * HOUR, berlin).figure.data[0].x)) == 2


def test_nothing_known_is_an_empty_figure_that_says_so() -> None:
    chart = power_area([], FIRST, ENGLISH)

    assert [len(trace.x) for trace in chart.figure.data] == [0, 0]
    assert "nothing is known yet" in chart.alt
