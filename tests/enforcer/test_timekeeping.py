"""The enforcer's own time: it rises whatever the wall clock does, and says when time is in doubt."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enforcer.timekeeping import BookClock
from prepaid.clock import ManualClock

SETTLE_S = 60.0


def test_stamps_follow_a_clock_that_is_corrected_a_little() -> None:
    clock = ManualClock()
    book = BookClock(clock, SETTLE_S)

    clock.advance(10)
    clock.step(0.8)
    book.observe()

    assert book.trusted
    assert book.now() == clock.now()


def test_a_jump_is_doubted_until_the_clock_returns() -> None:
    clock = ManualClock()
    book = BookClock(clock, SETTLE_S)
    before = book.now()

    clock.step(3600)
    clock.advance(5)
    book.observe()
    doubted = (book.trusted, book.now() - before)
    clock.step(-3600)
    book.observe()

    assert doubted == (False, timedelta(seconds=5))
    assert book.trusted


def test_a_jump_that_stays_is_believed_when_it_has_settled() -> None:
    clock = ManualClock()
    book = BookClock(clock, SETTLE_S)

    clock.step(3600)
    book.observe()
    clock.advance(SETTLE_S)
    book.observe()

    assert book.trusted
    assert book.now() == clock.now()


def test_a_clock_that_is_found_ahead_tells_once_how_long_the_machine_may_have_stood_still() -> None:
    clock = ManualClock()
    book = BookClock(clock, SETTLE_S)
    before_s = clock.monotonic()

    clock.advance(5)
    clock.step(3600)
    book.observe()
    noticed_s = clock.monotonic()
    clock.advance(SETTLE_S)
    book.observe()

    assert book.standstill.since(before_s) == 3600
    assert book.standstill.since(noticed_s) == 0


def test_a_clock_that_was_set_back_tells_of_no_standstill() -> None:
    clock = ManualClock()
    book = BookClock(clock, SETTLE_S)
    before_s = clock.monotonic()

    clock.advance(5)
    clock.step(-3600)
    book.observe()

    assert book.standstill.since(before_s) == 0


def test_after_a_step_back_stamps_go_on_at_half_the_pace_until_the_clock_has_come_up() -> None:
    clock = ManualClock()
    book = BookClock(clock, SETTLE_S)

    clock.step(-3600)
    book.observe()
    clock.advance(SETTLE_S)
    book.observe()
    settled = book.now()
    gone, in_step = [], []
    for _ in range(3):
        clock.advance(2400)
        book.observe()
        gone.append(book.now() - settled)
        in_step.append(book.in_step)

    assert book.trusted
    assert in_step == [False, False, True]
    assert gone[:2] == [timedelta(seconds=1200), timedelta(seconds=2400)]
    assert book.now() - clock.now() < timedelta(seconds=0.01)


def test_a_run_begins_after_the_newest_stamp_of_the_run_before() -> None:
    clock = ManualClock()
    newest = clock.now() + timedelta(hours=1)

    book = BookClock(clock, SETTLE_S, not_before=newest)

    assert book.now() > newest


@pytest.mark.parametrize(("ahead_s", "known"), [(-3600, True), (0.5, True), (2, False), (3600, False)])
def test_a_clock_behind_the_last_stamp_does_not_tell_how_long_nobody_was_there(ahead_s: float, known: bool) -> None:
    clock = ManualClock()

    book = BookClock(clock, SETTLE_S, not_before=clock.now() + timedelta(seconds=ahead_s))

    assert book.downtime_known is known


def test_a_database_with_another_time_is_not_trusted() -> None:
    clock = ManualClock()
    book = BookClock(clock, SETTLE_S)

    book.compare(clock.now() - timedelta(seconds=31))
    apart = book.trusted
    book.compare(clock.now() - timedelta(seconds=24))

    assert not apart
    assert book.trusted


@given(st.lists(st.tuples(st.floats(0, 120), st.sampled_from([0, 0, 0.5, -0.5, 3600, -3600, 86400])), max_size=40))
def test_stamps_rise_whatever_happens_to_the_wall_clock(happenings: list[tuple[float, float]]) -> None:
    clock = ManualClock()
    book = BookClock(clock, SETTLE_S)
    stamps = [book.now()]

    for passed_s, step_s in happenings:
        clock.advance(passed_s)
        clock.step(step_s)
        book.observe()
        stamps += [book.now(), book.now()]

    assert all(earlier < later for earlier, later in pairwise(stamps))
