"""The history of a quantity as lines: gaps stay gaps, times are the site's, counters are no means."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.charts.colours import PHASES, WRONG
from dashboard.charts.parameter_lines import COLOURS, TICKS, parameter_lines
from documents.formats import Formats
from documents.parameter_texts import COUNTERS, CURRENT, FREQUENCY, POWER, QUANTITIES, VOLTAGE, Quantity
from sql.questions.parameter_history import ParameterHistory, Point
from tests.dashboard.charts.sight import contrast

WORDS = Formats("en", ZoneInfo("Asia/Baghdad"))
BERLIN = Formats("en", ZoneInfo("Europe/Berlin"))
MORNING = datetime(2026, 1, 5, 8, tzinfo=UTC)
LIGHT, DARK = "#f8fafc", "#0b1220"


def history(
    quantity: Quantity,
    span: timedelta,
    count: int,
    *,
    of: range | None = None,
    at: datetime = MORNING,
    value: float = 1,
) -> ParameterHistory:
    """Points with value n, n - 1 to n + 2, in the buckets of that range."""
    bucket = span / count
    points = tuple(
        Point(at + bucket * n, value + n, value + n - 1, value + n + 2) for n in (range(count) if of is None else of)
    )
    return ParameterHistory(
        from_at=at,
        until_at=at + span,
        bucket_s=bucket.total_seconds(),
        looked_at_s=bucket.total_seconds(),
        series=dict.fromkeys(quantity.names, points),
    )


def test_phases_are_lines_apart_by_colour_and_dash_in_the_unit_of_the_quantity() -> None:
    chart = parameter_lines(history(POWER, timedelta(hours=1), 60, value=1000), POWER, WORDS)

    lines = chart.figure.data
    assert [line.name for line in lines] == ["L1", "L2", "L3", "Total"]
    assert len({(line.line.color, line.line.dash) for line in lines}) == 4
    assert lines[0].y[0] == 1.0
    assert lines[0].customdata[0] == "1.000\u00a0kW (0.999 to 1.002)"
    assert chart.figure.layout.annotations[0].text == "kW"
    assert chart.figure.layout.yaxis.rangemode == "tozero"
    assert "11:00" in chart.figure.layout.xaxis.categoryarray[0]


def test_where_nothing_was_read_the_line_ends_and_the_scale_goes_on() -> None:
    chart = parameter_lines(history(CURRENT, timedelta(hours=1), 60, of=range(20, 50)), CURRENT, WORDS)

    line = chart.figure.data[0]
    assert len(line.x) == len(line.y) == 60
    assert line.y[19] is None and line.y[20] is not None and line.y[50] is None
    assert line.connectgaps is False
    assert line.mode == "lines"


def test_few_points_are_drawn_as_points_too() -> None:
    chart = parameter_lines(history(CURRENT, timedelta(hours=6), 240, of=range(235, 240)), CURRENT, WORDS)

    assert chart.figure.data[0].mode == "lines+markers"


def test_a_single_line_has_its_band_and_does_not_begin_at_zero() -> None:
    chart = parameter_lines(history(FREQUENCY, timedelta(hours=1), 60), FREQUENCY, WORDS)

    least, most, line = chart.figure.data
    assert (least.y[5], most.y[5], line.y[5]) == (5, 8, 6)
    assert most.fill == "tonexty"
    assert not chart.figure.layout.showlegend
    assert chart.figure.layout.yaxis.rangemode == "normal"
    assert parameter_lines(history(VOLTAGE, timedelta(hours=1), 60), VOLTAGE, WORDS).figure.layout.showlegend


def test_of_a_counter_the_greatest_value_is_drawn() -> None:
    chart = parameter_lines(history(COUNTERS[0], timedelta(hours=1), 60, value=5_000_000), COUNTERS[0], WORDS)

    assert [line.name for line in chart.figure.data] == ["Tariff 1", "Tariff 2"]
    assert chart.figure.data[0].y[0] == 5_000.002
    assert chart.figure.data[0].customdata[0] == "5,000.002\u00a0kWh"


@pytest.mark.parametrize("hours", [1, 6, 24, 168, 336])
def test_a_few_whole_times_stand_under_the_axis(hours: int) -> None:
    at = MORNING + timedelta(minutes=7)
    chart = parameter_lines(history(POWER, timedelta(hours=hours), 60, at=at), POWER, WORDS)

    ticks = list(chart.figure.layout.xaxis.ticktext)
    assert 2 <= len(ticks) <= TICKS + 1
    assert all(":07" not in tick for tick in ticks)
    assert (":" in ticks[0]) == (hours <= 24)


def test_the_hour_that_comes_twice_has_two_places() -> None:
    autumn = datetime(2026, 10, 24, 22, tzinfo=UTC)
    chart = parameter_lines(history(FREQUENCY, timedelta(hours=6), 12, at=autumn), FREQUENCY, BERLIN)

    places = list(chart.figure.layout.xaxis.categoryarray)
    assert len(set(places)) == len(places) == 12
    assert sum("again" in place for place in places) == 2


def test_what_it_shows_is_said_in_a_sentence() -> None:
    assert "from 0.0 to 12.0" in parameter_lines(history(VOLTAGE, timedelta(hours=1), 10), VOLTAGE, WORDS).alt
    empty = history(VOLTAGE, timedelta(hours=1), 10, of=range(0))
    assert "nothing was read" in parameter_lines(empty, VOLTAGE, WORDS).alt


def test_every_quantity_can_be_drawn() -> None:
    for quantity in QUANTITIES:
        assert parameter_lines(history(quantity, timedelta(hours=1), 10), quantity, WORDS).figure.data


def test_lines_are_seen_on_both_themes_and_none_of_them_is_red() -> None:
    for colour in COLOURS:
        assert contrast(colour, LIGHT) >= 3 and contrast(colour, DARK) >= 3, colour
    assert WRONG not in PHASES
