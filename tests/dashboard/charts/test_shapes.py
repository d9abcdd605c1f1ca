"""Heat, duration and balance: what they draw, in which colours, without a number that is none."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.charts.balance_bars import Share, balance_bars
from dashboard.charts.colours import BOTH, GRID
from dashboard.charts.heat import heat_map
from dashboard.charts.load_duration import Point, load_duration
from dashboard.charts.style import Chart, Tick
from dashboard.charts.times import bucket_names, bucket_ticks
from documents.formats import Formats
from prepaid.spans import Bucket, Span, edges, midnight

BERLIN = ZoneInfo("Europe/Berlin")
ENGLISH = Formats("en", BERLIN)
HOURS = [f"{hour}:00" for hour in range(24)]


def spec(chart: Chart) -> str:
    """What the browser gets; a NaN in it is refused."""
    return json.dumps(json.loads(chart.figure.to_json()), allow_nan=False)


def days(first: date, count: int) -> Span:
    return Span(midnight(first, BERLIN), midnight(first + timedelta(days=count), BERLIN))


def test_heat_grows_from_the_page_itself_and_leaves_unknown_hours_out() -> None:
    shown: list[float | None] = [0.0, 500.0]
    rows: list[list[float | None]] = [[None, 1_500.0], *([shown] * 23)]

    chart = heat_map(rows, ["Nov 1", "Nov 2"], [Tick(0, "Nov 1")], HOURS, ENGLISH, alt="Heat")

    (heat,) = chart.figure.data
    assert (heat.z[0], heat.z[1], heat.zmin, heat.zmax) == ([None, 1.5], [0.0, 0.5], 0, 1.5)
    assert (heat.customdata[0][1], heat.hoverongaps) == ("1.50\u00a0kWh", False)
    assert heat.colorscale[-1] == (1, BOTH)
    assert chart.figure.layout.yaxis.range == (23.5, -0.5)
    assert "NaN" not in spec(chart)


def test_a_heat_of_nothing_can_be_drawn() -> None:
    assert "NaN" not in spec(heat_map([[None]] * 24, ["Nov 1"], [], HOURS, ENGLISH, alt="Nothing"))


def test_the_duration_curve_has_kw_over_the_share_of_hours() -> None:
    chart = load_duration([Point(5_000.0, 0.5, 1), Point(900.0, 1.0, 2)], ENGLISH, alt="Load")

    (curve,) = chart.figure.data
    assert (curve.x, curve.y) == ((50.0, 100.0), (5.0, 0.9))
    assert curve.customdata[1] == "At least 900\u00a0W in 2 hours"
    assert (curve.line.color, chart.figure.layout.xaxis.ticksuffix) == (BOTH, "%")
    assert [note.text for note in chart.figure.layout.annotations] == ["kW"]


def test_the_balance_shows_what_is_there_and_hatches_what_nobody_measured() -> None:
    shares = [
        Share("In", "Grid", 900, GRID),
        Share("In", "Generator", 0, "#000000"),
        Share("Out", "?", 9, "#111", True),
    ]

    chart = balance_bars(shares, ENGLISH, alt="Balance")

    assert [(bar.name, bar.x, bar.y, bar.marker.pattern.shape) for bar in chart.figure.data] == [
        ("Grid", (0.9,), ("In",), ""),
        ("?", (0.009,), ("Out",), "/"),
    ]
    assert chart.figure.layout.yaxis.categoryarray == ("In", "Out")


def test_negative_losses_are_not_drawn_backwards() -> None:
    assert len(balance_bars([Share("Out", "?", -9, "#111", True)], ENGLISH, alt="Balance").figure.data) == 0


def test_the_hour_that_comes_twice_has_two_names() -> None:
    bounds = edges(days(date(2026, 10, 25), 1), Bucket.HOUR, BERLIN)

    names = bucket_names(bounds, Bucket.HOUR, ENGLISH)

    assert len(set(names)) == len(names) == 25
    assert names[2:4] == ["Sun Oct 25, 2:00\u202fAM", "Sun Oct 25, 2:00\u202fAM (again)"]


@pytest.mark.parametrize(
    ("bucket", "name"),
    [
        (Bucket.DAY, "Sat Oct 31, 2026"),
        (Bucket.WEEK, "Oct 31 to Nov 1, 2026"),
        (Bucket.MONTH, "Oct 2026"),
    ],
)
def test_buckets_are_named_by_the_wall_clock(bucket: Bucket, name: str) -> None:
    assert bucket_names(edges(days(date(2026, 10, 31), 60), bucket, BERLIN), bucket, ENGLISH)[0] == name


def test_hours_of_one_day_are_written_as_times_and_of_several_days_where_these_begin() -> None:
    one = edges(days(date(2026, 7, 1), 1), Bucket.HOUR, BERLIN)
    three = edges(days(date(2026, 7, 1), 3), Bucket.HOUR, BERLIN)

    assert [tick.place for tick in bucket_ticks(one, Bucket.HOUR, ENGLISH)] == [0, 4, 8, 12, 16, 20]
    assert bucket_ticks(one, Bucket.HOUR, ENGLISH)[1].text == "4:00\u202fAM"
    assert bucket_ticks(three, Bucket.HOUR, ENGLISH) == [Tick(24, "Jul 2"), Tick(48, "Jul 3")]


def test_months_have_the_year_below_the_first_of_each() -> None:
    winter = edges(Span(datetime(2025, 11, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)), Bucket.MONTH, BERLIN)

    ticks = [tick.text for tick in bucket_ticks(winter, Bucket.MONTH, ENGLISH)]

    assert ticks == ["Nov<br>2025", "Dec", "Jan<br>2026", "Feb", "Mar"]


def test_an_axis_never_names_more_than_a_few_buckets() -> None:
    year = Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))

    for bucket in (Bucket.DAY, Bucket.WEEK, Bucket.MONTH):
        assert 4 <= len(bucket_ticks(edges(year, bucket, BERLIN), bucket, ENGLISH, 5)) <= 5
