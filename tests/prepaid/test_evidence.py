"""Evidence is bounded: however long a lie is told, an hour of it is a handful of rows and a number."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from prepaid.evidence import KEPT_AN_HOUR, KEPT_OF_A_KIND, Kept, Kind, Row

EIGHT = datetime(2026, 1, 5, 8, tzinfo=UTC)
ZERO = Kind(1, "quarantined", "below the base", "LQN/1")


def test_the_first_of_a_kind_are_kept_and_the_others_are_counted_on_the_newest_of_them() -> None:
    kept: Kept[int] = Kept()

    for second in range(100):
        kept.add(ZERO, EIGHT + timedelta(seconds=second), second)

    rows = kept.rows[1]
    assert [row.reading for row in rows] == [0, 1, 2]
    assert [row.more for row in rows] == [0, 0, 97]
    assert rows[-1].last_at == EIGHT + timedelta(seconds=99)


def test_rows_that_are_written_already_are_counted_on_and_not_written_again() -> None:
    written: list[Row[int]] = [Row(kind=ZERO, read_at=EIGHT, key=number) for number in range(KEPT_OF_A_KIND)]
    kept: Kept[int] = Kept({1: written})

    kept.add(ZERO, EIGHT, 7)

    assert (kept.new, [row.key for row in kept.counted]) == ([], [KEPT_OF_A_KIND - 1])


@given(kinds=st.lists(st.tuples(st.integers(1, 3), st.text("abcdefgh", max_size=3)), max_size=200))
def test_whatever_is_told_no_analyzer_has_more_rows_than_an_hour_may_have_and_none_is_forgotten(
    kinds: list[tuple[int, str]],
) -> None:
    kept: Kept[int] = Kept()

    for number, (analyzer_id, why) in enumerate(kinds):
        kept.add(Kind(analyzer_id, "quarantined", why, ""), EIGHT, number)

    assert all(len(rows) <= KEPT_AN_HOUR for rows in kept.rows.values())
    assert sum(1 + row.more for rows in kept.rows.values() for row in rows) == len(kinds)
