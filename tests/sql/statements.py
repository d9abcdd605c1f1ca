"""Listens to every statement that a database executes, to compile the same ones for SQL Server."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mssql
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement

from sql.connection import Database

PARAMETERS_AT_MOST = 2100
_dialect: Callable[[], Dialect] = mssql.dialect


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


def on_sql_server(heard: Heard) -> str:
    """The statement as T-SQL, with lists spelt out; refuses more parameters than SQL Server takes."""
    compiled = heard.statement.compile(dialect=_dialect(), column_keys=list(heard.parameters))
    assert isinstance(compiled, SQLCompiler), "what is executed is SQL"
    expanded = compiled.construct_expanded_state(heard.parameters)
    assert len(expanded.parameters) <= PARAMETERS_AT_MOST, f"{len(expanded.parameters)} parameters"
    return expanded.statement
