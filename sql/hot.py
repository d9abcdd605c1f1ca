"""The hot path: one Core statement compiled once, executed with plain tuples by the driver (five times cheaper)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

from sql.columns import Instant

Statement = sa.Insert | sa.Update | sa.Delete


class Hot:
    """One statement with named binds, fed with tuples in the order of `names`.

    Values travel as they are: instants must pass `instants(conn)`, and no exact decimal may travel here.
    """

    def __init__(self, statement: Statement, names: Sequence[str]) -> None:
        self.statement = statement
        self.names = tuple(names)
        self._compiled: dict[str, tuple[str, tuple[int, ...] | None]] = {}

    def execute(self, conn: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Executes the statement once per row, in one call of the driver."""
        if not rows:
            return
        text, places = self._text(conn.dialect)
        ordered = rows if places is None else [tuple(row[place] for place in places) for row in rows]
        conn.exec_driver_sql(text, list(ordered))

    def _text(self, dialect: Dialect) -> tuple[str, tuple[int, ...] | None]:
        if dialect.name not in self._compiled:
            compiled = self.statement.compile(dialect=dialect)
            wanted = tuple(compiled.positiontup or ())
            assert sorted(wanted) == sorted(self.names), f"binds {wanted} are not the names {self.names}"
            places = None if wanted == self.names else tuple(self.names.index(name) for name in wanted)
            self._compiled[dialect.name] = (str(compiled), places)
        return self._compiled[dialect.name]


def instants(conn: Connection) -> Callable[[datetime | None], Any]:
    """Turns an instant into what the driver of this connection wants."""
    kind, dialect = Instant(), conn.dialect
    return lambda value: kind.process_bind_param(value, dialect)


class Bulk:
    """Rows for one table in one call of the driver, each value checked and converted by the type of its column.

    As safe as `table.insert()` with a list, and several times cheaper. For tables that are not numbered by the
    database.
    """

    def __init__(self, table: sa.Table, names: Sequence[str]) -> None:
        self._types = [table.c[name].type for name in names]
        self._hot = Hot(table.insert().inline().values({name: sa.bindparam(name) for name in names}), names)

    def insert(self, conn: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Inserts the rows; their values are in the order of the names."""
        if rows:
            columns = zip(self._types, zip(*rows, strict=True), strict=True)
            converted = [_converted(kind, values, conn.dialect) for kind, values in columns]
            self._hot.execute(conn, list(zip(*converted, strict=True)))


def _converted(kind: sa.types.TypeEngine[Any], values: Sequence[Any], dialect: Dialect) -> Sequence[Any]:
    """The values as the driver wants them; one that comes again (an instant, a word, a price) is converted once."""
    convert = kind.dialect_impl(dialect).bind_processor(dialect)
    if convert is None:
        return values
    known = {value: convert(value) for value in set(values)}
    return [known[value] for value in values]
