"""Which source feeds the site, and which restarts an analyzer had alone."""

from datetime import UTC, datetime, timedelta

from prepaid.records import Source
from prepaid.restarts import alone
from prepaid.sources import Counting, site_source

EIGHT = datetime(2026, 1, 5, 8, tzinfo=UTC)
GRID, GENERATOR = Source.GRID, Source.GENERATOR


def counting(*sources: Source, incomer: bool = False) -> list[Counting]:
    return [Counting(source, EIGHT, incomer) for source in sources]


def test_incomers_are_believed_before_any_number_of_others() -> None:
    assert site_source(GRID, [*counting(GENERATOR, incomer=True), *counting(GRID, GRID, GRID)]) is GENERATOR


def test_without_incomers_most_analyzers_decide_and_a_tie_is_the_grid() -> None:
    assert site_source(GRID, counting(GENERATOR, GENERATOR, GRID)) is GENERATOR
    assert site_source(GENERATOR, counting(GENERATOR, GRID)) is GRID


def test_where_nobody_says_it_stays_as_it_was() -> None:
    assert site_source(GENERATOR, []) is GENERATOR


def test_a_fall_is_alone_where_no_neighbour_fell_within_ten_minutes() -> None:
    minutes = [EIGHT + timedelta(minutes=each) for each in (0, 60, 120)]

    assert alone(minutes, [EIGHT + timedelta(minutes=70), EIGHT - timedelta(minutes=11)]) == [minutes[0], minutes[2]]
