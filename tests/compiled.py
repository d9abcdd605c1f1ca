"""Statements compiled once for all the files that tests make: each test has an engine of its own, and compiling the
same statements again for each of them was a fifth of what the tests of the database took."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.util import LRUCache

STATEMENTS = 4_000


class AnyFile(LRUCache[Any, Any]):
    """What SQLAlchemy has compiled, by the statement and the kind of database instead of by the very engine."""

    def get(self, key: tuple[Dialect, *tuple[Any, ...]], default: Any = None) -> Any:
        return super().get(_of_any_engine(key), default)

    def __setitem__(self, key: tuple[Dialect, *tuple[Any, ...]], compiled: Any) -> None:
        super().__setitem__(_of_any_engine(key), compiled)


def share_compiled() -> None:
    """From now on, in this process. A server that tests name has one engine at a time and keeps to its own."""
    shared = AnyFile(STATEMENTS)

    def use(conn: Connection) -> None:
        if conn.dialect.name == "sqlite":
            conn.execution_options(compiled_cache=shared)

    sa.event.listen(sa.Engine, "engine_connect", use)


def _of_any_engine(key: tuple[Dialect, *tuple[Any, ...]]) -> tuple[Any, ...]:
    dialect, *statement = key
    return (type(dialect), *statement)
