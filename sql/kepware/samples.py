"""What a log table holds now: the newest rows, by tag. For the check and for those who map tags."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.kepware.log import LogTable, Shape
from prepaid.kepware.samples import Sample, samples_of
from sql.kepware.discover import wide_tags
from sql.kepware.log import LogReader

ROWS_AT_MOST = 200_000
TAGS_AT_MOST = 300
"""Of a wide table, in one look."""


def sample_log(conn: Connection, table: LogTable, rows: int = ROWS_AT_MOST) -> Mapping[str, Sample]:
    """The newest rows of the log, by tag."""
    tags: Sequence[str] = ()
    if table.shape is Shape.WIDE:
        tags = tags_of_wide(conn, table)[:TAGS_AT_MOST]
        rows = max(1, rows // max(1, len(tags)))
    reader = LogReader(table, tags)
    newest_id = reader.newest_id(conn)
    return samples_of(reader.after(conn, max(0, newest_id - rows), rows))


def tags_of_wide(conn: Connection, table: LogTable) -> list[str]:
    """The tags that a wide table has columns for."""
    return list(wide_tags(sa.inspect(conn).get_columns(table.name, schema=table.schema)))


def id_room(conn: Connection, table: LogTable) -> int | None:
    """How many more rows the id of the table can count; None where it has 64 bits."""
    columns = {
        column["name"]: column["type"] for column in sa.inspect(conn).get_columns(table.name, schema=table.schema)
    }
    kind = columns.get(table.id_column)
    if isinstance(kind, sa.BigInteger) or conn.dialect.name == "sqlite":
        return None
    newest_id = LogReader(table, ()).newest_id(conn)
    return 2**31 - 1 - newest_id
