"""The views of SQL Server over the rows of a test, told by sqlglot to DuckDB: it has schemas and exact decimals."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
import sqlglot
from sqlalchemy.dialects import mssql
from sqlalchemy.engine import Dialect

from sql.connection import Database
from sql.programmable import FOLDER, batches
from sql.tables import metadata
from sql.tables.base import APP, OPS, REPORT

VIEWS = ("050_views.sql", "055_alarms.sql")
_new_dialect: Callable[[], Dialect] = mssql.dialect
_DIALECT = _new_dialect()
_TYPES = {"NVARCHAR(max)": "VARCHAR", "DATETIME2(3)": "TIMESTAMP", "BIT": "BOOLEAN", "FLOAT(24)": "REAL"}


class Views:
    """The views, as they stood when this was made."""

    def __init__(self, database: Database) -> None:
        duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
        self._conn: Any = duckdb.connect()
        for schema in (APP, OPS, REPORT):
            self._conn.execute(f"CREATE SCHEMA {schema}")
        for table in metadata.sorted_tables:
            self._fill(database, table)
        for name in VIEWS:
            for batch in batches((FOLDER / name).read_text(encoding="utf-8"))[2:-1]:
                for statement in sqlglot.transpile(batch, read="tsql", write="duckdb"):
                    self._conn.execute(statement)

    def rows(self, view: str) -> list[dict[str, Any]]:
        """Every row of a view, by the names of its columns."""
        found = self._conn.execute(f"SELECT * FROM {REPORT}.{view}")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def _fill(self, database: Database, table: sa.Table) -> None:
        columns = ", ".join(f'"{column.name}" {_type(column)}' for column in table.columns)
        self._conn.execute(f'CREATE TABLE {table.schema}."{table.name}" ({columns})')
        marks = ", ".join("?" for _ in table.columns)
        with database.reading() as conn:
            rows = [[_plain(value) for value in row] for row in conn.execute(sa.select(table))]
        if rows:
            self._conn.executemany(f'INSERT INTO {table.schema}."{table.name}" VALUES ({marks})', rows)


def _type(column: sa.Column[Any]) -> str:
    kind = column.type.compile(_DIALECT)
    return _TYPES.get(kind, kind.replace("NVARCHAR", "VARCHAR"))


def _plain(value: Any) -> Any:
    """As a column of SQL Server has it: instants are UTC without a zone, words and details are texts."""
    if hasattr(value, "tzinfo"):
        return value.replace(tzinfo=None)
    return str(value) if isinstance(value, str | dict) else value
