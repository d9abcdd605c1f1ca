"""The log table of a simulated KEPServerEX, on both engines."""

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateTable

from prepaid.errors.kepserver import LogTableTooWide
from sql.connection import Database
from sql.demo.data_logger import Entry, Logged, LogTable
from tests.sql.statements import listening, on_sql_server

_new_dialect: Callable[[], Dialect] = mssql.dialect
AT = datetime.fromisoformat("2026-10-25T02:30:00.007000")
ONE = Logged("PAC001.LQ1.import_tariff_1_wh", "1234.5", AT, 192)
OTHER = Logged("PAC001.LQ1.power_w", "36000", AT, 24)


def made(database: Database, table: LogTable) -> LogTable:
    with database.writing() as conn:
        table.make(conn)
    return table


def append(database: Database, table: LogTable, *entries: Entry) -> None:
    with database.writing() as conn:
        table.append(conn, entries)


def rows(database: Database, table: LogTable) -> list[dict[str, object]]:
    with database.reading() as conn:
        found = conn.execute(sa.select(table.table).order_by(table.table.c.id)).mappings()
        return [dict(row) for row in found]


def test_a_narrow_row_is_one_value(database: Database) -> None:
    table = made(database, LogTable("Site_Log", batch_id=True))

    append(database, table, Entry((ONE,)), Entry((OTHER,)))

    first, second = rows(database, table)
    assert first == {
        "id": 1,
        "_NAME": ONE.item,
        "_NUMERICID": 0,
        "_VALUE": "1234.5",
        "_TIMESTAMP": AT,
        "_QUALITY": 192,
        "_BATCHID": 0,
    }
    assert (second["id"], second["_NAME"], second["_QUALITY"]) == (2, OTHER.item, 24)


def test_a_wide_row_has_four_columns_for_every_item(database: Database) -> None:
    table = made(database, LogTable("Site_Wide", [ONE.item, OTHER.item]))

    append(database, table, Entry((ONE, OTHER)), Entry((ONE,)))

    both, one = rows(database, table)
    assert both["PAC001_LQ1_import_tariff_1_wh_VALUE"] == "1234.5"
    assert both["PAC001_LQ1_power_w_QUALITY"] == 24
    assert both["PAC001_LQ1_power_w_TIMESTAMP"] == AT
    assert one["PAC001_LQ1_power_w_VALUE"] is None
    assert len(both) == 1 + 2 * 4


def test_the_products_own_table_is_one_of_a_data_logger(database: Database) -> None:
    table = made(database, LogTable("app.KepwareLog"))

    append(database, table, Entry((ONE,)))

    assert rows(database, table)[0]["_NAME"] == ONE.item


def test_numbers_of_purged_rows_are_never_given_again(database: Database) -> None:
    table = made(database, LogTable("Site_Log"))
    append(database, table, Entry((ONE,)), Entry((ONE,)))

    with database.writing() as conn:
        conn.execute(table.table.delete())
    append(database, table, Entry((ONE,)))

    assert [row["id"] for row in rows(database, table)] == [3]


def test_a_row_may_bring_its_number(database: Database) -> None:
    table = made(database, LogTable("Site_Log"))

    append(database, table, Entry((ONE,), row_id=8))
    append(database, table, Entry((ONE,), row_id=7), Entry((OTHER,)))

    assert [(row["id"], row["_NAME"]) for row in rows(database, table)] == [
        (7, ONE.item),
        (8, ONE.item),
        (9, OTHER.item),
    ]


def test_a_table_that_is_there_stays_as_it_is(database: Database) -> None:
    table = made(database, LogTable("Site_Log"))
    append(database, table, Entry((ONE,)))

    made(database, LogTable("Site_Log"))

    assert len(rows(database, table)) == 1


def test_a_wide_table_has_no_more_columns_than_sql_server_takes() -> None:
    with pytest.raises(LogTableTooWide, match="255 items are possible"):
        LogTable("Site_Wide", [f"PAC001.LQ{number}.power_w" for number in range(256)])


def test_rows_are_written_by_one_statement_that_sql_server_takes(database: Database) -> None:
    table = made(database, LogTable("Site_Log"))

    with listening(database) as heard:
        append(database, table, *[Entry((ONE,))] * 800)

    (statement,) = heard.values()
    assert on_sql_server(statement).startswith("INSERT INTO [Site_Log] ([_NAME]")
    assert len(rows(database, table)) == 800


def test_sql_server_makes_the_columns_that_kepserverex_makes() -> None:
    made_there = str(CreateTable(LogTable("app.KepwareLog").table).compile(dialect=_new_dialect()))

    for column in (
        "id INTEGER NOT NULL IDENTITY",
        "[_NAME] VARCHAR(64)",
        "[_NUMERICID] INTEGER",
        "[_VALUE] VARCHAR(64)",
        "[_TIMESTAMP] DATETIME NULL",
        "[_QUALITY] INTEGER",
    ):
        assert column in made_there
