"""Listens to every statement that a database executes, to compile the same ones for SQL Server."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.dialects import mssql
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement

from sql.connection import Connection, Database

PARAMETERS_AT_MOST = 2100
_dialect: Callable[..., Dialect] = mssql.dialect


@dataclass(frozen=True, slots=True)
class Heard:
    """A statement with the parameters of its first execution."""

    statement: ClauseElement
    parameters: Mapping[str, Any]


@contextmanager
def listening(database: Database | None = None) -> Iterator[dict[str, Heard]]:
    """Collects what a database executes (or all of them), one of each text and names of parameters, until the block
    ends."""
    heard: dict[str, Heard] = {}

    def hear(_conn: Any, statement: Any, many: Sequence[Any], one: Mapping[str, Any], _options: Any) -> None:
        if isinstance(statement, ClauseElement):
            parameters = many[0] if many else one
            heard.setdefault(f"{statement} {sorted(parameters)}", Heard(statement, parameters))

    engine = sa.Engine if database is None else database.engine
    sa.event.listen(engine, "before_execute", hear)
    try:
        yield heard
    finally:
        sa.event.remove(engine, "before_execute", hear)


class Ear:
    """Hears every statement of every database in this process, each one once, by its text."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._fresh: list[Heard] = []

    def listen(self) -> None:
        """From now on."""
        sa.event.listen(sa.Engine, "before_cursor_execute", self._hear)

    def stop(self) -> None:
        """From now on nothing more."""
        sa.event.remove(sa.Engine, "before_cursor_execute", self._hear)

    def fresh(self) -> list[Heard]:
        """What was heard for the first time since it was asked for last."""
        found, self._fresh = self._fresh, []
        return found

    def _hear(self, _conn: Any, _cursor: Any, _text: str, _values: Any, context: Any, _many: bool) -> None:
        compiled = context.compiled
        if not isinstance(compiled, SQLCompiler) or str(compiled) in self._known:
            return
        self._known.add(str(compiled))
        if isinstance(compiled.statement, sa.SelectBase | sa.UpdateBase):
            self._fresh.append(Heard(compiled.statement, _with_lists(compiled, context.compiled_parameters[0])))


class Reader:
    """Notices who asks something over a connection on which rows of another question wait: SQL Server refuses that
    (HY000, "connection is busy with results for another hstmt"), and SQLite does not care."""

    def __init__(self) -> None:
        self._unread: WeakKeyDictionary[Connection, list[tuple[sa.CursorResult[Any], object]]] = WeakKeyDictionary()
        self._busy: list[str] = []

    def listen(self) -> None:
        """From now on."""
        sa.event.listen(sa.Engine, "after_execute", self._keep)
        sa.event.listen(sa.Engine, "before_cursor_execute", self._look)
        for end in ("commit", "rollback"):
            sa.event.listen(sa.Engine, end, self._forget)

    def busy(self) -> list[str]:
        """What was asked while rows waited, since it was asked for last."""
        found, self._busy = self._busy, []
        return found

    def _keep(self, conn: Connection, asked: Any, _many: Any, _one: Any, _options: Any, result: Any) -> None:
        if isinstance(result, sa.CursorResult) and _waits(result):
            self._unread.setdefault(conn, []).append((result, asked))

    def _look(self, conn: Connection, _cursor: Any, text: str, _values: Any, _context: Any, _many: bool) -> None:
        waiting = [(result, asked) for result, asked in self._unread.pop(conn, []) if _waits(result)]
        if waiting:
            self._unread[conn] = waiting
            self._busy += [f"{text[:200]} ... while rows wait of ... {str(asked)[:200]}" for _, asked in waiting]

    def _forget(self, conn: Connection) -> None:
        for result, _asked in self._unread.pop(conn, []):
            result.close()


def _waits(result: sa.CursorResult[Any]) -> bool:
    """Whether rows are left that nobody has read."""
    return result.returns_rows and result.cursor is not None


@contextmanager
def counting(database: Database) -> Iterator[list[str]]:
    """Writes down every statement that is executed, in its order, until the block ends."""
    heard: list[str] = []

    def hear(_conn: Any, statement: Any, _many: Any, _one: Any, _options: Any) -> None:
        heard.append(str(statement))

    sa.event.listen(database.engine, "before_execute", hear)
    try:
        yield heard
    finally:
        sa.event.remove(database.engine, "before_execute", hear)


@contextmanager
def widths(conn: Connection) -> Iterator[list[int]]:
    """How many parameters each call of the driver has for one row, until the block ends."""
    found: list[int] = [0]

    def hear(_conn: Any, _cursor: Any, _text: str, values: Any, _context: Any, many: bool) -> None:
        found.append(len(values[0] if many else values))

    sa.event.listen(conn, "before_cursor_execute", hear)
    try:
        yield found
    finally:
        sa.event.remove(conn, "before_cursor_execute", hear)


def _with_lists(compiled: SQLCompiler, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters as they were given: the compiler has put `ids_1`, `ids_2` in place of the list `ids`."""
    lists = {
        name: [value for key, value in values.items() if re.fullmatch(rf"{re.escape(name)}_\d+", key)]
        for bind, name in compiled.bind_names.items()
        if bind.expanding and name not in values
    }
    return {**values, **lists}


def on_sql_server(heard: Heard) -> str:
    """The statement as T-SQL, with lists spelt out; refuses more parameters than SQL Server takes."""
    compiled = heard.statement.compile(dialect=_dialect(paramstyle="qmark"), column_keys=list(heard.parameters))
    assert isinstance(compiled, SQLCompiler), "what is executed is SQL"
    expanded = compiled.construct_expanded_state(heard.parameters)
    assert len(expanded.parameters) <= PARAMETERS_AT_MOST, f"{len(expanded.parameters)} parameters"
    return expanded.statement
