"""From readings to charges, whatever comes: no Wh is lost or charged twice, and each has the price in force."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from prepaid.calendar import hour_of
from prepaid.metering import COUNTERS_RESET
from prepaid.records import Reading
from prepaid.units import add, cost
from tests.enforcer.moving_prices import GENERATOR, GRID, MOVING, begun
from tests.enforcer.site_of_rules import (
    BAKERY,
    FLORIST,
    OVEN,
    RATED_W,
    Passes,
    at,
    handing_over,
    read,
)

# --- whatever comes in, in whatever passes ------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(st.sampled_from([1, 5, 5, 60, 600, 899, 901, 4_000]), st.floats(0, 1), st.floats(0, 0.3)),
    min_size=1,
    max_size=25,
)


CUTS = st.lists(st.integers(0, 40), max_size=20)


def readings_of(steps: list[tuple[int, float, float]]) -> list[Reading]:
    """Readings of a device that uses up to its rated power on both sources; the last counter is seen twice."""
    second, grid_wh, generator_wh, made = -5, 1000, 0, []
    for seconds, grid_share, generator_share in steps:
        second += seconds
        grid_wh += int(RATED_W * seconds * grid_share / 3600)
        generator_wh += int(RATED_W * seconds * generator_share / 3600)
        made.append(read(second, grid_wh, generator_wh))
    return [*made, read(second + 5, grid_wh, generator_wh)]


@given(steps=STEPS, cuts=CUTS)
def test_passes_of_any_size_make_the_same_charges(steps: list[tuple[int, float, float]], cuts: list[int]) -> None:
    readings = readings_of(steps)
    one_by_one, in_passes = begun(MOVING), begun(MOVING)

    one_by_one.run_in(readings, range(len(readings)))
    in_passes.run_in(readings, [cut for cut in cuts if cut < len(readings)])

    assert in_passes.lines == one_by_one.lines
    assert in_passes.hours == one_by_one.hours
    assert in_passes.books[OVEN].grid == one_by_one.books[OVEN].grid


@given(steps=STEPS, cuts=CUTS, data=st.data())
def test_repeated_and_late_readings_charge_the_same_wh(
    steps: list[tuple[int, float, float]], cuts: list[int], data: st.DataObject
) -> None:
    readings = readings_of(steps)
    again = data.draw(st.lists(st.sampled_from(range(len(readings))), max_size=20))
    order = sorted([*range(len(readings)), *(min(number + 1, len(readings) - 1) for number in again)])
    passes, honest = begun(), begun()

    passes.run_in([readings[number] for number in order], [cut for cut in cuts if cut < len(order)])
    honest.run_in(readings, range(len(readings)))

    assert passes.lines == honest.lines


@given(steps=STEPS, cuts=CUTS, data=st.data())
def test_charged_and_unbilled_are_all_that_was_used(
    steps: list[tuple[int, float, float]], cuts: list[int], data: st.DataObject
) -> None:
    """With prices, plans, hours and silences, a handover, supply changes and times of doubt in between."""
    readings = readings_of(steps)
    passes = begun(MOVING)
    marks = [0, *sorted({cut for cut in cuts if cut < len(readings)}), len(readings)]
    handover = data.draw(st.integers(0, len(marks)))
    for number, (begin, end) in enumerate(pairwise(marks)):
        if number == handover:
            passes.reload(handing_over(passes.site, FLORIST, -1000))
        if data.draw(st.booleans()):
            passes.supply_changed((readings[begin].read_at - at(0)).total_seconds() - data.draw(st.floats(0, 4)))

        passes.run(readings[begin:end], trusted=data.draw(st.booleans()))

        assert passes.unbilled_wh >= 0
        assert passes.charged_wh + passes.unbilled_wh == passes.used_wh
    check_charges(passes)
    last, second = readings[-1], (readings[-1].read_at - at(0)).total_seconds()
    passes.run([read(second + later, *last.energies[:2]) for later in (5, 10)])
    assert passes.used_wh == sum(value or 0 for value in last.energies[:2]) - 1000


@given(steps=STEPS, cuts=CUTS)
def test_each_charge_has_one_price_in_force_from_its_beginning_to_its_end(
    steps: list[tuple[int, float, float]], cuts: list[int]
) -> None:
    readings = readings_of(steps)
    passes = begun(MOVING)

    passes.run_in(readings, [cut for cut in cuts if cut < len(readings)])

    for line in passes.lines:
        begin, end = line.part.begin.at, line.part.end.at
        inside = MOVING.price_boundaries(line.account_id, line.source, begin, end)
        assert (line.plan_id, line.price_per_kwh) == MOVING.price(line.account_id, line.source, begin)
        assert all(boundary.at == end for boundary in inside)
    for source in (GRID, GENERATOR):
        ground = passes.books[OVEN].ground(source)
        assert ground is not None
        assert ground.charged.at >= hour_of(readings[-1].read_at, MOVING.zone)
        assert MOVING.price_boundaries(BAKERY, source, ground.charged.at, readings[-1].read_at) == []


@given(steps=STEPS, resets=st.lists(st.integers(0, 24), max_size=3), cuts=CUTS)
def test_new_bases_lose_nothing_and_charge_nothing_twice(
    steps: list[tuple[int, float, float]], resets: list[int], cuts: list[int]
) -> None:
    """Counters are set to zero now and then, and read in passes of any size."""
    readings, lost = [], 0
    for number, reading in enumerate(readings_of(steps)):
        grid_wh, generator_wh = reading.energies[:2]
        if number in resets and grid_wh is not None and generator_wh is not None:
            lost = grid_wh
        bits = COUNTERS_RESET if lost else 0
        shown = (grid_wh or 0) - lost
        readings.append(read((reading.read_at - at(0)).total_seconds(), shown, generator_wh, bits=bits))
    passes = begun()

    passes.run_in(readings, [cut for cut in cuts if cut < len(readings)])

    assert passes.charged_wh + passes.unbilled_wh == passes.used_wh
    check_charges(passes)


def check_charges(passes: Passes) -> None:
    """Within each base the charges follow each other; hours and charges are the same energy and money."""
    for base_id in {line.base_id for line in passes.lines}:
        of = [line.part for line in passes.lines if line.base_id == base_id]
        assert all(before.end.wh == after.begin.wh for before, after in pairwise(of))
        assert all(part.wh > 0 and part.begin.at <= part.end.at for part in of)
    assert sum(hour.wh for hour in passes.hours) == passes.charged_wh
    assert passes.amount == add(*(cost(line.part.wh, line.price_per_kwh) for line in passes.lines))
