"""The proof that a file holds what the database does."""

import math
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.archive import Day
from sql.archive.columns import REALS, WHOLES
from sql.archive.same import hash_of
from sql.archive.write import of_day
from sql.archives import Written
from sql.backup.manifest import Stopped
from sql.tables import readings

HIGH = 2**32
"""Counters are added up in two parts: the sum of a day may be beyond 64 bits."""
SHIFT, LOW = 32, HIGH - 1
REAL_SUMS_DIFFER = 1e-6
"""The same numbers added up in another order."""


class Sum(NamedTuple):
    """How many numbers a column holds, and what they add up to."""

    numbers: int
    total: float


def written_of(conn: Connection, site_id: int, day: Day, path: Path, stop: threading.Event) -> Written | None:
    """What is in the file, when it holds as many readings of the day as the database, and each column as many numbers
    with the same sum; None where it does not. Raises OSError, pyarrow's own errors, and Stopped."""
    found, wanted = _in_file(path, stop), _in_database(conn, site_id, day)
    alike = found[:-1] == wanted[:-1]
    if not alike or not all(_same(name, found.sums[name], wanted.sums[name]) for name in wanted.sums):
        return None
    return Written(
        readings=found.readings,
        bytes=path.stat().st_size,
        sha256=hash_of(path, stop),
        first_read_at=found.first,
        last_read_at=found.last,
    )


class _Content(NamedTuple):
    readings: int
    first: Any
    last: Any
    verdicts: Counter[str]
    sums: Mapping[str, Sum]


def _in_file(path: Path, stop: threading.Event) -> _Content:
    """Everything is read back and decoded, part by part; a page whose checksum is wrong is an error of pyarrow's."""
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        parts = []
        for number in range(file.num_row_groups):
            parts.append(_in_part(file.read_row_group(number)))
            if stop.is_set():
                raise Stopped
    sums = {
        name: Sum(sum(part.sums[name].numbers for part in parts), sum(part.sums[name].total for part in parts))
        for name in (*WHOLES, *REALS)
    }
    return _Content(
        readings=sum(part.readings for part in parts),
        first=min((part.first for part in parts), default=None),
        last=max((part.last for part in parts), default=None),
        verdicts=sum((part.verdicts for part in parts), Counter()),
        sums=sums,
    )


def _in_part(table: pa.Table) -> _Content:
    sums = {name: Sum(pc.count(table[name]).as_py(), _whole(table[name])) for name in WHOLES}
    for name in REALS:
        real = pc.sum(table[name].cast(pa.float64())).as_py()
        sums[name] = Sum(pc.count(table[name]).as_py(), real or 0.0)
    ends = pc.min_max(table["read_at"]).as_py()
    verdicts = Counter({each["values"]: each["counts"] for each in pc.value_counts(table["verdict"]).to_pylist()})
    return _Content(table.num_rows, ends["min"], ends["max"], verdicts, sums)


def _whole(column: pa.ChunkedArray) -> int:
    high, low = pc.sum(pc.shift_right(column, SHIFT)).as_py(), pc.sum(pc.bit_wise_and(column, LOW)).as_py()
    return (high or 0) * HIGH + (low or 0)


def _in_database(conn: Connection, site_id: int, day: Day) -> _Content:
    """The rows of the day, added up where they are."""
    asked: list[sa.Label[Any]] = [
        sa.func.count().label("readings"),
        sa.func.min(readings.c.read_at).label("first"),
        sa.func.max(readings.c.read_at).label("last"),
    ]
    high = sa.literal(HIGH, sa.BigInteger)
    for name in WHOLES:
        column = readings.c[name]
        asked += [
            sa.func.count(column).label(f"{name}_count"),
            sa.func.sum(column // high).label(f"{name}_high"),
            sa.func.sum(column % high).label(f"{name}_low"),
        ]
    for name in REALS:
        real = sa.cast(readings.c[name], sa.Float(53))
        asked += [sa.func.count(real).label(f"{name}_count"), sa.func.sum(real).label(f"{name}_real")]
    row = conn.execute(sa.select(*asked).where(*of_day(site_id, day))).mappings().one()
    by_verdict = sa.select(readings.c.verdict, sa.func.count().label("readings")).where(*of_day(site_id, day))
    verdicts = Counter({row.verdict: row.readings for row in conn.execute(by_verdict.group_by(readings.c.verdict))})
    sums = {
        name: Sum(row[f"{name}_count"], int(row[f"{name}_high"] or 0) * HIGH + int(row[f"{name}_low"] or 0))
        for name in WHOLES
    }
    sums |= {name: Sum(row[f"{name}_count"], float(row[f"{name}_real"] or 0)) for name in REALS}
    return _Content(row["readings"], row["first"], row["last"], verdicts, sums)


def _same(name: str, found: Sum, wanted: Sum) -> bool:
    if found.numbers != wanted.numbers or name in WHOLES:
        return found == wanted
    within = REAL_SUMS_DIFFER * max(1, found.numbers)
    return math.isclose(found.total, wanted.total, rel_tol=REAL_SUMS_DIFFER, abs_tol=within)
