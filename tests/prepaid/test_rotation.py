"""Rotation: the newest of days, weeks and months stays, and the newest of all whatever is asked for."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from prepaid.rotation import Rotation, kept

NIGHT = datetime(2026, 3, 1, 3, tzinfo=UTC)
INSTANTS = st.sets(
    st.integers(0, 3 * 365 * 24).map(lambda hours: NIGHT + timedelta(hours=hours)), min_size=1, max_size=60
)
ROTATIONS = st.builds(Rotation, daily=st.integers(0, 9), weekly=st.integers(0, 5), monthly=st.integers(0, 13))


def test_a_year_of_nights_leaves_days_weeks_and_months() -> None:
    nights = [NIGHT + timedelta(days=day) for day in range(365)]

    left = sorted(kept(nights, Rotation(daily=7, weekly=4, monthly=12)))

    assert left[-7:] == nights[-7:]
    assert len(left) == 7 + 3 + 11, "the newest week and month are among the days, the weeks before in February"
    months = [(at.year, at.month) for at in left]
    assert len(set(months)) == 12


def test_of_several_on_one_day_the_newest_stays() -> None:
    morning, noon, evening = (NIGHT + timedelta(hours=hours) for hours in (0, 9, 18))

    assert kept([noon, evening, morning], Rotation(daily=1, weekly=1, monthly=1)) == {evening}


@given(INSTANTS, ROTATIONS)
def test_the_newest_always_stays_and_no_more_than_asked_for(made_at: set[datetime], rotation: Rotation) -> None:
    left = kept(made_at, rotation)

    assert max(made_at) in left
    assert left <= made_at
    assert len(left) <= max(1, rotation.daily + rotation.weekly + rotation.monthly)
    assert kept(left, rotation) == left, "a second rotation finds nothing to remove"


@given(INSTANTS, ROTATIONS)
def test_a_backup_that_was_removed_is_never_missed_after_the_next_one(
    made_at: set[datetime], rotation: Rotation
) -> None:
    """One night after the other ends with the same as looking at all of them at once."""
    one_by_one: set[datetime] = set()
    for at in sorted(made_at):
        one_by_one = kept({*one_by_one, at}, rotation)

    assert one_by_one == kept(made_at, rotation)
