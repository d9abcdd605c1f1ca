"""A clock of Kepware that is ahead of ours is noticed by its rows, and forgotten when it was set right."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from prepaid.kepware.lead import NOTHING, Lead
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


def heard(lead: Lead, ahead_s: float, from_s: int, until_s: int) -> timedelta:
    """Rows that come every 5 s."""
    return [lead.hear(seconds(ahead_s), float(second)) for second in range(from_s, until_s, 5)][-1]


def test_a_clock_that_was_set_right_is_believed_again_within_two_minutes() -> None:
    lead = Lead()
    heard(lead, 40, 0, 30)

    assert heard(lead, 0, 30, 120) == seconds(40)
    assert heard(lead, 0, 120, 130) == NOTHING


def test_a_lead_outlasts_a_silence_and_what_was_stored_in_it() -> None:
    lead = Lead()
    heard(lead, 40, 0, 120)

    stored = [lead.hear(seconds(second - 600), 1000.0 + second) for second in range(0, 640, 5)]

    assert set(stored) == {seconds(40)}


def test_a_clock_that_is_known_to_be_behind_stays_so_through_a_silence() -> None:
    lead = Lead()
    lead.begin(seconds(-3600), 0.0)

    assert heard(lead, -3700, 600, 900) == seconds(-3600)


def test_a_clock_that_is_behind_and_comes_up_slowly_is_followed_to_where_it_is_right() -> None:
    lead = Lead()
    lead.begin(seconds(-300), 0.0)

    found = [heard(lead, min(0, minute * 5 - 300), 60 * minute, 60 * minute + 60) for minute in range(80)]

    assert found == [seconds(min(0, minute * 5 - 300)) for minute in range(80)]
    assert heard(lead, -30, 4_800, 5_000) == NOTHING


def test_one_row_that_is_ahead_for_a_moment_does_not_end_what_is_known_of_a_clock_behind() -> None:
    lead = Lead()
    lead.begin(seconds(-3600), 0.0)
    lead.hear(seconds(-3550), 60.0)

    assert heard(lead, -3600, 65, 120) == seconds(-3550)
    assert heard(lead, -3600, 120, 400) == seconds(-3600)


def test_it_moves_with_our_own_clock() -> None:
    lead = Lead()
    lead.hear(seconds(40), 0.0)

    lead.move(seconds(3600))

    assert lead.known == seconds(40 - 3600)
    assert heard(lead, 40 - 3600, 60, 600) == seconds(40 - 3600)


@given(st.floats(0, 60), st.lists(st.floats(0, 5), min_size=1, max_size=30))
def test_nothing_is_newer_than_its_row_once_the_lead_is_taken_off(ahead_s: float, lags_s: list[float]) -> None:
    lead = Lead()
    for look, lag_s in enumerate(lags_s):
        ahead = seconds(ahead_s - lag_s)

        taken_off = lead.hear(ahead, look * 5.0)

        assert NOTHING <= taken_off <= MOST_AHEAD
        assert ahead <= taken_off
