"""Writes the readings of one site and day into one file, in bounded memory."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.archive import Day
from sql.archive.columns import KEYS, SCHEMA, SORTED_BY, WHOLES
from sql.backup.manifest import Stopped
from sql.tables import analyzers, readings

ROWS_IN_MEMORY = 50_000
"""Of a part of the file: an hour of 800 analyzers, about 40 MB while it is sorted."""
ROWS_AT_ONCE = 2_000
PAUSE_S = 0.01
"""After each of them, so that passes get their turn of the processor."""

Told = Callable[[], None]


def of_day(site_id: int, day: Day) -> tuple[sa.ColumnElement[bool], ...]:
    """The readings of a site on a day, along the clustered key: `+ 0` keeps SQLite from the index by analyzer, after
    which it would have to sort the whole day."""
    of_site = sa.select(analyzers.c.id).where(analyzers.c.site_id == site_id)
    return (
        readings.c.read_at >= day.from_at,
        readings.c.read_at < day.until_at,
        (readings.c.analyzer_id + 0).in_(of_site),
    )


def write_day(conn: Connection, site_id: int, day: Day, part: Path, stop: threading.Event, told: Told) -> None:
    """Writes them to `part` and makes it last on the disk; `told` is called after each part of the file.

    Readings are read once, along the clustered key. Each part of the file holds a stretch of time, sorted by analyzer.
    Raises OSError, pyarrow's own errors, and Stopped.
    """
    written_to(part, (table.sort_by(SORTED_BY) for table in _tables(conn, site_id, day, stop)), told)


def written_to(part: Path, tables: Iterable[pa.Table], told: Told = lambda: None) -> None:
    """Writes a file of these parts, which are sorted, and makes it last on the disk."""
    part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("wb") as file:
        with pq.ParquetWriter(file, SCHEMA, **_options()) as writer:
            for table in tables:
                writer.write_table(table)
                told()
        file.flush()
        os.fsync(file.fileno())


def _options() -> dict[str, Any]:
    """Whole numbers are kept as differences, which are small for one analyzer after the other. Reals stay plain: split
    into streams of bytes they would be an eighth smaller, and some engines could not read them. Each page has a
    checksum."""
    return {
        "compression": "zstd",
        "use_dictionary": ["verdict"],
        "column_encoding": dict.fromkeys((*KEYS, *WHOLES), "DELTA_BINARY_PACKED"),
        "write_page_checksum": True,
        "sorting_columns": pq.SortingColumn.from_ordering(SCHEMA, SORTED_BY),
    }


def _tables(conn: Connection, site_id: int, day: Day, stop: threading.Event) -> Iterator[pa.Table]:
    waiting: list[pa.RecordBatch] = []
    rows = 0
    for batch in _batches(conn, site_id, day, stop):
        waiting.append(batch)
        rows += batch.num_rows
        if rows >= ROWS_IN_MEMORY:
            yield pa.Table.from_batches(waiting)
            waiting, rows = [], 0
    if waiting:
        yield pa.Table.from_batches(waiting)


def _batches(conn: Connection, site_id: int, day: Day, stop: threading.Event) -> Iterator[pa.RecordBatch]:
    question = sa.select(*(readings.c[name] for name in SCHEMA.names)).where(*of_day(site_id, day))
    ordered = question.order_by(readings.c.read_at, readings.c.analyzer_id)
    found = conn.execution_options(stream_results=True).execute(ordered)
    for rows in found.partitions(ROWS_AT_ONCE):
        columns = zip(zip(*rows, strict=True), SCHEMA, strict=True)
        yield pa.RecordBatch.from_arrays([pa.array(values, field.type) for values, field in columns], schema=SCHEMA)
        if stop.wait(PAUSE_S):
            raise Stopped
