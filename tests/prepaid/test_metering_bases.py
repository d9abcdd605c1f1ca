"""New bases: first readings, resets, and the word of a person."""

from dataclasses import replace

import pytest

from prepaid.metering import (
    COUNTERS_RESET,
    RESTARTED,
    Counter,
    Word,
)
from prepaid.records import BaseCause, Source
from tests.prepaid.bases import ADVANCE, AWAITED, DOUBT, NEW_BASE, QUARANTINED, G
from tests.prepaid.meters import START_GENERATOR_WH, Metering, based, grid_of, unread

# --- new base -----------------------------------------------------------------------------------------------------


def test_the_first_base_opens_at_the_second_of_two_agreeing_readings() -> None:
    metering = unread()

    verdicts = [metering.read(second, 700 + second, 30).verdict for second in (5, 10, 15)]

    assert verdicts == [AWAITED, NEW_BASE, ADVANCE]
    assert grid_of(metering) == Counter(710, 715, 715)
    assert metering.meter.counter(Source.GENERATOR) == Counter(30, 30, 30)


def test_a_lying_first_reading_opens_no_base() -> None:
    metering = unread()

    assert metering.read_all([0, G, G + 5]) == [AWAITED, AWAITED, NEW_BASE]
    assert grid_of(metering).opening_wh == G + 5


def test_old_stored_bits_explain_nothing_after_the_first_base() -> None:
    metering = unread()
    for second in (5, 10):
        metering.read(second, G, bits=RESTARTED | COUNTERS_RESET)

    assert metering.read(15, G - 100, bits=RESTARTED | COUNTERS_RESET).verdict is QUARANTINED


def test_a_reset_to_zero_opens_the_base_at_zero_so_that_what_was_used_since_is_charged() -> None:
    metering = based(generator_wh=0)
    metering.read(5, G + 40, 0)

    verdicts = [metering.read(60 + second, 10 + second, 0, bits=COUNTERS_RESET).verdict for second in (0, 5)]

    assert verdicts == [AWAITED, NEW_BASE]
    assert metering.last is not None
    assert metering.last.base_cause is BaseCause.RESET
    assert grid_of(metering) == Counter(0, 15, 15)
    assert metering.consumed_wh == 40 + 15


def test_counters_written_to_any_other_value_open_the_base_there() -> None:
    metering = based()

    for second in (5, 10):
        metering.read(second, 700_000, START_GENERATOR_WH, bits=COUNTERS_RESET)

    assert grid_of(metering) == Counter(700_000, 700_000, 700_000)


def test_a_source_that_was_not_reset_is_not_charged_again() -> None:
    """The generator's counter is small and stood still: it did not begin at 0 a moment ago."""
    metering = based(generator_wh=30)

    for second in (60, 65):
        metering.read(second, 5, 32, bits=COUNTERS_RESET)

    assert metering.meter.counter(Source.GENERATOR) == Counter(30, 32, 32)
    assert metering.consumed_wh == 5 + 2


def test_a_source_that_was_not_reset_keeps_the_ground_of_an_earlier_step_back() -> None:
    metering = based(generator_wh=1000)
    metering.read(5, G, 900, bits=RESTARTED)
    metering.read(10, G, 900, bits=0)

    for second in (60, 65):
        metering.read(second, 5, 910, bits=COUNTERS_RESET)
    metering.read(70, 5, 950)

    assert metering.meter.counter(Source.GENERATOR) == Counter(1000, 950, 1000)
    assert metering.consumed_wh == 5


def test_a_fall_to_zero_without_the_edge_of_a_reset_is_doubted_not_believed() -> None:
    metering = based()

    assert set(metering.read_all([3] * 20)) == {QUARANTINED, DOUBT}


def test_one_zero_with_the_bit_of_a_reset_opens_no_base() -> None:
    metering = based()

    verdicts = [metering.read(5, 0, 0, bits=COUNTERS_RESET).verdict, metering.read(10, G + 5).verdict]

    assert verdicts == [AWAITED, ADVANCE]
    assert grid_of(metering).opening_wh == G


# --- the word of a person -----------------------------------------------------------------------------------------


def test_a_person_may_accept_the_counters_as_they_are() -> None:
    metering = held_at(500, generator_wh=START_GENERATOR_WH + 30)

    verdicts = [metering.read(second, 520, START_GENERATOR_WH + 40).verdict for second in (60, 65)]

    assert verdicts == [AWAITED, NEW_BASE]
    assert metering.last is not None
    assert (metering.last.base_cause, metering.last.hold_ended) == (BaseCause.PERSON, True)
    assert grid_of(metering) == Counter(520, 520, 520)
    assert metering.consumed_wh == 40, "the generator's counter was never in doubt"


def test_a_person_may_name_the_counter_from_which_it_goes_on() -> None:
    metering = held_at(500, Word(1, grid_wh=480))

    for second in (60, 65):
        metering.read(second, 520, START_GENERATOR_WH)

    assert grid_of(metering) == Counter(480, 520, 520)
    assert metering.consumed_wh == 40


@pytest.mark.parametrize("named_wh", [530, 520 - 500])
def test_a_counter_that_cannot_have_been_named_in_earnest_opens_no_base(named_wh: int) -> None:
    """It is above what the device shows, or would charge more than the supply can have delivered."""
    metering = held_at(500, Word(1, grid_wh=named_wh))

    verdicts = [metering.read(second, 520, START_GENERATOR_WH).verdict for second in (60, 65, 70)]

    assert verdicts == [QUARANTINED] * 3
    assert metering.meter.hold is not None


def test_the_word_of_a_person_needs_two_readings_that_agree() -> None:
    metering = held_at(500)

    verdicts = [metering.read(second, wh, START_GENERATOR_WH).verdict for second, wh in ((60, 0), (65, 520), (70, 520))]

    assert verdicts == [AWAITED, AWAITED, NEW_BASE]


def held_at(grid_wh: int, word: Word | None = None, generator_wh: int = START_GENERATOR_WH) -> Metering:
    """A meter in hold, and a person has spoken."""
    metering = based()
    for second in range(5, 45, 5):
        metering.read(second, grid_wh, generator_wh)
    assert metering.holds == 1
    metering.meter = replace(metering.meter, word=word or Word(1))
    return metering


def test_a_reset_ends_a_hold() -> None:
    metering = based()
    metering.read_all([500] * 8)

    for second in (60, 65):
        metering.read(second, 520, bits=COUNTERS_RESET)

    assert metering.last is not None
    assert (metering.last.verdict, metering.last.hold_ended) == (NEW_BASE, True)
    assert metering.meter.hold is None
