"""The table that the DataLogger of a simulated KEPServerEX writes, as KEPServerEX makes it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.errors.kepserver import LogTableTooWide

MAX_NAME = 64
MAX_COLUMNS = 1024
"""Of a table on SQL Server."""
ROWS_AT_ONCE = 1_000


class Logged(NamedTuple):
    """One value of one item as it stands in the table. `stamp` is a local time or a universal one: it does not say."""

    item: str
    value: str | None
    stamp: datetime
    quality: int


class Entry(NamedTuple):
    """One row of the table: one value in a narrow one, the values of all items in a wide one. `row_id` is None where
    the table counts."""

    values: tuple[Logged, ...]
    row_id: int | None = None


class LogTable:
    """A table of a DataLogger, `schema.name` or `name`. `items` are those of a wide one; without them it is narrow."""

    def __init__(self, name: str, items: Sequence[str] = (), *, batch_id: bool = False) -> None:
        if 1 + 4 * len(items) > MAX_COLUMNS:
            raise LogTableTooWide(items=len(items), most=(MAX_COLUMNS - 1) // 4)
        self._wide = bool(items)
        self._batch_id = batch_id
        columns = [column for item in items for column in _columns(column_of(item))] or _columns("")
        if not self._wide:
            columns.insert(0, sa.Column("_NAME", sa.String(MAX_NAME)))
        if batch_id:
            columns.append(sa.Column("_BATCHID", sa.Integer))
        schema, _dot, table = name.rpartition(".")
        self.table = sa.Table(
            table,
            sa.MetaData(),
            sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
            *columns,
            schema=schema or None,
            sqlite_autoincrement=True,
        )
        self._nothing: dict[str, object] = {column.name: None for column in columns}

    def make(self, conn: Connection) -> None:
        """Makes the table unless there is one."""
        if not sa.inspect(conn).has_table(self.table.name, schema=_schema(conn, self.table)):
            self.table.create(conn)

    def append(self, conn: Connection, entries: Sequence[Entry]) -> None:
        """Adds rows in their order: those with a number of their own first."""
        for numbered in (True, False):
            rows = [self._row(each) for each in entries if (each.row_id is not None) is numbered]
            for start in range(0, len(rows), ROWS_AT_ONCE):
                conn.execute(self.table.insert(), rows[start : start + ROWS_AT_ONCE])

    def _row(self, entry: Entry) -> dict[str, object]:
        row = dict(self._nothing)
        if entry.row_id is not None:
            row["id"] = entry.row_id
        if self._batch_id:
            row["_BATCHID"] = 0
        for logged in entry.values:
            start = column_of(logged.item) if self._wide else ""
            if not self._wide:
                row["_NAME"] = logged.item
            row[f"{start}_NUMERICID"] = 0
            row[f"{start}_VALUE"] = logged.value
            row[f"{start}_TIMESTAMP"] = logged.stamp
            row[f"{start}_QUALITY"] = logged.quality
        return row


def column_of(item: str) -> str:
    """How the columns of an item begin in a wide table."""
    return item.replace(".", "_")


def _columns(start: str) -> list[sa.Column[Any]]:
    return [
        sa.Column(f"{start}_NUMERICID", sa.Integer),
        sa.Column(f"{start}_VALUE", sa.String(MAX_NAME)),
        sa.Column(f"{start}_TIMESTAMP", sa.DateTime),
        sa.Column(f"{start}_QUALITY", sa.Integer),
    ]


def _schema(conn: Connection, table: sa.Table) -> str | None:
    """SQLite keeps all tables in one schema."""
    return None if conn.dialect.name == "sqlite" else table.schema
