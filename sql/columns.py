"""Column types: exact money and prices, UTC instants, words and details, alike on SQLite and SQL Server."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mssql
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import operators
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeDecorator, TypeEngine

from prepaid.clock import to_milliseconds
from prepaid.units import EXACT, MONEY_DECIMALS, PRICE_DECIMALS, to_amount, to_price

_COMPARISONS = {
    operators.eq,
    operators.ne,
    operators.lt,
    operators.le,
    operators.gt,
    operators.ge,
    operators.is_,
    operators.is_not,
    operators.is_distinct_from,
    operators.is_not_distinct_from,
    operators.in_op,
    operators.not_in_op,
    operators.between_op,
    operators.not_between_op,
    operators.asc_op,
    operators.desc_op,
    operators.nulls_first_op,
    operators.nulls_last_op,
    operators.neg,
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_DATETIME2: Callable[[int], TypeEngine[Any]] = mssql.DATETIME2


class _NoArithmetic(TypeDecorator.Comparator[Decimal]):
    """Refuses what SQL would compute wrongly: on a scaled integer `sum(amount) - 1` is wrong by 10⁷."""

    def operate(self, op: Any, *other: Any, **kwargs: Any) -> Any:
        if op not in _COMPARISONS:
            raise _refused(op)
        return super().operate(op, *other, **kwargs)

    def reverse_operate(self, op: Any, other: Any, **kwargs: Any) -> Any:
        raise _refused(op)


class _Exact(TypeDecorator[Decimal]):
    """A decimal kept as a scaled BIGINT on SQLite (which adds NUMERIC as floats) and as NUMERIC on SQL Server.

    Only sum, comparison, order and minus sign are allowed in SQL; money is computed in prepaid/.
    """

    impl = sa.BigInteger
    cache_ok = True
    comparator_factory = _NoArithmetic
    precision: int
    decimals: int

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.BigInteger())
        return dialect.type_descriptor(sa.Numeric(self.precision, self.decimals))

    def check(self, value: Decimal) -> Decimal:
        raise AssertionError("each exact type checks its own range")

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        checked = self.check(value)
        if dialect.name == "sqlite":
            return int(EXACT.scaleb(checked, self.decimals))
        return checked

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        if dialect.name == "sqlite":
            assert isinstance(value, int), "SQLite holds exact decimals as whole numbers"
            return EXACT.scaleb(Decimal(value), -self.decimals)
        return Decimal(value)


@compiles(sa.BinaryExpression)
def _refuse_mixed_scales(element: sa.BinaryExpression[Any], compiler: SQLCompiler, **options: Any) -> str:
    """Finds what a comparator cannot: `wh * price` is refused where it is compiled, since wh comes first in it."""
    exact = [isinstance(side.type, _Exact) for side in (element.left, element.right)]
    if any(exact):
        if element.operator not in _COMPARISONS:
            raise _refused(element.operator)
        if not _comparable(element.left.type, element.right.type):
            raise TypeError(f"SQL may not compare {element.left.type!r} with {element.right.type!r}: scales differ")
    written: Callable[..., str] = compiler.visit_binary
    return written(element, **options)


def _comparable(left: TypeEngine[Any], right: TypeEngine[Any]) -> bool:
    """Alike, or one of them has no type of its own (NULL, a list of values)."""
    return type(left) is type(right) or isinstance(left, sa.types.NullType) or isinstance(right, sa.types.NullType)


def _refused(operator: Callable[..., Any]) -> TypeError:
    return TypeError(f"SQL may not compute with exact decimals ({operator.__name__}): do it in prepaid/")


class Money(_Exact):
    """An amount: at most 900 000 000 000 either way, 7 decimals. NUMERIC(28,7), on SQLite BIGINT × 10⁷."""

    precision = 28
    decimals = MONEY_DECIMALS
    cache_ok = True

    def check(self, value: Decimal) -> Decimal:
        return to_amount(value)


class Price(_Exact):
    """A price per kWh with 4 decimals. NUMERIC(11,4), on SQLite BIGINT × 10⁴."""

    precision = 11
    decimals = PRICE_DECIMALS
    cache_ok = True

    def check(self, value: Decimal) -> Decimal:
        return to_price(value)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant in milliseconds: DATETIME2(3), on SQLite milliseconds since 1970 as INTEGER."""

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "mssql":
            return dialect.type_descriptor(_DATETIME2(3))
        return dialect.type_descriptor(sa.BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("instants are aware; this one has no zone")
        if dialect.name == "mssql":
            return to_milliseconds(value.astimezone(UTC)).replace(tzinfo=None)
        return to_epoch_ms(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "mssql":
            assert isinstance(value, datetime), "DATETIME2 arrives as datetime"
            return value.replace(tzinfo=UTC)
        return from_epoch_ms(int(value))


class Word(TypeDecorator[StrEnum]):
    """One word of a closed list (StrEnum), stored as plain text; the tables add a check of the list."""

    impl = sa.String
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__(24)
        self.words = words

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else self.words(value).value

    def process_result_value(self, value: Any, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.words(value)


class Details(TypeDecorator[Mapping[str, Any]]):
    """Facts for people and audits, as JSON text with sorted keys; never searched, never computed with."""

    impl = sa.UnicodeText
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        # UnicodeText would be the deprecated NTEXT wherever the server's version is not known, as in scripts
        return dialect.type_descriptor(sa.Unicode() if dialect.name == "mssql" else sa.UnicodeText())

    def process_bind_param(self, value: Mapping[str, Any] | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str, allow_nan=False)

    def process_result_value(self, value: Any, dialect: Dialect) -> Mapping[str, Any] | None:
        return None if value is None else json.loads(value)


class MillisecondsBetween(sa.sql.functions.FunctionElement[int]):
    """How many milliseconds lie between two instants: `MillisecondsBetween(earlier, later)`."""

    name = "milliseconds_between"
    type = sa.BigInteger()
    inherit_cache = True


@compiles(MillisecondsBetween)
def _subtracted(element: MillisecondsBetween, compiler: SQLCompiler, **options: Any) -> str:
    earlier, later = (compiler.process(each, **options) for each in element.clauses)
    return f"({later} - {earlier})"


@compiles(MillisecondsBetween, "mssql")
def _counted(element: MillisecondsBetween, compiler: SQLCompiler, **options: Any) -> str:
    earlier, later = (compiler.process(each, **options) for each in element.clauses)
    return f"DATEDIFF_BIG(MILLISECOND, {earlier}, {later})"


def to_epoch_ms(instant: datetime) -> int:
    """Whole milliseconds since 1970, as SQLite keeps instants: cut, not rounded."""
    return (instant - _EPOCH) // _MILLISECOND


def from_epoch_ms(milliseconds: int) -> datetime:
    """The aware UTC instant of that many milliseconds since 1970."""
    return _EPOCH + timedelta(milliseconds=milliseconds)
