"""The bars of a tenant's use: each part by its own name, what is not over pale, what is in the hover."""

import itertools
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from dashboard.charts.use_bars import use_bars
from documents.formats import Formats
from prepaid.spans import Bucket, Span, edges, midnight
from prepaid.standing import Use
from sql.questions.use import Part
from tests.documents.test_standing_texts import plain

BERLIN = ZoneInfo("Europe/Berlin")
FORMATS = Formats("en", BERLIN)
USE = Use(grid_wh=1_500, generator_wh=500, grid_amount=Decimal("0.3"), generator_amount=Decimal("0.2"))


def parts_of(span: Span, bucket: Bucket) -> list[Part]:
    bounds = edges(span, bucket, BERLIN)
    return [
        Part(from_at=begin, until_at=end, use=USE, running=end == bounds[-1], spread=False)
        for begin, end in itertools.pairwise(bounds)
    ]


def test_the_hour_that_comes_twice_in_autumn_has_two_bars() -> None:
    day = date(2026, 10, 25)
    span = Span(midnight(day, BERLIN), midnight(day + timedelta(days=1), BERLIN))

    chart = use_bars(parts_of(span, Bucket.HOUR), Bucket.HOUR, FORMATS, "USD")

    grid, generator, totals = chart.figure.data
    assert len(set(grid.x)) == len(grid.x) == 25
    assert [plain(place) for place in grid.x[2:4]] == ["2:00 AM", "2:00 AM (2)"]
    assert (grid.y[0], generator.y[0]) == (1.5, 0.5)
    assert plain(totals.customdata[0]) == "Total: 2.00 kWh · $0.50"
    assert totals.customdata[-1] != totals.customdata[0], "what runs says so"
    assert chart.figure.layout.dragmode is False, "the finger scrolls the page"


def test_months_and_days_are_named_as_short_as_the_scale_allows() -> None:
    year = Span(midnight(date(2026, 1, 1), BERLIN), midnight(date(2027, 1, 1), BERLIN))
    month = Span(midnight(date(2026, 2, 1), BERLIN), midnight(date(2026, 3, 1), BERLIN))
    two = Span(midnight(date(2026, 1, 20), BERLIN), midnight(date(2026, 2, 5), BERLIN))

    of_two = use_bars(parts_of(two, Bucket.DAY), Bucket.DAY, FORMATS, "USD").figure
    of_year = use_bars(parts_of(year, Bucket.MONTH), Bucket.MONTH, FORMATS, "USD").figure
    of_month = use_bars(parts_of(month, Bucket.DAY), Bucket.DAY, FORMATS, "USD").figure

    assert [plain(text) for text in of_two.layout.xaxis.ticktext] == [
        "Jan 20",
        "Jan 23",
        "Jan 26",
        "Jan 29",
        "Feb 1",
        "Feb 4",
    ]
    assert of_year.layout.xaxis.ticktext == ("Jan", "Mar", "May", "Jul", "Sep", "Nov")
    assert of_month.layout.xaxis.ticktext == ("1", "6", "11", "16", "21", "26")
    assert (of_year.data[0].x[0], of_month.data[0].x[0]) == ("Jan 2026", "Sun Feb 1")
