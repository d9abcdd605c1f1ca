"""What a pass writes for a large site, in every way that an engine has for many rows, beside a bare lower bound.

Over an SQLite file, or over the database that TEST_DATABASE_URL names.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sql import schema
from sql.columns import Instant
from sql.connection import Connection, Database
from sql.hot import Hot, as_text
from sql.readings import HISTORY, LIVE_STATES, ensure_states
from sql.tables import analyzers
from tests.building import MORNING
from tests.databases import named, new_url
from tests.sql.smallest_site import smallest_site

PROBE = "ops.BenchRows"
COUNTED = "SELECT COUNT(value) FROM OPENJSON(CAST(? AS NVARCHAR(max)))"
"""The rows arrive at the server as one text and are counted: less than any way to keep them."""
Rows = Sequence[tuple[Any, ...]]
Way = Callable[[Connection, Hot, Rows], object]


@dataclass(frozen=True, slots=True)
class Writing:
    """So many analyzers, and how often each way is measured."""

    analyzers: int
    times: int


def measure(chosen: Writing) -> Iterator[str]:
    """Lines of figures: medians in milliseconds of a transaction, its commit included."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(new_url(Path(folder), _migrated(Path(folder))))
        ids = _site(database, chosen.analyzers)
        yield f"{chosen.analyzers} rows in one transaction, {chosen.times} times, median; {database.where}"
        for what, hot in (("live states changed", LIVE_STATES), ("history appended", HISTORY)):
            for name, way in _ways_of_a_file() if database.is_sqlite else _ways_of_a_server():
                yield f"{what}, {name}: {_median_ms(database, way, hot, ids, chosen.times):.1f} ms"
        database.close()


def _ways_of_a_file() -> Iterator[tuple[str, Way]]:
    yield "row by row in one call of the driver (the product's way)", _as_the_product
    yield "one text as a table", _from_json_each
    yield "bare: appended to a table in memory, without keys", _into_a_bare_table


def _ways_of_a_server() -> Iterator[tuple[str, Way]]:
    yield "one text as a table (the product's way)", _as_the_product
    yield "row by row", _row_by_row
    yield "arrays of parameters (fast_executemany of pyodbc)", _by_arrays
    yield "a parameter of a table type (pyodbc)", _by_table_type
    yield "bare: the text is counted", _counted


def _as_the_product(conn: Connection, hot: Hot, rows: Rows) -> None:
    hot.execute(conn, rows)


def _row_by_row(conn: Connection, hot: Hot, rows: Rows) -> None:
    conn.exec_driver_sql(hot.for_each_row(conn.dialect), list(rows))


def _by_arrays(conn: Connection, hot: Hot, rows: Rows) -> None:
    cursor: Any = conn.connection.cursor()
    cursor.fast_executemany = True
    cursor.executemany(hot.for_each_row(conn.dialect), list(rows))
    cursor.close()


def _by_table_type(conn: Connection, hot: Hot, rows: Rows) -> None:
    """The type is made and dropped around it, which a product would have done once."""
    names = (*hot.names, *hot.of)
    quote = conn.dialect.identifier_preparer.quote
    columns = ", ".join(f"{quote(name)} {hot.table.c[name].type.compile(conn.dialect)}" for name in names)
    conn.exec_driver_sql(f"CREATE TYPE {PROBE} AS TABLE ({columns})")
    text = hot.for_all_rows(conn.dialect)
    begin, end = text.index("OPENJSON"), text.index(" AS fresh")
    schema_name, _, type_name = PROBE.partition(".")
    cursor = conn.connection.cursor()
    cursor.execute(f"{text[:begin]}?{text[end:]}", ([type_name, schema_name, *rows],))
    cursor.close()
    conn.exec_driver_sql(f"DROP TYPE {PROBE}")


def _from_json_each(conn: Connection, hot: Hot, rows: Rows) -> None:
    quote = conn.dialect.identifier_preparer.quote
    names = (*hot.names, *hot.of)
    picked = ", ".join(f"value ->> {place} AS {quote(name)}" for place, name in enumerate(names))
    table = conn.dialect.identifier_preparer.format_table(hot.table)
    fresh = f"(SELECT {picked} FROM json_each(?)) AS fresh"
    if hot.of:
        changed = ", ".join(f"{quote(name)} = fresh.{quote(name)}" for name in hot.names)
        key = " AND ".join(f"{table}.{quote(name)} = fresh.{quote(name)}" for name in hot.of)
        text = f"UPDATE {table} SET {changed} FROM {fresh} WHERE {key}"
    else:
        text = f"INSERT INTO {table} ({', '.join(map(quote, names))}) SELECT * FROM {fresh}"
    conn.exec_driver_sql(text, (as_text(rows),))


def _into_a_bare_table(conn: Connection, hot: Hot, rows: Rows) -> None:
    names = ", ".join(map(conn.dialect.identifier_preparer.quote, (*hot.names, *hot.of)))
    conn.exec_driver_sql(f"CREATE TEMP TABLE IF NOT EXISTS Bare{hot.table.name} ({names})")
    conn.exec_driver_sql(f"INSERT INTO Bare{hot.table.name} VALUES ({', '.join('?' * len(rows[0]))})", list(rows))


def _counted(conn: Connection, hot: Hot, rows: Rows) -> object:
    return conn.exec_driver_sql(COUNTED, (as_text(rows),)).scalar_one()


def _median_ms(database: Database, way: Way, hot: Hot, ids: Sequence[int], times: int) -> float:
    taken = []
    for number in range(times):
        began_s = time.perf_counter()
        with database.writing() as conn:
            way(conn, hot, _rows(conn, hot, ids, number))
        taken.append((time.perf_counter() - began_s) * 1000)
        if not hot.of:
            with database.writing() as conn:
                conn.execute(hot.table.delete())
    return statistics.median(taken)


def _rows(conn: Connection, hot: Hot, ids: Sequence[int], number: int) -> Rows:
    """A row for each analyzer, as the driver takes them."""
    columns = [hot.table.c[name] for name in (*hot.names, *hot.of)]
    at = MORNING + timedelta(minutes=number)
    plain = [_value(column, conn.dialect, at) for column in columns]
    place = [column.name for column in columns].index("analyzer_id")
    return [(*plain[:place], analyzer_id, *plain[place + 1 :]) for analyzer_id in ids]


def _value(column: sa.Column[Any], dialect: sa.Dialect, at: datetime) -> Any:
    if isinstance(column.type, Instant):
        return column.type.process_bind_param(at, dialect)
    if isinstance(column.type, sa.String):
        return "accepted" if column.name == "verdict" else "LQN/1"
    return 229.875 if isinstance(column.type, sa.Float) else 1_234_567


def _site(database: Database, number: int) -> list[int]:
    """A site with so many analyzers, each with its live state."""
    with database.writing() as conn:
        site = smallest_site(conn)
        pattern = dict(conn.execute(sa.select(analyzers)).mappings().one())
        del pattern["id"]
        rows = [{**pattern, "name": f"A-{place}", "port": 503 + place} for place in range(1, number)]
        if rows:
            conn.execute(analyzers.insert(), rows)
        ensure_states(conn, site.site_id)
        return list(conn.scalars(sa.select(analyzers.c.id)))


def _migrated(folder: Path) -> Path:
    path = folder / "empty.db"
    if named() is None:
        database = Database(f"sqlite:///{path.as_posix()}")
        schema.create(database)
        database.close()
    return path
