"""Records made of rows whose columns have the names of their fields."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection


def columns_of(table: sa.Table, record: type[Any], but: set[str] | None = None) -> list[sa.Column[Any]]:
    """The columns that a record is made of, but those that come from elsewhere."""
    return [table.c[name] for name in record.__slots__ if name not in (but or ())]


def newest(conn: Connection, question: sa.Select[Any], order: sa.Column[Any], most: int) -> list[dict[str, Any]]:
    found = conn.execute(question.order_by(order.desc()).limit(most)).mappings()
    return [dict(row) for row in found]
