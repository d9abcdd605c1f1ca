"""Listens to every statement that a database executes, to compile the same ones for SQL Server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mssql
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.elements import ClauseElement

from sql.connection import Database

PARAMETERS_AT_MOST = 2100
_dialect: Callable[[], Dialect] = mssql.dialect


@contextmanager
def listening(database: Database) -> Iterator[dict[str, ClauseElement]]:
    """Collects the executed statements, one of each text, until the block ends."""
    heard: dict[str, ClauseElement] = {}

    def hear(_conn: Any, statement: Any, _many: Any, _one: Any, _options: Any) -> None:
        if isinstance(statement, ClauseElement):
            heard.setdefault(str(statement), statement)

    sa.event.listen(database.engine, "before_execute", hear)
    try:
        yield heard
    finally:
        sa.event.remove(database.engine, "before_execute", hear)


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


def on_sql_server(statement: ClauseElement) -> str:
    """The statement as T-SQL, with lists spelt out; refuses more parameters than SQL Server takes."""
    compiled = statement.compile(dialect=_dialect(), compile_kwargs={"render_postcompile": True})
    assert len(compiled.params) <= PARAMETERS_AT_MOST, f"{len(compiled.params)} parameters"
    return str(compiled)
