"""What holds for any sequence of readings: no Wh is lost, none is counted twice, no lie moves the books."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from prepaid.metering import COUNTERS_RESET, RESTARTED, Swap, Verdict, Word, allowance_wh
from prepaid.records import SOURCES
from prepaid.units import add, cost
from tests.prepaid.meters import PERIOD_S, RATED_W, SERIAL, START_GRID_WH, based, consumed_wh, grid_of, restarted_run

PRICE = Decimal("0.1501")
RATED_WH_A_PERIOD = int(RATED_W * PERIOD_S / 3600)
LOADS = st.lists(st.integers(0, RATED_WH_A_PERIOD), min_size=1, max_size=60)
"""Wh used in each period of 5 s, up to rated power."""
LIES = st.one_of(
    st.none(), st.just(0), st.integers(-(2**63), START_GRID_WH - 1), st.integers(START_GRID_WH + 10**6, 2**80)
)


def counters_of(loads: list[int]) -> list[int]:
    """What the device shows at the end of each period."""
    shown = [START_GRID_WH]
    for used_wh in loads:
        shown.append(shown[-1] + used_wh)
    return shown[1:]


@given(loads=LOADS)
def test_honest_readings_are_all_accepted_and_count_to_the_wh(loads: list[int]) -> None:
    metering = based()

    verdicts = metering.read_all(counters_of(loads))

    assert set(verdicts) == {Verdict.ADVANCE}
    assert metering.consumed_wh == sum(loads)


@given(loads=LOADS, data=st.data())
def test_any_order_and_repetition_of_readings_counts_the_same(loads: list[int], data: st.DataObject) -> None:
    """Once the newest counter was seen, nothing that arrives late or twice adds or takes anything."""
    counters = counters_of(loads)
    delivered = data.draw(st.lists(st.sampled_from(range(len(counters))), max_size=120))
    metering = based()
    charged = []

    for number in [*delivered, len(counters) - 1]:
        before_wh = metering.consumed_wh
        metering.read(PERIOD_S * (number + 1), counters[number])
        charged.append(cost(metering.consumed_wh - before_wh, PRICE))

    assert metering.consumed_wh == sum(loads)
    assert add(*charged) == cost(sum(loads), PRICE)


@given(loads=LOADS, data=st.data())
def test_any_choice_of_readings_counts_the_same_wh(loads: list[int], data: st.DataObject) -> None:
    """However few of the readings arrive, the last one tells all."""
    counters = counters_of(loads)
    arrived = data.draw(st.sets(st.sampled_from(range(len(counters)))))
    metering = based()

    for number in sorted(arrived | {len(counters) - 1}):
        metering.read(PERIOD_S * (number + 1), counters[number])

    assert metering.consumed_wh == sum(loads)


@given(loads=LOADS, lie=LIES, data=st.data())
def test_one_lie_anywhere_has_no_effect(loads: list[int], lie: int | None, data: st.DataObject) -> None:
    counters: list[int | None] = list(counters_of(loads))
    place = data.draw(st.integers(0, len(counters) - 1))
    lying, honest = based(), based()

    lying.read_all([*counters[:place], lie, *counters[place:]])
    honest.read_all([*counters[:place], None, *counters[place:]])

    assert lying.verdicts[place] is Verdict.QUARANTINED
    assert lying.meter == honest.meter
    assert lying.consumed_wh == sum(loads)


@given(loads=LOADS, lies=st.lists(LIES, min_size=60, max_size=60))
def test_lies_in_every_second_reading_have_no_effect(loads: list[int], lies: list[int | None]) -> None:
    counters = counters_of(loads)
    mixed = [each for pair in zip(lies, counters, strict=False) for each in pair]
    metering = based()

    metering.read_all(mixed)

    assert (metering.consumed_wh, metering.holds) == (sum(loads), 0)


@given(loads=LOADS, data=st.data())
def test_dips_shorter_than_the_doubt_have_no_effect(loads: list[int], data: st.DataObject) -> None:
    counters = counters_of(loads)
    dips = data.draw(st.sets(st.sampled_from(range(len(counters))), max_size=len(counters) - 1))
    last = len(counters) - 1
    shown = [100 + number if number in dips - {last} else wh for number, wh in enumerate(counters)]
    metering = based()

    metering.read_all(shown)

    if metering.holds == 0:
        assert metering.consumed_wh == sum(loads)
    else:
        assert _longest_run(dips - {last}) >= 7


@given(loads=LOADS, fall_wh=st.integers(1, 1600), fallen_at=st.integers(0, 59), data=st.data())
def test_a_restart_never_charges_twice_and_forgoes_what_fell(
    loads: list[int], fall_wh: int, fallen_at: int, data: st.DataObject
) -> None:
    """After the fall the counter climbs again over ground that was charged: only what is above counts."""
    counters = counters_of(loads)
    place = min(fallen_at, len(counters))
    shown = [*counters[:place], *(wh - fall_wh for wh in counters[place:])]
    metering = based()

    for number, wh in enumerate(shown):
        bits = RESTARTED if number >= place else 0
        metering.read(PERIOD_S * (number + 1), wh, bits=bits)

    used_before, used_after = sum(loads[:place]), sum(loads[place:])
    if place < len(counters):
        fell = max(0, fall_wh - loads[place])
        again_wh = max(0, used_after - fall_wh)
        assert metering.forgone_wh == fell
        assert metering.consumed_wh == used_before + again_wh
    assert metering.consumed_wh <= sum(loads)


@given(loads=LOADS, silence_s=st.integers(0, 30 * 24 * 3600), used_wh=st.integers(0, 10**7))
def test_consumption_in_a_silence_of_any_length_is_counted_once(loads: list[int], silence_s: int, used_wh: int) -> None:
    used_wh = min(used_wh, int(RATED_W * silence_s / 3600))
    counters = counters_of(loads)
    metering = based()
    metering.read_all(counters)

    after_s = PERIOD_S * len(counters) + silence_s
    metering.read_all([counters[-1] + used_wh] * 2, first_s=after_s + PERIOD_S)

    assert metering.consumed_wh == sum(loads) + used_wh


@st.composite
def anything(draw: st.DrawFn) -> list[tuple[float, int | None, int | None, int, bool]]:
    """(seconds since the one before, grid, generator, stored bits, restart of the enforcer): hostile, but near."""
    near = st.one_of(
        st.none(),
        st.just(0),
        st.integers(0, 300),
        st.integers(START_GRID_WH - 3000, START_GRID_WH + 3000),
        st.integers(-5, 10**13),
    )
    step = st.one_of(st.just(PERIOD_S), st.floats(-20, 2000, allow_nan=False))
    bits = st.sampled_from([0, 0, 0, RESTARTED, COUNTERS_RESET, RESTARTED | COUNTERS_RESET])
    return draw(st.lists(st.tuples(step, near, near, bits, st.booleans()), max_size=60))


@given(sequence=anything())
def test_whatever_comes_in_the_books_never_run_backwards(
    sequence: list[tuple[float, int | None, int | None, int, bool]],
) -> None:
    """Consumption never shrinks, never outgrows what the supply can deliver, and a base never moves its opening."""
    metering, second = based(generator_wh=200), 0.0
    for step, grid_wh, generator_wh, bits, restarts in sequence:
        if restarts:
            metering = restarted_run(metering)
        second = max(0.0, second + step)
        before, elapsed_s = metering.meter, second - metering.accepted_s
        consumed_before_wh = metering.consumed_wh

        judged = metering.read(second, grid_wh, generator_wh, bits=bits)

        meter = judged.meter
        for source in SOURCES:
            counter = meter.counter(source)
            assert counter.opening_wh <= counter.highest_wh
            assert counter.counter_wh <= counter.highest_wh
            if judged.verdict is not Verdict.NEW_BASE:
                assert counter.highest_wh >= before.counter(source).highest_wh
                assert counter.opening_wh == before.counter(source).opening_wh
        grown_wh = metering.consumed_wh - consumed_before_wh
        assert 0 <= grown_wh <= 2 * allowance_wh(RATED_W, elapsed_s)
        assert (judged.verdict in (Verdict.ADVANCE, Verdict.STEP_BACK, Verdict.NEW_BASE)) or grown_wh == 0
        assert judged.hold_began <= (meter.hold is not None)
        assert len(meter.suspects) <= 10


@given(sequence=anything())
def test_a_counter_without_a_reset_bit_never_gets_a_new_base(
    sequence: list[tuple[float, int | None, int | None, int, bool]],
) -> None:
    metering, second = based(), 0.0

    for step, grid_wh, generator_wh, bits, _ in sequence:
        second = max(0.0, second + step)
        metering.read(second, grid_wh, generator_wh, bits=bits & ~COUNTERS_RESET)

    assert Verdict.NEW_BASE not in metering.verdicts
    assert grid_of(metering).opening_wh == START_GRID_WH
    assert metering.consumed_wh == consumed_wh(metering.meter)


@given(before=LOADS, after=LOADS)
def test_a_reset_to_zero_charges_what_was_used_before_and_since(before: list[int], after: list[int]) -> None:
    metering = based(generator_wh=0)
    shown = [wh - START_GRID_WH for wh in counters_of(after)]
    for number, wh in enumerate(counters_of(before)):
        metering.read(PERIOD_S * (number + 1), wh, 0)

    for number, wh in enumerate([*shown, shown[-1]]):
        metering.read(PERIOD_S * (len(before) + number + 1), wh, 0, bits=COUNTERS_RESET)

    assert metering.verdicts[len(before) : len(before) + 2] == [Verdict.AWAITED, Verdict.NEW_BASE]
    assert metering.consumed_wh == sum(before) + sum(after)


@st.composite
def lives(draw: st.DrawFn) -> list[tuple[str, int]]:
    """What happens to a device: use in a period, a restart that loses some, a reset to zero, a counter written anew,
    another device in its place for a while, a new device for good (of unknown or of named last counters of the old)."""
    happening = st.one_of(
        st.tuples(st.just("use"), st.integers(0, RATED_WH_A_PERIOD)),
        st.tuples(st.just("restart"), st.integers(1, 1600)),
        st.tuples(st.just("reset"), st.just(0)),
        st.tuples(st.just("written"), st.integers(2_000, START_GRID_WH)),
        st.tuples(st.just("word"), st.integers(0, 10)),
        st.tuples(st.just("swapped"), st.integers(0, 2 * START_GRID_WH)),
        st.tuples(st.just("exchanged"), st.integers(0, 2 * START_GRID_WH)),
        st.tuples(st.just("exchanged and read"), st.integers(0, RATED_WH_A_PERIOD)),
    )
    return draw(st.lists(happening, max_size=30))


@given(life=lives())
def test_over_any_life_of_a_device_every_wh_is_counted_once_forgone_or_on_record_as_unknown(
    life: list[tuple[str, int]],
) -> None:
    """The sum over all bases is what the device counted above the ground that was charged, whatever happened to it."""
    metering, second = based(), 0.0
    shown = highest = opening = START_GRID_WH
    closed = 0
    serial_number = SERIAL

    def show(times: int = 1, bits: int = 0) -> None:
        nonlocal second
        for _ in range(times):
            second += PERIOD_S
            metering.read(second, shown, bits=bits, serial_number=serial_number)

    for what, wh in [*life, ("use", 0)]:
        if what == "use":
            shown += wh
            highest = max(highest, shown)
            show()
        elif what == "restart" and shown >= wh:
            shown -= wh
            show(bits=RESTARTED)
            show()
        elif what == "reset":
            closed, opening, highest, shown = closed + highest - opening, 0, 0, 0
            show(2, bits=COUNTERS_RESET)
            show()
        elif what == "swapped":
            second += PERIOD_S
            metering.read(second, wh, serial_number="LQN/stranger")
        elif what in ("exchanged", "exchanged and read"):
            final_wh = None if what == "exchanged" else shown + wh
            closed += max(highest, final_wh or 0) - opening
            serial_number += "'"
            metering.meter = replace(metering.meter, swap=Swap(1, serial_number, final_wh))
            opening = highest = shown = wh
            show(2)
        elif shown > wh + 2_000:
            closed += highest - opening
            shown = wh if what == "written" else shown - 2_000
            show(8)
            named_wh = shown - wh if what == "word" else None
            metering.meter = replace(metering.meter, word=Word(1, named_wh))
            show(2)
            opening, highest = shown if named_wh is None else named_wh, shown

    assert metering.consumed_wh == closed + highest - opening
    assert metering.meter.hold is None


def _longest_run(places: set[int]) -> int:
    longest = run = 0
    for before, place in pairwise([-2, *sorted(places)]):
        run = run + 1 if place == before + 1 else 1
        longest = max(longest, run)
    return longest
