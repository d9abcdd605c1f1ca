"""Trying again: later and later, never all at once, never faster than allowed."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from prepaid.retries import (
    FIRST_WAIT_S,
    LONGEST_WAIT_S,
    MOST_TRIES,
    SERVER_LONGEST_WAIT_S,
    Pace,
    Patience,
    retry_after,
)


@given(st.text(min_size=1, max_size=60), st.integers(1, 1000))
def test_a_wait_doubles_up_to_an_hour_and_is_off_by_a_tenth_at_most(message_id: str, tries: int) -> None:
    wait_s = retry_after(message_id, tries).total_seconds()

    plain = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(tries - 1, 20))
    assert 0.9 * plain <= wait_s <= 1.1 * plain
    assert retry_after(message_id, tries).total_seconds() == wait_s


def test_a_thousand_that_were_put_off_together_do_not_come_back_together() -> None:
    waits = {round(retry_after(f"<{number}@x>", 5).total_seconds()) for number in range(1000)}

    assert len(waits) > 40


def test_the_last_try_comes_after_about_three_days() -> None:
    total_s = sum(retry_after("<a@x>", tries).total_seconds() for tries in range(1, MOST_TRIES))

    assert 2.7 * 86400 < total_s < 3.3 * 86400


def test_a_server_that_is_away_is_asked_again_after_two_seconds_and_then_less_and_less_often() -> None:
    patience, now_s, waits = Patience(), 100.0, []

    for _ in range(10):
        patience.failed(now_s)
        begin_s = now_s
        while not patience.over(now_s):
            now_s += 1
        waits.append(now_s - begin_s)

    assert waits[:3] == [2, 4, 8]
    assert waits[-1] == SERVER_LONGEST_WAIT_S
    patience.answered()
    assert patience.over(now_s)


@given(st.integers(1, 50), st.lists(st.floats(0, 30), min_size=1, max_size=60))
def test_no_minute_has_more_than_the_pace_allows(per_minute: int, gaps: list[float]) -> None:
    pace, now_s, gone = Pace(per_minute), 0.0, []

    for gap in gaps:
        now_s += gap
        for _ in range(pace.room(now_s, 20)):
            pace.spend(now_s)
            gone.append(now_s)

    assert all(later - first >= 60 for first, later in zip(gone, gone[per_minute:], strict=False))
    assert all(first <= later for first, later in pairwise(gone))


def test_without_a_pace_there_is_always_room() -> None:
    pace = Pace(None)

    pace.spend(0.0)

    assert pace.room(0.0, 20) == 20
