"""The hot path: one Core statement compiled once, executed with plain tuples by the driver (five times cheaper)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

from sql.columns import Instant
from sql.connection import translate

Statement = sa.Insert | sa.Update


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
            schemas = dict(translate(dialect.name))
            compiled = self.statement.compile(
                dialect=dialect, schema_translate_map=schemas or None, render_schema_translate=bool(schemas)
            )
            wanted = tuple(compiled.positiontup or ())
            assert sorted(wanted) == sorted(self.names), f"binds {wanted} are not the names {self.names}"
            places = None if wanted == self.names else tuple(self.names.index(name) for name in wanted)
            self._compiled[dialect.name] = (str(compiled), places)
        return self._compiled[dialect.name]


def instants(conn: Connection) -> Callable[[datetime | None], Any]:
    """Turns an instant into what the driver of this connection wants."""
    kind, dialect = Instant(), conn.dialect
    return lambda value: kind.process_bind_param(value, dialect)
