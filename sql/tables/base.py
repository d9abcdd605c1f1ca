"""The one description of the schema starts here: the metadata, its naming rules, and columns that recur."""

from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import GenericTypeCompiler

from prepaid.units import MAX_AMOUNT, MONEY_DECIMALS
from sql.columns import Instant, Word

APP = "app"
OPS = "ops"
REPORT = "report"
"""Of views for people; no table is in it."""
ENGINE = "engine"

EXACTLY = "Latin1_General_100_BIN2"
"""How texts are compared on SQL Server: by code points, as SQLite does, whatever the collation of the database is."""

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


@compiles(sa.String, "mssql")
def _code_of_server(kind: sa.String, compiler: GenericTypeCompiler, **options: Any) -> str:
    return _exactly(compiler.visit_string(kind, **options), options)


@compiles(sa.Unicode, "mssql")
def _text_of_server(kind: sa.Unicode, compiler: GenericTypeCompiler, **options: Any) -> str:
    return _exactly(compiler.visit_unicode(kind, **options), options)


def _exactly(written: str, options: dict[str, Any]) -> str:
    """Of a column; the type in a CAST must not say how it is compared."""
    return f"{written} COLLATE {EXACTLY}" if isinstance(options.get("type_expression"), sa.Column) else written


def identity() -> sa.Column[Any]:
    """The surrogate key of a table."""
    return sa.Column("id", Id, sa.Identity(), primary_key=True)


def reference(name: str, target: str, *, nullable: bool = False, primary_key: bool = False) -> sa.Column[Any]:
    """A foreign key to `schema.Table.column`."""
    return sa.Column(
        name,
        Id,
        sa.ForeignKey(target),
        nullable=nullable and not primary_key,
        primary_key=primary_key,
        autoincrement=False,
    )


def instant(name: str, *, nullable: bool = False, primary_key: bool = False) -> sa.Column[Any]:
    """An instant (UTC, milliseconds)."""
    return sa.Column(name, Instant, nullable=nullable and not primary_key, primary_key=primary_key)


def word(
    name: str,
    words: type[StrEnum],
    *,
    nullable: bool = False,
    primary_key: bool = False,
    default: StrEnum | None = None,
) -> sa.Column[Any]:
    """One word of a closed list. Add `one_of(name, words)` to the table for the check."""
    return sa.Column(
        name,
        Word(words),
        nullable=nullable and not primary_key,
        primary_key=primary_key,
        server_default=None if default is None else default.value,
    )


def one_of(name: str, words: type[StrEnum]) -> sa.CheckConstraint:
    """The check that a word column holds one of its words."""
    listed = ", ".join(f"'{each.value}'" for each in words)
    return sa.CheckConstraint(f"{name} IN ({listed})", name=name)


def text(name: str, length: int, *, nullable: bool = False) -> sa.Column[Any]:
    """A text in any script."""
    return sa.Column(name, sa.Unicode(length), nullable=nullable)


def code(name: str, length: int, *, nullable: bool = False, primary_key: bool = False) -> sa.Column[Any]:
    """An ASCII code, never shown as prose."""
    return sa.Column(name, sa.String(length), nullable=nullable and not primary_key, primary_key=primary_key)


def whole(name: str, *, nullable: bool = False, primary_key: bool = False) -> sa.Column[Any]:
    """A whole number that may be large: Wh, counts, bit fields."""
    return sa.Column(
        name,
        sa.BigInteger,
        nullable=nullable and not primary_key,
        primary_key=primary_key,
        autoincrement=False,
    )


def number(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    """A measured value: single precision, as the device delivers it. Never money, never counted energy."""
    return sa.Column(name, sa.Float(24), nullable=nullable)


def flag(name: str, *, default: bool = False) -> sa.Column[Any]:
    """Yes or no."""
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.true() if default else sa.false())


def quiet_hours() -> tuple[sa.Column[Any], sa.Column[Any], sa.CheckConstraint]:
    """From and until, in minutes from local midnight; both or neither."""
    return (
        sa.Column("quiet_from_minute", sa.SmallInteger, nullable=True),
        sa.Column("quiet_until_minute", sa.SmallInteger, nullable=True),
        sa.CheckConstraint(
            "(quiet_from_minute IS NULL AND quiet_until_minute IS NULL) OR "
            "(quiet_from_minute BETWEEN 0 AND 1439 AND quiet_until_minute BETWEEN 0 AND 1439)",
            name="quiet_hours",
        ),
    )


def on_each_engine(name: str, *, sqlite: str, mssql: str) -> tuple[sa.CheckConstraint, sa.CheckConstraint]:
    """One check, written for each engine at its own scale. A copy of the metadata keeps `info`, but not `ddl_if`."""
    return (
        sa.CheckConstraint(sqlite, name=name, info={ENGINE: "sqlite"}).ddl_if(dialect="sqlite"),
        sa.CheckConstraint(mssql, name=name, info={ENGINE: "mssql"}).ddl_if(dialect="mssql"),
    )


def bounded(name: str) -> tuple[sa.CheckConstraint, sa.CheckConstraint]:
    """The check that an amount stays within 900 000 000 000 either way."""
    most = int(MAX_AMOUNT)
    scaled = most * 10**MONEY_DECIMALS
    return on_each_engine(
        f"{name}_range",
        sqlite=f"{name} BETWEEN -{scaled} AND {scaled}",
        mssql=f"{name} BETWEEN -{most} AND {most}",
    )


def where(condition: str) -> dict[str, Any]:
    """Keyword arguments of a filtered index, for both engines."""
    clause = sa.text(condition)
    return {"sqlite_where": clause, "mssql_where": clause}
