"""Long lists of numbers within a statement, as one parameter: SQL Server takes at most 2 100 of them."""

import json
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator


class Numbers(TypeDecorator[Collection[int]]):
    """Whole numbers as one text, a list in JSON."""

    impl = sa.UnicodeText
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(sa.Unicode() if dialect.name == "mssql" else sa.UnicodeText())

    def process_bind_param(self, value: Collection[int] | None, dialect: Dialect) -> str:
        assert value is not None, "a list may be empty, but not missing"
        return json.dumps(sorted(value))


class _Each(FunctionElement[int]):
    """The numbers of such a text, as the rows of a question."""

    inherit_cache = True
    type = sa.BigInteger()


def among(column: sa.ColumnElement[int], numbers: Collection[int] | sa.BindParameter[Collection[int]]) -> Any:
    """Whether the column has one of the numbers: any of them in one statement, however many they are."""
    listed = numbers if isinstance(numbers, sa.BindParameter) else sa.literal(numbers, Numbers)
    return column.op("IN", is_comparison=True)(_Each(listed))


@compiles(_Each)
def _each_in_a_file(element: _Each, compiler: SQLCompiler, **options: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **options)}))"


@compiles(_Each, "mssql")
def _each_on_a_server(element: _Each, compiler: SQLCompiler, **options: Any) -> str:
    text = f"CAST({compiler.process(element.clauses, **options)} AS NVARCHAR(max))"
    return f"(SELECT CAST(value AS BIGINT) FROM OPENJSON({text}))"
