"""Which readings are kept while the database is away."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from enforcer.worth import Worth
from prepaid.charging import Mark, line
from prepaid.metering import RESTARTED
from prepaid.parameters import PhaseEnergies
from prepaid.records import Reading, Source
from sql.spool import Kept
from tests.enforcer.site_of_rules import SHOPS, at, read, site_of

SITE = site_of({(SHOPS, Source.GRID): [(-1e6, "0.15"), (754, "0.20")]})
HISTORY_S, PERIOD_S, HOUR_S, PRICE_S = 60.0, 5.0, 3600, 754
PHASES = PhaseEnergies(0, 0, 0, 0, 0, 0)


def series(from_s: float, until_s: float) -> list[Reading]:
    """A reading every five seconds, whose counter grows faster and faster."""
    seconds = [from_s + PERIOD_S * number for number in range(int((until_s - from_s) / PERIOD_S) + 1)]
    return [read(second, int(second * second / 1000)) for second in seconds]


def chosen(readings: Sequence[Reading], of: Worth | None = None) -> list[tuple[Kept, float]]:
    found = (of or Worth(HISTORY_S)).choose(readings, SITE)
    return [(kept, (reading.read_at - at(0)).total_seconds()) for kept, reading in found]


def test_between_boundaries_one_reading_an_interval_is_history() -> None:
    found = chosen(series(10, 200))

    assert found == [(Kept.BOUNDARY, 10), (Kept.HISTORY, 70), (Kept.HISTORY, 130), (Kept.HISTORY, 190)]


def test_both_neighbours_of_an_hour_and_of_a_price_are_kept() -> None:
    found = [second for kept, second in chosen(series(0, 4000)) if kept is Kept.BOUNDARY]

    assert found == [0, 750, 755, 3595, 3600]


def test_neighbours_are_found_from_one_pass_to_the_next() -> None:
    worth = Worth(HISTORY_S)
    chosen(series(HOUR_S - 62, HOUR_S - 2), worth)

    found = chosen(series(HOUR_S + 3, HOUR_S + 3), worth)

    assert found == [(Kept.BOUNDARY, HOUR_S - 2), (Kept.BOUNDARY, HOUR_S + 3)]


def test_both_sides_of_a_restart_and_of_a_fall_are_kept() -> None:
    readings = [read(10, 100), read(15, 100), read(20, 100, bits=RESTARTED), read(25, 90, bits=RESTARTED)]

    found = chosen(readings)

    assert found == [(Kept.BOUNDARY, second) for second in (10, 15, 20, 20, 25)]


def test_a_reading_that_has_its_phases_is_history_by_itself() -> None:
    found = chosen([read(10, 100), read(15, 100)._replace(phases=PHASES), read(20, 100)])

    assert found == [(Kept.BOUNDARY, 10), (Kept.HISTORY, 15)]


def test_what_comes_again_is_kept_once() -> None:
    worth = Worth(HISTORY_S)
    readings = series(10, 100)
    chosen(readings, worth)

    found = chosen(readings, worth)

    assert found == []


def test_the_newest_readings_are_the_rest_unless_they_are_kept() -> None:
    worth = Worth(HISTORY_S)
    chosen(series(10, 65), worth)
    rest = worth.rest()
    chosen(series(70, 130), worth)

    nothing = worth.rest()

    assert [reading.read_at for reading in rest] == [at(65)]
    assert nothing == []


@given(begins_s=st.integers(0, 4000), lasts_s=st.integers(10, 9000))
def test_the_counter_at_every_boundary_is_as_exact_as_all_readings_tell_it(begins_s: int, lasts_s: int) -> None:
    readings = series(begins_s, begins_s + lasts_s)
    worth = Worth(HISTORY_S)
    kept = [reading for _, reading in worth.choose(readings, SITE)] + worth.rest()

    for second in (PRICE_S, HOUR_S, 2 * HOUR_S, 3 * HOUR_S):
        assert at_instant(kept, second) == at_instant(readings, second)


def at_instant(readings: Sequence[Reading], second: float) -> Mark | None:
    """The counter of the grid at that second, on the line between its neighbours."""
    marks = sorted({Mark(each.read_at, each.energies.import_tariff_1_wh or 0) for each in readings}, key=lambda m: m.at)
    before = [mark for mark in marks if mark.at < at(second)]
    after = [mark for mark in marks if mark.at >= at(second)]
    return line(before[-1], after[0], at(second)) if before and after else None
