"""Log tables of both shapes are read by the names they were found with, and used rows are removed in slices."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from prepaid.errors.kepware import LogUnreadable
from prepaid.kepware.log import LogRow, LogTable, Shape
from sql.connection import Database
from sql.kepware.log import PURGED_AT_ONCE, LogReader, opened
from tests.sql.statements import listening, on_sql_server

AT = datetime.fromisoformat("2026-01-05 08:00:00")
NARROW = LogTable(
    schema=None,
    name="PlantLog",
    shape=Shape.NARROW,
    id_column="RowNo",
    tag_column="TagName",
    value_column="TagValue",
    stamp_column="LoggedAt",
    quality_column="OpcQuality",
)
WIDE = LogTable(schema=None, name="WideLog", shape=Shape.WIDE, id_column="id")


def make_narrow(database: Database, rows: int) -> None:
    """A narrow table whose columns somebody renamed."""
    made = sa.Table(
        "PlantLog",
        sa.MetaData(),
        sa.Column("RowNo", sa.Integer, primary_key=True),
        sa.Column("TagName", sa.String(64)),
        sa.Column("TagValue", sa.String(64)),
        sa.Column("LoggedAt", sa.DateTime),
        sa.Column("OpcQuality", sa.Integer),
    )
    with database.writing() as conn:
        made.create(conn)
        conn.execute(
            made.insert(),
            [
                {
                    "RowNo": number,
                    "TagName": "a.b.c",
                    "TagValue": f"{number}.5",
                    "LoggedAt": AT + timedelta(seconds=number),
                    "OpcQuality": 192,
                }
                for number in range(1, rows + 1)
            ],
        )


def make_wide(database: Database) -> None:
    made = sa.Table(
        "WideLog",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        *(
            sa.Column(f"{tag}_{name}", kind)
            for tag in ("A", "B")
            for name, kind in (("VALUE", sa.Float), ("QUALITY", sa.Integer), ("TIMESTAMP", sa.DateTime))
        ),
    )
    with database.writing() as conn:
        made.create(conn)
        of_a = {"A_VALUE": 1.5, "A_QUALITY": 192, "A_TIMESTAMP": AT}
        of_b = {"B_VALUE": None, "B_QUALITY": 24, "B_TIMESTAMP": AT}
        conn.execute(made.insert(), [{"id": 7, **of_a, **of_b}, {"id": 8, **dict.fromkeys([*of_a, *of_b])}])


def test_a_narrow_table_gives_its_rows_in_the_order_of_their_ids(database: Database) -> None:
    make_narrow(database, 5)
    reader = LogReader(NARROW, ["a.b.c"])

    with opened(database, NARROW) as conn:
        assert reader.newest_id(conn) == 5
        assert reader.after(conn, 3, 10) == [
            LogRow(4, "a.b.c", "4.5", AT + timedelta(seconds=4), 192),
            LogRow(5, "a.b.c", "5.5", AT + timedelta(seconds=5), 192),
        ]
        assert [row.row_id for row in reader.after(conn, 0, 2)] == [1, 2]
        assert [row.row_id for row in reader.of(conn, [(1, 1), (4, 9)], 10)] == [1, 4, 5]
        assert reader.of(conn, [], 10) == []


def test_a_wide_row_is_a_row_for_each_of_its_tags(database: Database) -> None:
    make_wide(database)
    reader = LogReader(WIDE, ["A", "B"])

    with opened(database, WIDE) as conn:
        found = reader.after(conn, 0, 10)

    assert found == [LogRow(7, "A", 1.5, AT, 192), LogRow(7, "B", None, AT, 24)]


def test_an_empty_table_has_no_newest_row(database: Database) -> None:
    make_narrow(database, 1)
    with database.writing() as conn:
        conn.exec_driver_sql('DELETE FROM "PlantLog"')

    with opened(database, NARROW) as conn:
        assert LogReader(NARROW, []).newest_id(conn) == 0


def test_a_table_that_is_not_there_is_an_error_that_says_what_to_do(database: Database) -> None:
    with pytest.raises(LogUnreadable, match="PlantLog"), opened(database, NARROW) as conn:
        LogReader(NARROW, []).newest_id(conn)


def test_used_rows_are_removed_in_slices_and_neither_newer_nor_unused_ones(database: Database) -> None:
    rows = PURGED_AT_ONCE + 100
    make_narrow(database, rows)
    reader = LogReader(NARROW, [])
    removed = []

    for until_id, before in [(rows - 50, AT + timedelta(days=1))] * 3 + [(rows, AT + timedelta(seconds=rows - 10))]:
        with opened(database, NARROW, writing=True) as conn:
            removed.append(reader.purge(conn, until_id, before))

    assert removed == [PURGED_AT_ONCE, 50, 0, 39]
    with opened(database, NARROW) as conn:
        assert [row.row_id for row in reader.after(conn, 0, 100)] == list(range(rows - 10, rows + 1))


@pytest.mark.parametrize(("table", "make"), [(NARROW, lambda database: make_narrow(database, 5)), (WIDE, make_wide)])
def test_its_statements_are_ones_for_sql_server(
    database: Database, table: LogTable, make: Callable[[Database], None]
) -> None:
    make(database)
    reader = LogReader(replace(table, schema="plant"), ["A", "B"])

    with listening(database) as heard, opened(database, table, writing=True) as conn:
        reader.newest_id(conn)
        reader.after(conn, 0, 100)
        reader.of(conn, [(number, number + 1) for number in range(0, 100, 2)], 100)
        reader.purge(conn, 100, AT + timedelta(days=1))

    written = [on_sql_server(each) for each in heard.values()]
    assert len(written) == 5
    assert all(f"plant.[{table.name}]" in each and "LIMIT" not in each for each in written)
