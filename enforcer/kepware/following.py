"""Following one log table by its ids: what is new, what was jumped over, and where to begin again."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple, Protocol

from documents.logs import get
from prepaid.kepware.log import LogRow
from sql.connection import Connection

Ids = tuple[int, int]

OVERLAP_IDS: Final = 10_000
"""Read again after a start, and at most so many of one gap."""
GAP_S: Final = 600.0
"""Identity values are given at the insert and seen at the commit: one that was jumped over is asked for so long."""
GAPS_MOST: Final = 50
ROWS_AT_ONCE: Final = 20_000
BEHIND_MOST: Final = 10_000_000
"""Older rows are passed over: counters are cumulative, so their Wh are not lost."""

log = get("enforcer.kepware")


class Rows(Protocol):
    """What is asked of a log table."""

    def newest_id(self, conn: Connection) -> int:
        """The id of the newest row; 0 of an empty table."""

    def after(self, conn: Connection, row_id: int, most: int) -> list[LogRow]:
        """The rows behind that id, at most so many of the table."""

    def of(self, conn: Connection, ids: Sequence[Ids], most: int) -> list[LogRow]:
        """The rows with these ids, as far as there are any by now."""


class Looked(NamedTuple):
    """What one look found. `more`: there are rows behind these already."""

    rows: Sequence[LogRow]
    more: bool


class Following:
    """One table. `until_id` is the newest row that was read."""

    def __init__(self, table: str, rows: Rows, until_id: int | None, at_once: int) -> None:
        """Goes on behind that row, but for an overlap; None: with the newest rows of a table that was never read.
        `at_once` rows of the table are read together."""
        self.until_id = until_id or 0
        self._table = table
        self._rows = rows
        self._at_once = at_once
        self._began = False
        self._anew = until_id is None
        self._gaps: dict[Ids, float] = {}

    def look(self, conn: Connection, now_s: float) -> Looked:
        """The rows that came since the last look, in the order of their ids."""
        self._place(self._rows.newest_id(conn))
        self._gaps = {ids: since_s for ids, since_s in self._gaps.items() if now_s - since_s < GAP_S}
        late = self._rows.of(conn, list(self._gaps), self._at_once)
        self._close_gaps(row.row_id for row in late)
        rows = self._rows.after(conn, self.until_id, self._at_once)
        ids = sorted({row.row_id for row in rows})
        self._open_gaps(ids, now_s)
        if ids:
            self.until_id = ids[-1]
        return Looked([*late, *rows], more=len(ids) >= self._at_once)

    def _place(self, newest_id: int) -> None:
        """Where to read on: with an overlap after a start, from the beginning in a table that was made anew, and not
        from too long ago."""
        if not self._began:
            self._began = True
            until_id = newest_id if self._anew else min(self.until_id, newest_id)
            self.until_id = max(0, until_id - OVERLAP_IDS)
        elif 0 < newest_id < self.until_id:
            log.warning("kepware.table_anew", table=self._table, newest_id=newest_id, until_id=self.until_id)
            self.until_id, self._gaps = 0, {}
        if newest_id - self.until_id > BEHIND_MOST:
            log.warning("kepware.rows_skipped", table=self._table, rows=newest_id - BEHIND_MOST - self.until_id)
            self.until_id = newest_id - BEHIND_MOST

    def _open_gaps(self, ids: Sequence[int], now_s: float) -> None:
        """What lies between rows that were read together or one after the other. Before the first row of all is
        nothing that is missed: it may have been purged."""
        before = self.until_id
        for row_id in ids:
            if row_id > before + 1 and before > 0:
                self._gaps[max(before + 1, row_id - OVERLAP_IDS), row_id - 1] = now_s
            before = row_id
        for ids_of in list(self._gaps)[:-GAPS_MOST]:
            del self._gaps[ids_of]

    def _close_gaps(self, found: Iterable[int]) -> None:
        come = sorted(set(found))
        if come:
            self._gaps = {part: since_s for ids, since_s in self._gaps.items() for part in _without(ids, come)}


def _without(ids: Ids, come: Sequence[int]) -> Iterator[Ids]:
    """The parts of a gap that are still missing."""
    first, last = ids
    for row_id in come:
        if first <= row_id <= last:
            if row_id > first:
                yield first, row_id - 1
            first = row_id + 1
    if first <= last:
        yield first, last
