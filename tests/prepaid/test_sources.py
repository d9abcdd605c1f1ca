"""Which source feeds the site, and which restarts an analyzer had alone."""

from datetime import UTC, datetime, timedelta

from prepaid.records import Source
from prepaid.restarts import alone
from prepaid.sources import Counting, site_source, source_by_others

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


def test_nobody_is_a_witness_of_its_own_tariff() -> None:
    grid, generator = (Counting(source, EIGHT, incomer=False) for source in (Source.GRID, Source.GENERATOR))
    incomer = Counting(Source.GENERATOR, EIGHT, incomer=True)

    assert source_by_others({1: generator}, 1) is None
    assert source_by_others({1: generator, 2: grid}, 1) is Source.GRID
    assert source_by_others({1: grid, 2: grid, 3: generator}, 1) is None
    assert source_by_others({1: grid, 2: grid, 3: grid, 4: incomer}, 1) is Source.GENERATOR
