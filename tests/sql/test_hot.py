"""Rows in bulk: one set-based statement with one parameter on SQL Server, one call of the driver on SQLite."""

import json
import pkgutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql
from sqlalchemy.engine import Dialect

import sql
from sql.columns import Money
from sql.connection import Connection, Database
from sql.hot import ROWS_AT_ONCE, Bulk, Hot
from sql.tables import account_heads, holidays, metadata
from tests.sql.scriptdom import errors_of
from tests.sql.smallest_site import NOW, smallest_site
from tests.sql.t_sql import faults

new_dialect: Callable[[], Dialect] = mssql.dialect
SQL_SERVER = new_dialect()
HEADS = ("entry_no", "balance", "posted_at")


def hot_statements() -> Iterator[Hot]:
    """All that stand in the modules of sql/; migrations and the maker of the demo have none."""
    for found in pkgutil.walk_packages(sql.__path__, "sql."):
        if found.name.startswith(("sql.migrations", "sql.demo")):
            continue
        for value in vars(import_module(found.name)).values():
            if isinstance(value, Hot):
                yield value
            elif isinstance(value, Bulk):
                yield value.hot


def heads(conn: Connection) -> list[tuple[Any, ...]]:
    question = sa.select(account_heads.c.account_id, *(account_heads.c[name] for name in HEADS))
    return [tuple(row) for row in conn.execute(question.order_by(account_heads.c.account_id))]


def test_rows_are_appended_and_changed_by_their_key(database: Database) -> None:
    append = Bulk(account_heads, (*HEADS, "account_id"))
    change = Bulk(account_heads, ("balance", "entry_no"), of=("account_id",))
    with database.writing() as conn:
        account_id = smallest_site(conn).account_id

        append.write(conn, [(1, Decimal("2.5"), NOW, account_id)])
        change.write(conn, [(Decimal("-0.0000001"), 7, account_id), (Decimal(9), 9, account_id + 1)])

        assert heads(conn) == [(account_id, 7, Decimal("-0.0000001"), NOW)]


def test_no_rows_are_no_statement(database: Database) -> None:
    with database.writing() as conn:
        Bulk(account_heads, HEADS, of=("account_id",)).write(conn, [])

        assert heads(conn) == []
    assert list(Hot(holidays, ("name",)).calls(SQL_SERVER, [])) == []


def test_sql_server_makes_a_table_of_one_text_and_joins_it() -> None:
    [(text, parameters)] = Hot(account_heads, HEADS, of=("account_id",)).calls(SQL_SERVER, [(1, None, None, 5)])

    assert text == (
        "UPDATE kept SET entry_no = fresh.entry_no, balance = fresh.balance, posted_at = fresh.posted_at "
        "FROM app.[AccountHeads] AS kept JOIN OPENJSON(CAST(? AS NVARCHAR(max))) WITH (entry_no BIGINT '$[0]', "
        "balance NUMERIC(28, 7) '$[1]', posted_at DATETIME2(3) '$[2]', account_id BIGINT '$[3]') AS fresh "
        "ON kept.account_id = fresh.account_id"
    )
    assert parameters == ("[[1,null,null,5]]",)


def test_values_are_written_so_that_no_language_and_no_float_changes_them() -> None:
    at = datetime(2026, 2, 1, 3, 4, 5, 6_000, tzinfo=UTC)
    exact = Money().process_bind_param(Decimal("-123456789012.0000001"), SQL_SERVER)
    row = (at.replace(tzinfo=None), date(2026, 2, 1), exact, Decimal("1E+3"), True, 0.1, "کارەبا 'x' \"y\"")

    [(_text, (written,))] = Hot(holidays, ("name",)).calls(SQL_SERVER, [row])

    assert json.loads(written) == [
        ["2026-02-01T03:04:05.006", "2026-02-01", "-123456789012.0000001", "1000", True, 0.1, "کارەبا 'x' \"y\""]
    ]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        list(Hot(holidays, ("name",)).calls(SQL_SERVER, [(value,)]))


def test_more_rows_than_fit_into_one_statement_are_several() -> None:
    rows = [(str(number),) for number in range(2 * ROWS_AT_ONCE + 1)]

    sizes = [len(json.loads(one)) for _text, (one,) in Hot(holidays, ("name",)).calls(SQL_SERVER, rows)]

    assert sizes == [ROWS_AT_ONCE, ROWS_AT_ONCE, 1]


def test_every_hot_statement_is_t_sql_with_one_parameter() -> None:
    found = list(hot_statements())

    assert len(found) >= 10
    for hot in found:
        written = hot.text(SQL_SERVER)
        assert faults(written) == []
        assert written.count("?") == 1


def test_no_text_finds_a_row_in_bulk() -> None:
    """A text that comes in as JSON would be compared by the collation of the database, not by that of the column."""
    keys = {hot.table.c[name] for hot in hot_statements() for name in hot.of}

    assert [str(key) for key in keys if "VARCHAR" in key.type.compile(SQL_SERVER)] == []


def test_a_table_that_the_database_numbers_is_never_appended_to_in_bulk() -> None:
    """SQL Server would refuse the numbers, or give its own."""
    numbered = {table for table in metadata.tables.values() if any(each.identity is not None for each in table.columns)}

    assert [hot.table.name for hot in hot_statements() if not hot.of and hot.table in numbered] == []


@pytest.mark.slow
def test_microsofts_own_parser_takes_every_hot_statement() -> None:
    refused = {
        hot.table.name: found
        for hot in hot_statements()
        if (found := errors_of(hot.text(SQL_SERVER).replace("?", "@rows")))
    }

    assert refused == {}
