"""Slots: which polls were on time, late or missed, and how phases spread."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enforcer.slots import STEP_S, Slots, Tally, free_phase, phases


def test_an_answer_within_half_a_period_is_on_time_then_late_then_missed() -> None:
    slots = Slots(first=100.0, period_s=5.0)

    late_s = [slots.answered(0, 102.5), slots.answered(1, 108.0), slots.answered(2, 115.5)]

    assert late_s == [2.5, 3.0, 5.5]
    assert slots.tally(115.0) == Tally(due=3, on_time=1, late=1, missed=1)


def test_a_slot_is_due_when_it_is_over_or_answered() -> None:
    slots = Slots(first=100.0, period_s=5.0)

    before, running = slots.tally(99.0), slots.tally(104.9)
    slots.answered(0, 100.1)
    answered = slots.tally(104.9)

    assert before == running == Tally(0, 0, 0, 0)
    assert answered == Tally(due=1, on_time=1, late=0, missed=0)
    assert slots.tally(105.0) == answered
    assert slots.tally(110.0) == Tally(due=2, on_time=1, late=0, missed=1)


def test_slots_that_nobody_served_are_missed_without_anybody_counting_them() -> None:
    slots = Slots(first=0.0, period_s=5.0)

    assert slots.tally(5 * 720.0) == Tally(due=720, on_time=0, late=0, missed=720)


@given(
    first=st.floats(0, 1e6),
    period_s=st.floats(0.05, 300),
    delays=st.lists(st.floats(0, 3), max_size=30),
)
def test_whatever_comes_when_due_is_the_sum_of_on_time_late_and_missed(
    first: float, period_s: float, delays: list[float]
) -> None:
    slots = Slots(first, period_s)
    now, slot = first, -1

    for delay in delays:
        slot = max(slot + 1, slots.latest(now))
        now = max(now, slots.begins(slot)) + delay * period_s
        slots.answered(slot, now)
        due, on_time, late, missed = slots.tally(now)
        assert due == on_time + late + missed
        assert min(due, on_time, late, missed) >= 0
        assert due <= slot + max(delay, 1) + 2


def test_phases_spread_evenly() -> None:
    assert phases(5, 5.0) == [0, 0.2, 0.4, 0.6, 0.8]
    assert phases(0, 5.0) == []


def test_many_analyzers_share_steps_of_a_tenth_of_a_second() -> None:
    shared = Counter(phases(800, 5.0))

    assert set(shared.values()) == {16}
    assert sorted(shared) == [step / 50 for step in range(50)]


@given(count=st.integers(1, 5000), period_s=st.floats(0.05, 60))
def test_no_step_has_more_than_its_share(count: int, period_s: float) -> None:
    found = phases(count, period_s)

    assert all(0 <= phase < 1 for phase in found)
    assert found == sorted(found)
    assert max(Counter(found).values()) <= count / max(1, round(period_s / STEP_S)) + 1


def test_who_joins_later_takes_the_middle_of_the_widest_gap() -> None:
    assert free_phase([]) == 0
    assert free_phase([0.0]) == 0.5
    assert free_phase([0.0, 0.5, 0.6]) == pytest.approx(0.25)
    assert free_phase([0.2, 0.4]) == pytest.approx(0.8)
