"""The queue of connecting: paced by the source, priority first, then who waits longest, and nobody is forgotten."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prepaid.connecting import Pace, Waiting, in_order, in_range, pace, turns
from prepaid.records import Source
from prepaid.settings import SiteSettings
from tests.building import MORNING

SETTINGS = SiteSettings()
GRID, GENERATOR = Pace(1.0), Pace(5.0)


def waiting(analyzer_id: int, priority: int = 0, since_s: float = 0) -> Waiting:
    return Waiting(analyzer_id=analyzer_id, priority=priority, since_at=MORNING + timedelta(seconds=since_s))


def test_the_grid_takes_one_a_second_and_a_generator_one_in_five() -> None:
    assert pace(SETTINGS, Source.GRID, in_range=True) == GRID
    assert pace(SETTINGS, Source.GENERATOR, in_range=True) == GENERATOR


def test_where_nobody_knows_the_source_it_is_the_pace_of_a_generator() -> None:
    assert pace(SETTINGS, None, in_range=True) == GENERATOR


def test_nothing_is_connected_while_the_incomer_is_out_of_range() -> None:
    assert turns([waiting(1)], pace(SETTINGS, Source.GRID, in_range=False), 0.0, 100.0, 60.0) == []


def test_priority_comes_first_and_then_who_waits_longest() -> None:
    queue = [waiting(1, since_s=9), waiting(2, since_s=1), waiting(3, priority=5, since_s=30), waiting(4, since_s=1)]

    assert [each.analyzer_id for each in in_order(queue)] == [3, 2, 4, 1]


def test_turns_are_as_far_apart_as_the_pace_says_from_the_last_one_on() -> None:
    queue = [waiting(number, since_s=number) for number in range(6)]

    soon = turns(queue, GRID, last_s=99.5, now_s=100.0, within_s=2.5)

    assert [(each.analyzer_id, delay_s) for each, delay_s in soon] == [(0, 0.5), (1, 1.5), (2, 2.5)]


def test_a_queue_that_was_empty_for_long_lets_only_one_go_at_once() -> None:
    soon = turns([waiting(1), waiting(2)], GENERATOR, last_s=0.0, now_s=1_000.0, within_s=2.5)

    assert soon == [(waiting(1), 0.0)]


@pytest.mark.parametrize(
    ("volts", "hertz", "good"),
    [
        ([], [], True),
        ([230.0], [50.0], True),
        ([230.0, 180.0], [50.0, 50.0], False),
        ([270.0], [50.0], False),
        ([230.0], [46.5], False),
        ([230.0], [52.5], False),
        ([nan], [nan], True),
    ],
)
def test_every_incomer_must_be_in_range_in_what_it_shows(volts: list[float], hertz: list[float], good: bool) -> None:
    assert in_range(SETTINGS, volts, hertz) is good


def test_a_site_of_another_voltage_sets_its_own_range() -> None:
    settings = SiteSettings(incomer_least_v=Decimal(100), incomer_most_v=Decimal(140), incomer_most_hz=Decimal(62))

    assert in_range(settings, [120.0], [60.0])
    assert not in_range(settings, [230.0], [60.0])


passes = st.lists(
    st.tuples(
        st.floats(0.1, 9.0),
        st.lists(st.integers(0, 3), max_size=4),
        st.sampled_from([GRID, GENERATOR, Pace(1.0, True)]),
    ),
    max_size=25,
)


@given(passes=passes)
def test_whatever_comes_when_the_pace_is_kept_and_everybody_gets_a_turn_in_order(
    passes: list[tuple[float, list[int], Pace]],
) -> None:
    """A pass after another with newcomers of any priority, the source and the range changing; then it is quiet."""
    queue: list[Waiting] = []
    connected: list[tuple[float, float, Waiting]] = []
    last_s, now_s, number = 0.0, 0.0, 0

    for after_s, newcomers, kept in [*passes, *[(2.5, [], GRID)] * 60]:
        now_s = max(now_s + after_s, last_s)
        for priority in newcomers:
            number += 1
            queue.append(waiting(number, priority, now_s))
        found = turns(queue, kept, last_s, now_s, 2.5)
        assert [each for each, _delay in found] == in_order(queue)[: len(found)]
        for each, delay_s in found:
            queue.remove(each)
            last_s = now_s + delay_s
            connected.append((last_s, kept.interval_s, each))

    assert queue == []
    assert len(connected) == number
    assert all(
        later_s - before_s >= interval_s - 1e-9 for (before_s, _, _), (later_s, interval_s, _) in pairwise(connected)
    )
