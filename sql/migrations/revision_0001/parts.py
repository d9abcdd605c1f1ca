"""Types and constraints of the first schema, for both engines: SQLite has no schemas and no exact decimals."""

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mssql
from sqlalchemy.types import TypeEngine

_DATETIME2: Callable[[int], TypeEngine[Any]] = mssql.DATETIME2

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MONEY = sa.BigInteger().with_variant(sa.Numeric(28, 7), "mssql")
PRICE = sa.BigInteger().with_variant(sa.Numeric(11, 4), "mssql")
INSTANT = sa.BigInteger().with_variant(_DATETIME2(3), "mssql")
DETAILS = sa.UnicodeText().with_variant(sa.Unicode(), "mssql")
WORD = sa.String(24)
NUMBER = sa.Float(24)


def in_schema(schema: str) -> str | None:
    """The schema of a table; SQLite has none."""
    return None if op.get_context().dialect.name == "sqlite" else schema


def one_of(table: str, column: str, words: str) -> sa.CheckConstraint:
    """The check that a column holds one of these words."""
    listed = ", ".join(f"'{word}'" for word in words.split())
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"ck_{table}_{column}")


def bounded(table: str, column: str) -> tuple[sa.CheckConstraint, sa.CheckConstraint]:
    """The check of an amount: within 900 000 000 000, on SQLite × 10⁷."""
    name = f"ck_{table}_{column}_range"
    scaled, plain = 900_000_000_000 * 10**7, 900_000_000_000
    return (
        sa.CheckConstraint(f"{column} BETWEEN -{scaled} AND {scaled}", name=name).ddl_if(dialect="sqlite"),
        sa.CheckConstraint(f"{column} BETWEEN -{plain} AND {plain}", name=name).ddl_if(dialect="mssql"),
    )


def foreign_key(name: str, columns: Sequence[str], targets: Sequence[str]) -> sa.ForeignKeyConstraint:
    """To targets written as `schema.Table.column`."""
    flat = op.get_context().dialect.name == "sqlite"
    return sa.ForeignKeyConstraint(
        columns, [target.partition(".")[2] if flat else target for target in targets], name=name
    )


def create_index(
    schema: str, table: str, name: str, columns: Sequence[str], *, unique: bool = False, where: str | None = None
) -> None:
    """An index; with `where` a filtered one."""
    filtered: dict[str, Any] = {} if where is None else {"sqlite_where": sa.text(where), "mssql_where": sa.text(where)}
    op.create_index(name, table, columns, schema=in_schema(schema), unique=unique, **filtered)
