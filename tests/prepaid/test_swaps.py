"""A swapped device: two devices are never compared, and what a person names is charged once."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prepaid.metering import RESTARTED, Swap, Verdict
from prepaid.records import BaseCause, HoldCause, Source
from prepaid.swaps import final_fits
from tests.prepaid.meters import PERIOD_S, RATED_W, START_GENERATOR_WH, START_GRID_WH, Metering, based, grid_of

NEW = "LQN/2"


def swapping(metering: Metering, grid_wh: int | None = None, generator_wh: int | None = None) -> Metering:
    """A person has said that the new device comes."""
    metering.meter = replace(metering.meter, swap=Swap(7, NEW, grid_wh, generator_wh))
    return metering


def test_the_second_agreeing_reading_of_the_new_device_opens_its_base() -> None:
    metering = swapping(based())

    first = metering.read(5, 300, 40, serial_number=NEW)
    second = metering.read(10, 305, 40, serial_number=NEW)
    third = metering.read(15, 310, 40, serial_number=NEW)

    assert [each.verdict for each in (first, second, third)] == [Verdict.AWAITED, Verdict.NEW_BASE, Verdict.ADVANCE]
    assert second.base_cause is BaseCause.SWAP
    assert metering.meter.serial_number == NEW
    assert (grid_of(metering).opening_wh, metering.consumed_wh) == (305, 5)


def test_nobody_but_the_named_device_is_taken() -> None:
    metering = swapping(based())

    verdicts = [metering.read(5 * n, 300, 40, serial_number="LQN/3").verdict for n in (1, 2, 3)]

    assert verdicts == [Verdict.WRONG_DEVICE] * 3
    assert metering.meter.serial_number != NEW


def test_without_a_word_a_new_device_stays_a_wrong_one() -> None:
    metering = based()

    assert metering.read(5, 300, 40, serial_number=NEW).verdict is Verdict.WRONG_DEVICE


def test_the_old_device_is_counted_until_the_new_one_answers() -> None:
    metering = swapping(based())

    metering.read(5, START_GRID_WH + 10)
    metering.read(10, 300, 40, serial_number=NEW)
    metering.read(15, START_GRID_WH + 12)
    metering.read(20, 300, 40, serial_number=NEW)
    metering.read(25, 300, 40, serial_number=NEW)

    assert metering.verdicts[2] is Verdict.ADVANCE
    assert metering.verdicts[-1] is Verdict.NEW_BASE
    assert metering.consumed_wh == 12


def test_readings_of_the_new_device_that_do_not_agree_open_nothing() -> None:
    metering = swapping(based())

    verdicts = [metering.read(5 * n, 9_000_000 * (n % 2), 40, serial_number=NEW).verdict for n in range(1, 6)]

    assert set(verdicts) == {Verdict.AWAITED}
    assert metering.consumed_wh == 0


def test_a_new_device_that_says_no_number_is_not_taken() -> None:
    metering = swapping(based())

    assert metering.read(5, None, 40, serial_number=NEW).verdict is Verdict.QUARANTINED


def test_what_a_person_read_from_the_old_device_is_charged_once() -> None:
    metering = swapping(based(), START_GRID_WH + 30, START_GENERATOR_WH + 4)

    metering.read(5, 300, 40, serial_number=NEW)
    opened = metering.read(10, 300, 40, serial_number=NEW)
    metering.read(15, 300, 40, serial_number=NEW)

    assert opened.closing is not None
    assert opened.closing.counter(Source.GRID).highest_wh == START_GRID_WH + 30
    assert opened.closing.counter(Source.GRID).counter_wh == START_GRID_WH
    assert metering.consumed_wh == 34


def test_ground_that_was_charged_before_a_fall_is_not_charged_again_by_the_last_counter() -> None:
    metering = based()
    metering.read(5, START_GRID_WH + 13)
    metering.read(10, START_GRID_WH + 3, bits=RESTARTED)
    swapping(metering, START_GRID_WH + 8)

    metering.read(15, 300, 40, serial_number=NEW)
    metering.read(20, 300, 40, serial_number=NEW)

    assert metering.verdicts[1] is Verdict.STEP_BACK
    assert metering.consumed_wh == 13


def test_a_swap_ends_a_hold() -> None:
    metering = swapping(based())
    metering.meter = replace(metering.meter, hold=HoldCause.FELL)

    metering.read(5, 300, 40, serial_number=NEW)
    opened = metering.read(10, 300, 40, serial_number=NEW)

    assert opened.hold_ended
    assert metering.meter.hold is None


@pytest.mark.parametrize(
    ("final_wh", "elapsed_s", "fits"),
    [
        (START_GRID_WH, 0, True),
        (START_GRID_WH - 1, 3600, False),
        (START_GRID_WH + 10_000, 3600, True),
        (START_GRID_WH + 10_000, 60, False),
        (START_GRID_WH * 10, 3600, False),
    ],
)
def test_a_last_counter_is_believed_only_where_the_supply_can_have_delivered_it(
    final_wh: int, elapsed_s: float, fits: bool
) -> None:
    assert final_fits(based().meter, Source.GRID, final_wh, elapsed_s) is fits


@given(
    loads=st.lists(st.integers(0, int(RATED_W * PERIOD_S / 3600)), max_size=20),
    unread_wh=st.integers(0, 10),
    start_wh=st.integers(0, 2 * START_GRID_WH),
    after=st.lists(st.integers(0, int(RATED_W * PERIOD_S / 3600)), max_size=20),
)
def test_whatever_the_new_device_counts_from_every_wh_of_both_is_counted_once(
    loads: list[int], unread_wh: int, start_wh: int, after: list[int]
) -> None:
    metering, second, shown = based(), 0.0, START_GRID_WH
    for used_wh in loads:
        second, shown = second + PERIOD_S, shown + used_wh
        metering.read(second, shown)
    swapping(metering, shown + unread_wh)

    shown = start_wh
    for used_wh in [0, 0, *after]:
        second, shown = second + PERIOD_S, shown + used_wh
        metering.read(second, shown, 0, serial_number=NEW)

    assert metering.consumed_wh == sum(loads) + unread_wh + sum(after)
