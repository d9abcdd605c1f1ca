"""Quarters of an hour become parts of a span: their mean, the least and the most of them."""

from datetime import timedelta

from dashboard.rollups.loads import LoadPart, load_parts, peak_quarter
from sql.questions.measured_load import QuarterLoad
from tests.building import MORNING

HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)


def quarter(number: int, power_w: float) -> QuarterLoad:
    return QuarterLoad(at=MORNING + number * QUARTER, power_w=power_w, analyzers=2)


def test_each_part_has_the_quarters_that_begin_in_it() -> None:
    edges = [MORNING, MORNING + HOUR, MORNING + 2 * HOUR, MORNING + 3 * HOUR]
    quarters = [quarter(-1, 9_000), quarter(0, 100), quarter(3, 300), quarter(8, 50), quarter(12, 9_000)]

    assert load_parts(quarters, edges) == [LoadPart(200, 100, 300), None, LoadPart(50, 50, 50)]


def test_the_peak_is_the_first_of_the_largest_quarters() -> None:
    peak = peak_quarter([quarter(0, 1), quarter(1, 7), quarter(2, 7)])

    assert peak is not None
    assert peak.at == MORNING + QUARTER
    assert peak_quarter([]) is None
