"""A clock of Kepware that is ahead of ours is noticed by its rows, and forgotten when it was set right."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from prepaid.kepware.lead import KEPT_S, NOTHING, Lead
from prepaid.kepware.stamps import MOST_AHEAD


def seconds(many: float) -> timedelta:
    return timedelta(seconds=many)


def test_rows_that_come_behind_their_stamps_tell_of_no_lead() -> None:
    assert Lead().hear(seconds(-3), 0.0) == NOTHING


def test_the_newest_row_tells_the_lead_and_an_old_one_keeps_it() -> None:
    lead = Lead()

    assert lead.hear(seconds(40), 0.0) == seconds(40)
    assert lead.hear(seconds(-30), 1.0) == seconds(40)


def test_what_is_far_ahead_is_no_lead() -> None:
    assert Lead().hear(seconds(61), 0.0) == NOTHING


def test_a_clock_that_runs_ahead_is_followed_however_far_it_comes() -> None:
    lead = Lead()

    found = [lead.hear(seconds(50 * minute), 60.0 * minute) for minute in range(10)]

    assert found == [seconds(50 * minute) for minute in range(10)]


def test_a_clock_that_was_set_right_is_believed_again_within_two_minutes() -> None:
    lead = Lead()
    lead.hear(seconds(40), 0.0)

    assert lead.hear(NOTHING, KEPT_S) == seconds(40)
    assert lead.hear(NOTHING, 2 * KEPT_S) == NOTHING


def test_a_lead_of_before_a_long_silence_is_forgotten() -> None:
    lead = Lead()
    lead.hear(seconds(40), 0.0)

    assert lead.hear(NOTHING, 3600.0) == NOTHING


def test_a_clock_that_is_known_to_be_behind_stays_so_through_a_silence() -> None:
    lead = Lead()
    lead.begin(seconds(-3600), 0.0)

    assert lead.hear(seconds(-3700), 600.0) == seconds(-3600)


def test_a_clock_that_is_behind_and_comes_up_slowly_is_followed_to_where_it_is_right() -> None:
    lead = Lead()
    lead.begin(seconds(-300), 0.0)

    found = [lead.hear(seconds(min(0, minute * 10 - 300)), 60.0 * minute) for minute in range(40)]

    assert found == [seconds(min(0, minute * 10 - 300)) for minute in range(40)]
    assert lead.hear(seconds(-30), 4_000.0) == NOTHING


def test_one_row_that_is_ahead_for_a_moment_does_not_end_what_is_known_of_a_clock_behind() -> None:
    lead = Lead()
    lead.begin(seconds(-3600), 0.0)
    lead.hear(seconds(-3550), 60.0)

    assert [lead.hear(seconds(-3600), 60.0 * minute) for minute in range(2, 5)] == [
        seconds(-3550),
        seconds(-3600),
        seconds(-3600),
    ]


def test_it_moves_with_our_own_clock() -> None:
    lead = Lead()
    lead.hear(seconds(40), 0.0)

    lead.move(seconds(3600))

    assert lead.known == seconds(40 - 3600)
    assert lead.hear(seconds(40 - 3600), 600.0) == seconds(40 - 3600)


@given(st.floats(0, 60), st.lists(st.floats(0, 5), min_size=1, max_size=30))
def test_nothing_is_newer_than_its_row_once_the_lead_is_taken_off(ahead_s: float, lags_s: list[float]) -> None:
    lead = Lead()
    for look, lag_s in enumerate(lags_s):
        ahead = seconds(ahead_s - lag_s)

        taken_off = lead.hear(ahead, look * 5.0)

        assert NOTHING <= taken_off <= MOST_AHEAD
        assert ahead <= taken_off
