"""Whatever happens on the way, the same seed does it again, and store-and-forward loses nothing."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enforcer.simulator.data_logger.fate import CALM, FORWARDED_AT_ONCE, POOR, USUAL, Delivery, LogFate
from sql.demo.data_logger import Entry, Logged

BEGAN = datetime.fromisoformat("2026-01-05T08:00:00")
TAGS = ("import_tariff_1_wh", "power_w")
often = st.floats(0.0, 0.9)


def values(tick: int, devices: int = 2) -> list[Logged]:
    """Counters that rise by ten a tick."""
    return [
        Logged(f"PAC001.D{device}.{tag}", str(1000 * device + 10 * tick), BEGAN + timedelta(seconds=5 * tick), 192)
        for device in range(devices)
        for tag in TAGS
    ]


def carried(delivery: Delivery, ticks: int, begin: int = 0) -> list[Entry]:
    return [entry for tick in range(begin, begin + ticks) for entry in delivery.carry(values(tick))]


def flat(entries: list[Entry]) -> list[Logged]:
    return [each for entry in entries for each in entry.values]


def sent(ticks: int) -> list[Logged]:
    return [each for tick in range(ticks) for each in values(tick)]


def test_in_calm_times_every_value_arrives_at_once_in_its_order() -> None:
    assert flat(carried(Delivery(), 20)) == sent(20)


def test_a_wide_row_has_all_values_of_its_tick() -> None:
    entries = carried(Delivery(wide=True), 3)

    assert [len(entry.values) for entry in entries] == [4, 4, 4]


def test_the_same_seed_has_the_same_fate_and_another_seed_another_one() -> None:
    fate = replace(USUAL, poor=0.2, late=0.3, repeats=0.2, away=0.1, seed=5)

    assert carried(Delivery(fate), 60) == carried(Delivery(fate), 60)
    assert carried(Delivery(fate), 60) != carried(Delivery(replace(fate, seed=6)), 60)


@given(
    st.builds(LogFate, seed=st.integers(0, 10_000), away=often, late=often, repeats=often, numbered=often),
    st.booleans(),
)
def test_with_store_and_forward_nothing_is_lost_and_nothing_is_made_up(fate: LogFate, wide: bool) -> None:
    delivery = Delivery(fate, wide=wide)

    entries = carried(delivery, 30)
    delivery.calm()
    entries += [entry for _ in range(10) for entry in delivery.carry([])]

    assert set(flat(entries)) == set(sent(30))


@given(st.builds(LogFate, seed=st.integers(0, 10_000), numbered=st.floats(0.1, 1.0), late=often, repeats=often))
def test_numbers_are_given_once(fate: LogFate) -> None:
    entries = carried(Delivery(fate, next_id=100), 60)

    numbers = [entry.row_id for entry in entries if entry.row_id is not None]
    assert len(numbers) == len(set(numbers)) == len(entries)
    assert min(numbers) >= 100


def test_rows_that_have_their_numbers_arrive_behind_higher_ones() -> None:
    entries = carried(Delivery(LogFate(seed=1, numbered=0.5), next_id=100), 60)

    numbers = [entry.row_id or 0 for entry in entries]
    assert numbers != sorted(numbers)
    assert sorted(numbers) == list(range(100, max(numbers) + 1))


def test_what_was_stored_arrives_behind_what_is_new_when_the_database_is_back() -> None:
    delivery = Delivery()
    delivery.go_away()
    assert carried(delivery, 3) == []

    delivery.come_back()
    arrived = flat(delivery.carry(values(3)))

    assert arrived == values(3) + sent(3)


def test_without_store_and_forward_the_rows_of_an_outage_are_lost() -> None:
    delivery = Delivery(LogFate(forwards=False))
    delivery.go_away()
    carried(delivery, 3)

    delivery.come_back()

    assert flat(carried(delivery, 2, begin=3)) == values(3) + values(4)


def test_a_long_outage_is_forwarded_in_parts() -> None:
    delivery = Delivery()
    delivery.go_away()
    ticks = FORWARDED_AT_ONCE // 4 + 10
    carried(delivery, ticks)

    delivery.come_back()

    assert len(delivery.carry([])) == FORWARDED_AT_ONCE
    assert len(delivery.carry([])) == 4 * ticks - FORWARDED_AT_ONCE


def test_poor_quality_is_that_of_a_whole_device_for_some_ticks() -> None:
    arrived = flat(carried(Delivery(LogFate(seed=1, poor=0.1)), 100))

    poor = [each for each in arrived if each.quality != 192]
    assert poor
    assert {each.quality for each in poor} <= set(POOR)
    by_tick = {(each.item.split(".")[1], each.stamp) for each in poor}
    assert len(poor) == len(TAGS) * len(by_tick)


def test_zeros_have_good_quality_and_dips_are_of_counters_only() -> None:
    zeros = flat(carried(Delivery(LogFate(seed=1, zeros=0.05)), 100))
    dipped = flat(carried(Delivery(LogFate(seed=1, dips=0.1)), 100))

    assert {each.quality for each in zeros if each.value == "0"} == {192}
    wrong = set(dipped) - set(sent(100))
    assert wrong
    assert all(each.item.endswith("_wh") and float(each.value or "nan") < 2000 for each in wrong)


def test_frozen_values_stand_still_under_fresh_stamps() -> None:
    arrived = flat(carried(Delivery(LogFate(seed=2, frozen=0.05)), 100))

    by_stamp = {(each.item, each.stamp): each for each in arrived}
    assert len(by_stamp) == len(sent(100)), "no stamp is missing"
    still = [each for each in arrived if each not in sent(100)]
    assert still
    assert {each.quality for each in still} == {192}
    assert all((each.item, each.value) in {(one.item, one.value) for one in sent(100)} for each in still)


@pytest.mark.parametrize("fate", [CALM, USUAL])
def test_behind_calm_only_true_values_arrive(fate: LogFate) -> None:
    delivery = Delivery(replace(fate, poor=0.5, zeros=0.5, rubbish=0.5) if fate is USUAL else fate)
    carried(delivery, 20)

    delivery.calm()
    for _ in range(20):
        delivery.carry([])

    assert flat(carried(delivery, 5, begin=20)) == [each for tick in range(20, 25) for each in values(tick)]
