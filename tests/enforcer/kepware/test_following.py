"""A log table is followed by its ids, whatever order they are committed in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from enforcer.kepware.following import BEHIND_MOST, GAP_S, OVERLAP_IDS, Following, Ids
from prepaid.kepware.log import LogRow

CONN: Any = None
"""These tables are in memory."""
AT = datetime(2026, 1, 5, 8, tzinfo=UTC)


@dataclass(slots=True)
class Table:
    """A log table in memory."""

    ids: set[int] = field(default_factory=set)
    asked: list[tuple[int, int]] = field(default_factory=list)

    def newest_id(self, _conn: object) -> int:
        return max(self.ids, default=0)

    def after(self, _conn: object, row_id: int, most: int) -> list[LogRow]:
        self.asked.append((row_id, most))
        return [_row(each) for each in sorted(self.ids) if each > row_id][:most]

    def of(self, _conn: object, ids: Sequence[Ids], most: int) -> list[LogRow]:
        return [_row(each) for each in sorted(self.ids) if any(a <= each <= b for a, b in ids)][:most]


def _row(row_id: int) -> LogRow:
    return LogRow(row_id, "a.b.c", "1", AT, 192)


def look(following: Following, now_s: float = 0.0) -> list[int]:
    return [row.row_id for row in following.look(CONN, now_s).rows]


def test_a_table_that_was_never_read_begins_with_its_newest_rows() -> None:
    following = Following("t", Table(set(range(1, 30_001))), None, 50_000)

    assert look(following) == list(range(30_000 - OVERLAP_IDS + 1, 30_001))


def test_a_start_reads_an_overlap_again() -> None:
    following = Following("t", Table(set(range(1, 30_001))), 25_000, 50_000)

    assert look(following)[0] == 25_000 - OVERLAP_IDS + 1


def test_each_row_is_read_once_while_it_runs() -> None:
    table = Table({1, 2, 3})
    following = Following("t", table, None, 100)

    assert look(following) == [1, 2, 3]
    assert look(following) == []
    table.ids |= {4, 5}
    assert look(following) == [4, 5]


def test_a_slice_says_that_there_is_more() -> None:
    following = Following("t", Table(set(range(1, 8))), None, 3)

    assert [following.look(CONN, 0.0).more for _slice in range(3)] == [True, True, False]


def test_an_id_that_is_committed_late_is_read_when_it_comes() -> None:
    table = Table({1, 2, 5, 6})
    following = Following("t", table, None, 100)
    look(following)

    table.ids |= {3, 7}
    assert look(following, 1.0) == [3, 7]
    table.ids |= {4}
    assert look(following, 2.0) == [4]
    assert look(following, 3.0) == []


def test_a_gap_is_given_up_after_ten_minutes() -> None:
    table = Table({1, 3})
    following = Following("t", table, None, 100)
    look(following)

    table.ids |= {2}

    assert look(following, GAP_S + 1) == []


def test_a_table_that_was_made_anew_is_read_from_its_beginning() -> None:
    table = Table({20_000, 20_001})
    following = Following("t", table, None, 100)
    look(following)

    table.ids = {1, 2}

    assert look(following, 1.0) == [1, 2]


def test_a_table_whose_rows_were_all_removed_goes_on() -> None:
    table = Table({20_000, 20_001})
    following = Following("t", table, None, 100)
    look(following)

    table.ids = set()
    assert look(following, 1.0) == []
    table.ids = {20_002}
    assert look(following, 2.0) == [20_002]


def test_rows_from_too_long_ago_are_passed_over() -> None:
    newest = BEHIND_MOST + OVERLAP_IDS + 100
    table = Table({newest - 1, newest})
    following = Following("t", table, 5, 100)

    look(following)

    assert table.asked[0][0] == newest - BEHIND_MOST


@given(order=st.permutations(range(1, 40)), cuts=st.lists(st.integers(1, 39), max_size=10))
def test_rows_in_any_order_of_commits_are_read_once_each(order: list[int], cuts: list[int]) -> None:
    table, found = Table(), list[int]()
    following = Following("t", table, None, 1000)
    for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), 39], strict=True):
        table.ids |= set(order[begin:end])
        found += look(following, 1.0)

    found += look(following, 2.0)

    first = found[0]
    assert sorted(found) == sorted(set(found))
    assert {each for each in range(1, 40) if each > first} <= set(found)
