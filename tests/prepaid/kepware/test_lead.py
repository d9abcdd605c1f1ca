"""A clock of Kepware that is ahead of ours is noticed by its rows, and forgotten when it was set right."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from prepaid.kepware.lead import KEPT_S, Lead
from prepaid.kepware.stamps import MOST_AHEAD

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
NOTHING = timedelta()


def seconds(many: float) -> timedelta:
    return timedelta(seconds=many)


def test_rows_that_come_behind_their_stamps_tell_of_no_lead() -> None:
    assert Lead().hear([NOW - seconds(3), NOW, NOW - seconds(900)], NOW, 0.0) == NOTHING


def test_the_newest_row_tells_the_lead_and_an_old_one_keeps_it() -> None:
    lead = Lead()

    assert lead.hear([NOW - seconds(900), NOW + seconds(40)], NOW, 0.0) == seconds(40)
    assert lead.hear([NOW - seconds(30)], NOW, 1.0) == seconds(40)


def test_a_wrong_zone_is_no_lead() -> None:
    assert Lead().hear([NOW + seconds(3600), NOW + seconds(61)], NOW, 0.0) == NOTHING


def test_a_clock_that_was_set_right_is_believed_again_within_two_minutes() -> None:
    lead = Lead()
    lead.hear([NOW + seconds(40)], NOW, 0.0)

    assert lead.hear([NOW], NOW, KEPT_S) == seconds(40)
    assert lead.hear([NOW], NOW, 2 * KEPT_S) == NOTHING


def test_a_lead_of_before_a_long_silence_is_forgotten() -> None:
    lead = Lead()
    lead.hear([NOW + seconds(40)], NOW, 0.0)

    assert lead.hear([NOW], NOW, 3600.0) == NOTHING


@given(st.floats(0, 60), st.lists(st.floats(0, 5), min_size=1, max_size=30))
def test_nothing_is_newer_than_its_row_once_the_lead_is_taken_off(ahead_s: float, lags_s: list[float]) -> None:
    lead = Lead()
    for look, lag_s in enumerate(lags_s):
        at = NOW + seconds(ahead_s - lag_s)

        taken_off = lead.hear([at], NOW, look * 5.0)

        assert NOTHING <= taken_off <= MOST_AHEAD
        assert at - taken_off <= NOW
