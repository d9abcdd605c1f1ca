"""The hot path: many rows of one table in few statements, by tuples; on SQL Server as one parameter, set-based."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

from sql.abilities import abilities
from sql.columns import Details, Instant

ROWS_AT_ONCE = 1_000
"""In one statement on SQL Server."""


class Hot:
    """One statement over many rows of a table. With `of`, the columns of a key, it changes the rows that these name, or
    removes them where it has no other names; without, it appends. Each row is a tuple: values in the order of `names`,
    then those of `of`.

    Values travel as they are: instants must pass `instants(conn)`, and no exact decimal may travel here.
    """

    def __init__(self, table: sa.Table, names: Sequence[str], *, of: Sequence[str] = ()) -> None:
        self.table = table
        self.names = tuple(names)
        self.of = tuple(of)
        self._texts: dict[tuple[str, bool], str] = {}

    def execute(self, conn: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Appends, changes or removes the rows."""
        for text, parameters in self.calls(conn.dialect, rows, as_table=abilities(conn).reads_rows):
            conn.exec_driver_sql(text, parameters)

    def calls(
        self, dialect: Dialect, rows: Sequence[tuple[Any, ...]], *, as_table: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """What the driver is called with. SQL Server takes the rows as a table, which it makes of one text; SQLite, and
        servers that cannot, one after the other, within one call."""
        if not rows:
            return
        as_table = as_table and dialect.name != "sqlite"
        text = self.text(dialect, as_table=as_table)
        if not as_table:
            yield text, list(rows)
            return
        for start in range(0, len(rows), ROWS_AT_ONCE):
            yield text, (as_text(rows[start : start + ROWS_AT_ONCE]),)

    def text(self, dialect: Dialect, *, as_table: bool = True) -> str:
        """The statement, written once for each engine and form."""
        key = dialect.name, as_table
        if key not in self._texts:
            write = self.for_all_rows if as_table else self.for_each_row
            self._texts[key] = write(dialect)
        return self._texts[key]

    def for_each_row(self, dialect: Dialect) -> str:
        """The statement for one row, in marks."""
        table, quote = dialect.identifier_preparer.format_table(self.table), dialect.identifier_preparer.quote
        if not self.of:
            names, marks = ", ".join(map(quote, self.names)), ", ".join("?" * len(self.names))
            return f"INSERT INTO {table} ({names}) VALUES ({marks})"
        key = " AND ".join(f"{quote(name)} = ?" for name in self.of)
        if not self.names:
            return f"DELETE FROM {table} WHERE {key}"
        changed = ", ".join(f"{quote(name)} = ?" for name in self.names)
        return f"UPDATE {table} SET {changed} WHERE {key}"

    def for_all_rows(self, dialect: Dialect) -> str:
        """The statement for rows that come as one text, in T-SQL."""
        table, quote = dialect.identifier_preparer.format_table(self.table), dialect.identifier_preparer.quote
        columns = ", ".join(
            f"{quote(name)} {self.table.c[name].type.compile(dialect)} '$[{place}]'"
            for place, name in enumerate(self.names + self.of)
        )
        # A long parameter may arrive as NTEXT, which OPENJSON refuses.
        rows = f"OPENJSON(CAST(? AS NVARCHAR(max))) WITH ({columns}) AS fresh"
        if not self.of:
            names = ", ".join(map(quote, self.names))
            return f"INSERT INTO {table} ({names}) SELECT {names} FROM {rows}"
        key = " AND ".join(f"kept.{quote(name)} = fresh.{quote(name)}" for name in self.of)
        if not self.names:
            return f"DELETE kept FROM {table} AS kept JOIN {rows} ON {key}"
        changed = ", ".join(f"{quote(name)} = fresh.{quote(name)}" for name in self.names)
        return f"UPDATE kept SET {changed} FROM {table} AS kept JOIN {rows} ON {key}"


def instants(conn: Connection) -> Callable[[datetime | None], Any]:
    """Turns an instant into what the driver of this connection wants."""
    kind, dialect = Instant(), conn.dialect
    return lambda value: kind.process_bind_param(value, dialect)


class Bulk:
    """The same for values of any type: each is checked and converted by the type of its column.

    As safe as `table.insert()` or `table.update()` with a list, and several times cheaper. For tables that are not
    numbered by the database.
    """

    def __init__(self, table: sa.Table, names: Sequence[str], *, of: Sequence[str] = ()) -> None:
        self._types = [table.c[name].type for name in (*names, *of)]
        self.hot = Hot(table, names, of=of)

    def write(self, conn: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Appends or changes the rows; their values are in the order of the names, then of the key."""
        if rows:
            columns = zip(self._types, zip(*rows, strict=True), strict=True)
            converted = [_converted(kind, values, conn.dialect) for kind, values in columns]
            self.hot.execute(conn, list(zip(*converted, strict=True)))


def _converted(kind: sa.types.TypeEngine[Any], values: Sequence[Any], dialect: Dialect) -> Sequence[Any]:
    """The values as the driver wants them; one that comes again (an instant, a word, a price) is converted once."""
    convert = kind.dialect_impl(dialect).bind_processor(dialect)
    if convert is None:
        return values
    if isinstance(kind, Details):  # facts are no keys
        return [convert(value) for value in values]
    known = {value: convert(value) for value in set(values)}
    return [known[value] for value in values]


def as_text(rows: Sequence[tuple[Any, ...]]) -> str:
    """The rows as SQL Server takes them: a list of lists in JSON."""
    return json.dumps(rows, default=_in_words, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _in_words(value: object) -> str:
    """What JSON has no word for, in the one notation that SQL Server reads the same in every language."""
    match value:
        case datetime():
            return value.isoformat(timespec="milliseconds")
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case _:
            raise TypeError(f"{type(value)} cannot be written as a row")
