"""Reading a log table by the names it was found with, in the order of arrival; and removing what was used."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from prepaid.errors.kepware import LogUnreadable
from prepaid.errors.start import DatabaseUnavailable
from prepaid.kepware.log import QUALITY_SUFFIX, STAMP_SUFFIX, VALUE_SUFFIX, LogRow, LogTable, LogValue, Shape
from sql.connection import Database
from sql.troubles import words

Ids = tuple[int, int]
"""From the first id to the last one, both of them included."""
COLUMNS_AT_MOST = 1_000
"""Of one statement over a wide table."""
PURGED_AT_ONCE = 2_000


@contextmanager
def opened(log: Database, table: LogTable, *, writing: bool = False) -> Iterator[Connection]:
    """The database with the log, for questions about this table. Raises LogUnreadable where it is not there or may not
    be used, and the kinds of DatabaseUnavailable."""
    try:
        with log.writing() if writing else log.reading() as conn:
            yield conn
    except DatabaseUnavailable as error:
        if type(error) is not DatabaseUnavailable:
            raise  # it has a sentence of its own
        raise LogUnreadable(table=table.where, where=log.where, why=error.fields["why"]) from error
    except DBAPIError as error:
        raise LogUnreadable(table=table.where, where=log.where, why=words(error)) from error


_Column = sa.ColumnClause[Any]


class LogReader:
    """One log table and the tags that are wanted of it; of a narrow one every row is read, so that ids have no gaps."""

    def __init__(self, table: LogTable, tags: Sequence[str]) -> None:
        self._table = table
        self._narrow = table.shape is Shape.NARROW
        self._tags = tuple(tags)[: COLUMNS_AT_MOST // 3]
        self._from, self._id, self._stamp = _described(table, self._tags)
        row_id = self._id
        columns = [each for each in self._from.columns if each is not row_id]
        first = sa.select(row_id, *columns).order_by(row_id).limit(sa.bindparam("most", type_=sa.Integer))
        self._after = first.where(row_id > sa.bindparam("of_id"))
        self._of = first
        self._newest = sa.select(sa.func.max(row_id))

    def newest_id(self, conn: Connection) -> int:
        """The id of the newest row; 0 of an empty table."""
        return int(conn.scalar(self._newest) or 0)

    def newest(self, conn: Connection, most: int) -> list[LogRow]:
        """The newest rows, at most so many of the table."""
        return self.after(conn, max(0, self.newest_id(conn) - most), most)

    def after(self, conn: Connection, row_id: int, most: int) -> list[LogRow]:
        """The rows behind that id, at most so many of the table."""
        return list(self._rows(conn.execute(self._after, {"of_id": row_id, "most": most}).all()))

    def of(self, conn: Connection, ids: Sequence[Ids], most: int) -> list[LogRow]:
        """The rows with these ids, as far as there are any by now."""
        if not ids:
            return []
        wanted = self._of.where(sa.or_(*(self._id.between(first, last) for first, last in ids)))
        return list(self._rows(conn.execute(wanted, {"most": most}).all()))

    def purge(self, conn: Connection, until_id: int, before: datetime) -> int:
        """Removes a slice of the oldest rows, none behind that id or stamped from `before` on; answers how many."""
        oldest = sa.select(self._id, self._stamp).where(self._id <= until_id).order_by(self._id).limit(PURGED_AT_ONCE)
        last_id = None
        for row_id, stamped_at in conn.execute(oldest).all():
            if stamped_at is not None and stamped_at >= before:
                break
            last_id = row_id
        if last_id is None:
            return 0
        return conn.execute(sa.delete(self._from).where(self._id <= last_id)).rowcount

    def _rows(self, found: Iterable[Sequence[Any]]) -> Iterator[LogRow]:
        if self._narrow:
            for row in found:
                yield LogRow(row[0], row[1], _value(row[2]), row[3], row[4])
            return
        for row in found:
            for place, tag in enumerate(self._tags):
                value, stamped_at, quality = row[3 * place + 1 : 3 * place + 4]
                if stamped_at is not None:
                    yield LogRow(row[0], tag, _value(value), stamped_at, quality)


def _described(
    table: LogTable, tags: Sequence[str]
) -> tuple[sa.TableClause, sa.ColumnClause[Any], sa.ColumnClause[Any]]:
    """The table with the columns that are read, its id, and the stamp by which it is purged."""
    row_id: sa.ColumnClause[Any] = sa.column(table.id_column, sa.BigInteger())
    if table.shape is Shape.NARROW:
        assert table.tag_column and table.value_column and table.stamp_column and table.quality_column, "checked there"
        columns: list[sa.ColumnClause[Any]] = [
            sa.column(table.tag_column),
            sa.column(table.value_column),
            sa.column(table.stamp_column, sa.DateTime()),
            sa.column(table.quality_column, sa.Integer()),
        ]
        stamp = columns[2]
    else:
        columns = [column for tag in tags for column in _of_tag(tag)]
        stamp = columns[1] if columns else row_id
    described = sa.table(table.name, row_id, *columns, schema=table.schema)
    return described, described.c[table.id_column], described.c[stamp.name]


def _of_tag(tag: str) -> tuple[sa.ColumnClause[Any], ...]:
    return (
        sa.column(f"{tag}{VALUE_SUFFIX}"),
        sa.column(f"{tag}{STAMP_SUFFIX}", sa.DateTime()),
        sa.column(f"{tag}{QUALITY_SUFFIX}", sa.Integer()),
    )


def _value(value: object) -> LogValue:
    """As the driver gives it; a NUMERIC becomes the text of its number."""
    if isinstance(value, Decimal):
        return str(value)
    return value if isinstance(value, str | int | float) else None
