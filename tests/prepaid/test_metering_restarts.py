"""Silences and restarts: what needs more than one look, and counters that step back."""

import pytest

from prepaid.metering import (
    COUNTERS_RESET,
    PARAMETERS_CHANGED,
    RESTARTED,
    Counter,
    Verdict,
)
from tests.prepaid.bases import ADVANCE, AWAITED, LATE, QUARANTINED, STEP_BACK, G
from tests.prepaid.meters import START_GENERATOR_WH, based, grid_of, restarted_run

LOST_IN_TEN_MINUTES_WH = 1_666
"""10 kW for 10 minutes."""


# --- silence ------------------------------------------------------------------------------------------------------


def test_after_a_long_silence_two_readings_must_agree() -> None:
    metering = based()

    verdicts = [metering.read(second, G + 900).verdict for second in (901, 906)]

    assert verdicts == [AWAITED, ADVANCE]
    assert metering.consumed_wh == 900


def test_after_fifteen_minutes_one_reading_is_enough() -> None:
    assert based().read(900, G + 900).verdict is ADVANCE


def test_quarantined_readings_between_the_two_do_not_count() -> None:
    metering = based()

    verdicts = metering.read_all([G + 900, 0, None, G + 905], first_s=1000)

    assert verdicts == [AWAITED, QUARANTINED, QUARANTINED, ADVANCE]


def test_a_plausible_lie_after_a_silence_is_not_believed() -> None:
    """Within three hours 40 kWh are plausible, but nothing agrees with them."""
    metering = based()

    verdicts = metering.read_all([G + 40_000, G + 900, G + 905], first_s=3 * 3600)

    assert verdicts == [AWAITED, AWAITED, ADVANCE]
    assert metering.consumed_wh == 905


def test_a_reading_delivered_twice_does_not_agree_with_itself() -> None:
    metering = based()

    assert [metering.read(1000, G + 900).verdict for _ in range(3)] == [AWAITED, LATE, LATE]


def test_every_long_silence_needs_two_readings_of_its_own() -> None:
    metering = based()

    verdicts = [metering.read(second, G + 900).verdict for second in (1000, 1005, 2005, 2010)]

    assert verdicts == [AWAITED, ADVANCE, AWAITED, ADVANCE]


# --- step back ----------------------------------------------------------------------------------------------------


def test_a_restart_with_a_small_fall_is_a_step_back_and_charges_nothing_twice() -> None:
    metering = based()
    metering.read(5, G + 40)

    judged = metering.read(60, G - 60, bits=RESTARTED)

    assert (judged.verdict, judged.forgone_wh, judged.new_edges) == (STEP_BACK, (100, 0), RESTARTED)
    assert grid_of(metering) == Counter(G, G - 60, G + 40)
    assert metering.consumed_wh == 40


def test_ground_already_charged_is_not_charged_again_when_the_counter_climbs_over_it() -> None:
    metering = based()
    metering.read(5, G + 40)
    metering.read(60, G - 60, bits=RESTARTED)

    climbing = [metering.read(60 + 5 * number, G - 60 + 20 * number, bits=RESTARTED) for number in range(1, 8)]

    assert {judged.verdict for judged in climbing} == {ADVANCE}
    assert grid_of(metering).highest_wh == G + 80
    assert metering.consumed_wh == 80


def test_the_stored_bit_explains_one_fall_only() -> None:
    """Nobody acknowledged it: still 0x800, but no new edge."""
    metering = based()
    metering.read(5, G - 100, bits=RESTARTED)

    assert metering.read(10, G - 200, bits=RESTARTED).verdict is QUARANTINED


def test_a_new_edge_after_an_acknowledgement_explains_the_next_fall() -> None:
    metering = based()
    metering.read(5, G - 100, bits=RESTARTED)
    metering.read(10, G - 100, bits=0)

    assert metering.read(15, G - 200, bits=RESTARTED).verdict is STEP_BACK
    assert metering.forgone_wh == 200


def test_an_edge_seen_in_a_reading_without_numbers_still_explains_the_fall_behind_it() -> None:
    metering = based()
    metering.read(5, None, bits=RESTARTED)

    later = restarted_run(metering)

    assert later.read(10, G - 100, bits=RESTARTED).verdict is STEP_BACK


@pytest.mark.parametrize(
    ("fall_wh", "verdict"), [(LOST_IN_TEN_MINUTES_WH, STEP_BACK), (LOST_IN_TEN_MINUTES_WH + 1, QUARANTINED)]
)
def test_a_restart_loses_at_most_ten_minutes_of_rated_power(fall_wh: int, verdict: Verdict) -> None:
    assert based().read(5, G - fall_wh, bits=RESTARTED).verdict is verdict


def test_a_fall_without_a_restart_is_no_step_back() -> None:
    assert based().read(5, G - 10, bits=PARAMETERS_CHANGED).verdict is QUARANTINED


def test_one_source_may_step_back_while_the_other_grows() -> None:
    metering = based()

    judged = metering.read(5, G - 10, START_GENERATOR_WH + 20, bits=RESTARTED)

    assert (judged.verdict, judged.forgone_wh) == (STEP_BACK, (10, 0))
    assert metering.consumed_wh == 20


def test_a_restart_without_a_fall_is_an_advance_and_uses_up_the_edge() -> None:
    metering = based()

    assert metering.read(5, G + 1, bits=RESTARTED).verdict is ADVANCE
    assert metering.read(10, G - 5, bits=RESTARTED).verdict is QUARANTINED


def test_a_zero_right_after_the_restart_is_quarantined_and_keeps_the_edge() -> None:
    metering = based()

    verdicts = [metering.read(second, wh, bits=RESTARTED).verdict for second, wh in ((5, 0), (10, G - 50))]

    assert verdicts == [QUARANTINED, STEP_BACK]


def test_a_step_back_after_a_long_silence_needs_two_agreeing_readings() -> None:
    metering = based()

    verdicts = [metering.read(second, G - 50 + second // 100, bits=RESTARTED).verdict for second in (3600, 3605)]

    assert verdicts == [AWAITED, STEP_BACK]


def test_an_edge_that_explained_nothing_in_its_time_does_not_explain_a_fall_of_hours_later() -> None:
    """The restart was followed by a fall that no restart explains; the counter is rewritten hours after it."""
    metering = based()
    metering.read_all([500] * 8)
    metering.read(60, 500, bits=RESTARTED)

    verdicts = [metering.read(3 * 3600 + second, G - 50, bits=RESTARTED).verdict for second in (0, 5)]

    assert verdicts == [QUARANTINED] * 2
    assert metering.forgone_wh == 0


def test_an_edge_keeps_its_age_when_the_enforcer_is_restarted() -> None:
    metering = based()
    metering.read(5, 500, bits=RESTARTED)

    later = restarted_run(metering)

    assert later.read(5 + 15 * 60 + 1, G - 50, bits=RESTARTED).verdict is QUARANTINED


def test_a_restart_and_a_reset_at_once_with_a_small_fall_charge_nothing_twice() -> None:
    """The counter fell by what a restart loses, and is far from zero: nobody reset it."""
    metering = based(generator_wh=0)
    metering.read(5, G + 40, 0)

    for second in (10, 15):
        metering.read(second, G - 60, 0, bits=RESTARTED | COUNTERS_RESET)
    metering.read(20, G + 40, 0, bits=RESTARTED | COUNTERS_RESET)

    assert (metering.verdicts[1], metering.forgone_wh) == (STEP_BACK, 100)
    assert metering.consumed_wh == 40


def test_a_step_back_ends_a_hold() -> None:
    metering = based()
    metering.read_all([500] * 8)

    judged = metering.read(60, G - 50, bits=RESTARTED)

    assert (judged.verdict, judged.hold_ended, metering.meter.hold) == (STEP_BACK, True, None)
