"""The rows of a table as lines of text that either engine writes and reads: exact, and the same for the same row.

A line is a JSON array in the order of the columns, which the first line names. Amounts and prices are decimals as text,
instants and dates are ISO 8601 (UTC, milliseconds), details are JSON themselves.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from typing import IO, Any

import sqlalchemy as sa

from prepaid.language import _
from sql.columns import Instant, Money, Price
from sql.moving.manifest import Member

ROWS_AT_ONCE = 1000
MOST_BYTES = 4_000_000
"""Of one line: far more than the longest details."""

Row = dict[str, Any]


class LinesBroken(Exception):
    """These are not the lines that were written. Its text says why, and becomes part of a sentence."""


def write_lines(file: IO[bytes], table: sa.Table, rows: sa.Result[Any]) -> Member:
    """Writes the names of the columns and all rows."""
    digest, count = hashlib.sha256(), 0
    first = _line([column.name for column in table.columns])
    digest.update(first)
    file.write(first)
    for some in rows.partitions(ROWS_AT_ONCE):
        block = b"".join(_line(tuple(row)) for row in some)
        digest.update(block)
        file.write(block)
        count += len(some)
    return Member(rows=count, sha256=digest.hexdigest())


def prove_lines(file: IO[bytes], table: sa.Table, expected: Member) -> None:
    """Raises LinesBroken unless the file holds the rows that were written, all of them."""
    first = file.readline(MOST_BYTES)
    if first != _line([column.name for column in table.columns]):
        raise LinesBroken(_("{table} has other columns than this program").format(table=table.fullname))
    digest, count = hashlib.sha256(first), 0
    for line in _lines(file):
        digest.update(line)
        count += 1
    if (count, digest.hexdigest()) != (expected.rows, expected.sha256):
        raise LinesBroken(_("the rows of {table} are not those that were written").format(table=table.fullname))


def read_lines(file: IO[bytes], table: sa.Table) -> Iterator[list[Row]]:
    """The rows of a file that is proven, some at once. Raises LinesBroken."""
    readers = [(column.name, _reader(column)) for column in table.columns]
    file.readline(MOST_BYTES)
    lines = _lines(file)
    while some := list(islice(lines, ROWS_AT_ONCE)):
        yield [_row(line, readers, table) for line in some]


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: file.readline(MOST_BYTES), b"")


def _line(values: Iterable[Any]) -> bytes:
    text = json.dumps(
        list(values), default=_plain, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False
    )
    return text.encode() + b"\n"


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    assert isinstance(value, date), f"no column holds {type(value)}"
    return value.isoformat()


def _reader(column: sa.Column[Any]) -> Callable[[Any], Any] | None:
    """What makes the value of a column from that of a line; None: they are the same."""
    if isinstance(column.type, Money | Price):
        return Decimal
    if isinstance(column.type, Instant):
        return datetime.fromisoformat
    return date.fromisoformat if isinstance(column.type, sa.DATE) else None


def _row(line: bytes, readers: list[tuple[str, Callable[[Any], Any] | None]], table: sa.Table) -> Row:
    try:
        values = json.loads(line)
        return {
            name: value if value is None or read is None else read(value)
            for (name, read), value in zip(readers, values, strict=True)
        }
    except (ValueError, TypeError, ArithmeticError) as error:
        said = _("a row of {table} cannot be read ({error})")
        raise LinesBroken(said.format(table=table.fullname, error=error)) from error
