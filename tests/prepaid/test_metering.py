"""Which readings are believed: what fits, what is quarantined, what begins and ends a hold."""

import pytest

from prepaid.metering import (
    COUNTER_LIMIT_WH,
    PARAMETERS_CHANGED,
    RESTARTED,
    Counter,
    Verdict,
    allowance_wh,
)
from prepaid.records import HoldCause
from tests.prepaid.meters import RATED_W, START_GENERATOR_WH, START_GRID_WH, based, grid_of, restarted_run, unread

ADVANCE, AWAITED, QUARANTINED = Verdict.ADVANCE, Verdict.AWAITED, Verdict.QUARANTINED
DOUBT, NEW_BASE, LATE = Verdict.DOUBT, Verdict.NEW_BASE, Verdict.LATE
WRONG_DEVICE = Verdict.WRONG_DEVICE
G = START_GRID_WH
MOST_IN_A_PERIOD_WH = 49
"""1.5 × 10 kW × (5 s + 2 s) + 20 Wh, in whole Wh."""


def test_the_allowance_is_one_and_a_half_times_rated_power_with_slack() -> None:
    assert allowance_wh(RATED_W, 5.0) == MOST_IN_A_PERIOD_WH
    assert allowance_wh(RATED_W, 0.0) == allowance_wh(RATED_W, -100.0) == 28


# --- advance ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("grown_wh", [0, 1, MOST_IN_A_PERIOD_WH])
def test_a_counter_that_stands_or_grows_plausibly_advances(grown_wh: int) -> None:
    metering = based()

    assert metering.read(5, G + grown_wh).verdict is ADVANCE
    assert grid_of(metering) == Counter(G, G + grown_wh, G + grown_wh)


def test_both_sources_advance_in_one_reading() -> None:
    metering = based()

    metering.read(5, G + 10, START_GENERATOR_WH + 20)

    assert metering.consumed_wh == 30


def test_the_more_time_has_passed_the_more_may_have_been_used() -> None:
    metering = based()
    beyond_wh = G + allowance_wh(RATED_W, 600.0) + 1

    assert metering.read(600, beyond_wh).verdict is QUARANTINED
    assert metering.read(605, beyond_wh).verdict is ADVANCE


# --- quarantined --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grid_wh", "generator_wh"),
    [
        (0, 0),
        (0, START_GENERATOR_WH),
        (G, 0),
        (G - 1, START_GENERATOR_WH),
        (G + MOST_IN_A_PERIOD_WH + 1, START_GENERATOR_WH),
        (G + 5, START_GENERATOR_WH + MOST_IN_A_PERIOD_WH + 1),
        (None, START_GENERATOR_WH),
        (G, None),
        (-5, START_GENERATOR_WH),
        (COUNTER_LIMIT_WH + 1, START_GENERATOR_WH),
        (2**70, START_GENERATOR_WH),
    ],
)
def test_one_unfit_reading_is_quarantined_and_has_no_other_effect(
    grid_wh: int | None, generator_wh: int | None
) -> None:
    metering, honest = based(), based()

    verdict = metering.read(5, grid_wh, generator_wh).verdict
    after = [metering.read(10, G + 40), honest.read(10, G + 40)]

    assert verdict is QUARANTINED
    assert after[0] == after[1]
    assert metering.consumed_wh == honest.consumed_wh == 40


def test_zeros_in_every_second_reading_change_nothing() -> None:
    metering = based()
    honest = [G + 10 * number for number in range(1, 101)]
    mixed = [counter for each in honest for counter in (0, each)]

    verdicts = metering.read_all(mixed)

    assert verdicts == [QUARANTINED, ADVANCE] * 100
    assert (metering.consumed_wh, metering.holds) == (1000, 0)


def test_a_device_that_sends_no_numbers_is_never_in_doubt() -> None:
    metering = based()

    assert set(metering.read_all([None] * 100)) == {QUARANTINED}
    assert metering.meter.hold is None


def test_numbers_beyond_the_counter_are_never_in_doubt_either() -> None:
    metering = based()

    assert set(metering.read_all([COUNTER_LIMIT_WH + 1 + number for number in range(20)])) == {QUARANTINED}


# --- doubt --------------------------------------------------------------------------------------------------------


def test_a_counter_that_fell_for_thirty_seconds_begins_a_hold_that_protects() -> None:
    metering = based()

    verdicts = metering.read_all([500 + number for number in range(8)])

    assert verdicts == [QUARANTINED] * 6 + [DOUBT, QUARANTINED]
    assert (metering.meter.hold, metering.holds) == (HoldCause.FELL, 1)
    assert grid_of(metering) == Counter(G, G, G)


def test_a_counter_that_jumped_begins_a_hold_that_does_not_protect() -> None:
    metering = based()

    verdicts = metering.read_all([G + 100_000 + number for number in range(7)])

    assert verdicts[-1] is DOUBT
    assert metering.meter.hold is HoldCause.JUMPED


def test_two_unfit_readings_are_no_doubt_however_far_apart() -> None:
    metering = based()

    assert [metering.read(second, 500).verdict for second in (5, 500)] == [QUARANTINED] * 2


def test_three_unfit_readings_within_thirty_seconds_are_no_doubt_yet() -> None:
    metering = based()

    assert [metering.read(second, 500).verdict for second in (5, 20, 34.9, 35)] == [QUARANTINED] * 3 + [DOUBT]


def test_unfit_readings_that_disagree_with_each_other_are_no_doubt() -> None:
    metering = based()

    verdicts = metering.read_all([500, 900_000, 3, 700_000, 12, 650_000, 4, 600_000, 2, 1])

    assert set(verdicts) == {QUARANTINED}


def test_one_fitting_reading_forgets_the_suspects() -> None:
    metering = based()

    verdicts = metering.read_all([500, 500, 500, 500, 500, 500, G + 1, 500, 500])

    assert DOUBT not in verdicts


def test_a_hold_ends_by_itself_after_three_fitting_readings() -> None:
    metering = based()
    metering.read_all([500] * 8)

    verdicts = [metering.read(second, G + second).verdict for second in (60, 65, 70)]

    assert verdicts == [AWAITED, AWAITED, ADVANCE]
    assert metering.last is not None
    assert metering.last.hold_ended
    assert metering.meter.hold is None
    assert metering.consumed_wh == 70


def test_fitting_readings_that_end_a_hold_are_consecutive() -> None:
    metering = based()
    metering.read_all([500] * 8)

    counters = [G + 1, G + 2, 500, G + 3, G + 4, 500, G + 5, G + 6, G + 7]
    verdicts = metering.read_all(counters, first_s=60)

    assert verdicts == [AWAITED, AWAITED, QUARANTINED] * 2 + [AWAITED, AWAITED, ADVANCE]


def test_three_fitting_readings_that_disagree_with_each_other_end_no_hold() -> None:
    """After three hours 40 kWh are plausible, but nothing goes on from them."""
    metering = based()
    metering.read_all([500] * 8)

    verdicts = metering.read_all([G + 900, G + 905, G + 40_000, G + 910, G + 915, G + 920], first_s=3 * 3600)

    assert verdicts == [AWAITED] * 5 + [ADVANCE]
    assert metering.consumed_wh == 920


@pytest.mark.parametrize("restarts", [False, True])
def test_waiting_makes_no_impossible_jump_possible(restarts: bool) -> None:
    """A jump of 100 kWh in 5 s; ten hours later so much could have been used, but it was not."""
    metering = based()
    metering.read_all([G + 100_000 + number for number in range(8)])
    if restarts:
        metering = restarted_run(metering)

    verdicts = metering.read_all([G + 100_000 + number for number in range(20, 30)], first_s=36_000)

    assert set(verdicts) == {QUARANTINED}
    assert metering.consumed_wh == 0


def test_a_jump_that_returns_ends_its_hold() -> None:
    metering = based()
    metering.read_all([G + 100_000 + number for number in range(8)])

    assert metering.read_all([G + 50, G + 51, G + 52], first_s=60)[-1] is ADVANCE


def test_every_hold_needs_three_fitting_readings_of_its_own() -> None:
    metering = based()
    metering.read_all([500] * 8)
    metering.read_all([G, G, G], first_s=60)
    metering.read_all([500] * 8, first_s=100)

    assert metering.holds == 2
    assert metering.read_all([G, G, G], first_s=200) == [AWAITED, AWAITED, ADVANCE]


def test_numbers_that_are_none_do_not_break_the_three_that_fit() -> None:
    metering = based()
    metering.read_all([500] * 8)

    assert metering.read_all([G, None, G, None, G], first_s=60)[-1] is ADVANCE


def test_a_hold_outlives_the_run_that_began_it() -> None:
    metering = based()
    metering.read_all([500] * 8)

    later = restarted_run(metering)

    assert later.read(60, G + 1).verdict is AWAITED
    assert later.read(65, 500).verdict is QUARANTINED
    assert later.holds == 0


# --- late ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("second", [5, 4.999, -100])
def test_a_reading_not_newer_than_the_last_accepted_one_changes_nothing(second: float) -> None:
    metering = based()
    metering.read(5, G + 10)
    before = metering.meter

    assert metering.read(second, G + 30, bits=RESTARTED).verdict is LATE
    assert metering.meter == before


def test_unfit_readings_delivered_twice_begin_no_earlier_hold() -> None:
    metering = based()

    verdicts = [metering.read(second, 500).verdict for second in (5, 5, 5, 36, 36)]

    assert verdicts == [QUARANTINED, LATE, LATE, QUARANTINED, LATE]


# --- wrong device -------------------------------------------------------------------------------------------------


def test_another_serial_number_is_never_accepted_and_never_recorded() -> None:
    metering = based()
    before = metering.meter

    judged = metering.read(5, G + 1, bits=RESTARTED, serial_number="LQN/2")

    assert judged.verdict is WRONG_DEVICE
    assert "LQN/2" in judged.why
    assert metering.meter == before


def test_the_right_device_goes_on_where_it_was_after_a_wrong_one() -> None:
    metering = based()
    for second in (5, 10, 15, 20, 25, 30, 35, 40):
        metering.read(second, 7, serial_number="LQN/2")

    assert metering.read(45, G + 40).verdict is ADVANCE


def test_an_analyzer_without_a_commissioned_serial_number_is_read_whoever_answers() -> None:
    metering = unread()
    metering.meter = type(metering.meter)(serial_number=None, rated_power_w=RATED_W)

    verdicts = [metering.read(second, 7, serial_number="LQN/9").verdict for second in (5, 10)]

    assert verdicts == [AWAITED, NEW_BASE]


# --- diagnostics --------------------------------------------------------------------------------------------------


def test_only_newly_set_stored_bits_are_edges() -> None:
    metering = based()
    status_bit = 0x0800_0000

    edges = [
        metering.read(second, G, bits=bits).new_edges
        for second, bits in (
            (5, RESTARTED | status_bit),
            (10, RESTARTED | PARAMETERS_CHANGED),
            (15, 0),
            (20, RESTARTED),
        )
    ]

    assert edges == [RESTARTED, PARAMETERS_CHANGED, 0, RESTARTED]
