"""What the server behind a connection is able to do: SQL Server itself, or one that is compatible with it.

Babelfish for PostgreSQL, as Amazon Aurora offers it, speaks the protocol and most of T-SQL. It takes hints and does not
heed them, and it lacks some statements of the scripts: docs/two-engines.md has the list.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.engine import Connection

KEY = "abilities"
COMPATIBLE = "SELECT CAST(SERVERPROPERTY('Babelfish') AS INT)"
"""SQL Server answers NULL to a property that it does not know."""
ROWS = (
    "SELECT fresh.number, fresh.yes, fresh.read_at, fresh.words, fresh.power_w "
    "FROM OPENJSON(CAST(N'"
    r'[[1,true,"2026-02-01T03:04:05.006","a \"b\" \\ c",0.1],[2,null,null,null,null],[3,false,null,"",-2.5]]'
    "' AS NVARCHAR(max))) WITH (number BIGINT '$[0]', yes BIT '$[1]', read_at DATETIME2(3) '$[2]', "
    "words NVARCHAR(max) '$[3]', power_w FLOAT '$[4]') AS fresh ORDER BY fresh.number"
)
"""The form in which many rows are written (sql/hot.py), with all that could be taken for something else."""
READ = [
    (1, True, datetime(2026, 2, 1, 3, 4, 5, 6000, tzinfo=UTC).replace(tzinfo=None), r'a "b" \ c', 0.1),
    (2, None, None, None, None),
    (3, False, None, "", -2.5),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """`genuine`: it is SQL Server, which heeds hints and takes every statement of the scripts. `reads_rows`: OPENJSON
    makes a table of a list of rows, each value in its place."""

    genuine: bool
    reads_rows: bool


ALL = Abilities(genuine=True, reads_rows=True)


def abilities(conn: Connection) -> Abilities:
    """Those of the server behind a connection. SQLite is never asked for what it lacks."""
    found = conn.info.get(KEY, ALL)
    assert isinstance(found, Abilities), "a connection keeps what was asked when it was made"
    return found


def ask_abilities(connection: Any, error: type[Exception]) -> Abilities:
    """Asks over a new connection of a driver, whose class of errors is given. Nothing is left of it."""
    if not _answers(connection, COMPATIBLE)[0][0]:
        return ALL
    try:
        reads_rows = _answers(connection, ROWS) == READ
    except error:
        reads_rows = False
    connection.rollback()
    return Abilities(genuine=False, reads_rows=reads_rows)


def _answers(connection: Any, question: str) -> list[tuple[Any, ...]]:
    cursor = connection.cursor()
    try:
        cursor.execute(question)
        return [tuple(row) for row in cursor.fetchall()]
    finally:
        cursor.close()
