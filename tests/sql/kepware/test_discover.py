"""Logs of Kepware are found among other tables, also with names of their own."""

from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.kepware.log import LogTable, Shape
from sql.connection import Database
from sql.kepware.discover import discover
from sql.kepware.samples import tags_of_wide
from tests.capabilities import Capability, require


def make(database: Database, name: str, *columns: sa.Column[Any]) -> None:
    with database.writing() as conn:
        sa.Table(name, sa.MetaData(), *columns).create(conn)


def narrow(name: str, tag: str, value: str, stamp: str, quality: str, row_id: str = "id") -> LogTable:
    return LogTable(
        schema=None,
        name=name,
        shape=Shape.NARROW,
        id_column=row_id,
        tag_column=tag,
        value_column=value,
        stamp_column=stamp,
        quality_column=quality,
    )


@pytest.fixture(autouse=True)
def told_as_made(database: Database) -> None:
    if not database.is_sqlite:
        require(database, Capability.NAMES)


def found(database: Database) -> list[LogTable]:
    with database.reading() as conn:
        return discover(conn)


def test_an_empty_database_has_the_landing_table_only(database: Database) -> None:
    assert found(database) == [narrow("KepwareLog", "_NAME", "_VALUE", "_TIMESTAMP", "_QUALITY")]


@pytest.mark.parametrize(
    ("row_id", "tag", "value", "stamp", "quality"),
    [
        ("id", "_NAME", "_VALUE", "_TIMESTAMP", "_QUALITY"),
        ("RowNo", "TagName", "TagValue", "LoggedAt", "OpcQuality"),
        ("ID", "Item", "Val", "Zeit", "Quality"),
        ("id", "PlantTagName", "PlantValue", "PlantTime", "PlantQuality"),
    ],
)
def test_a_narrow_table_is_found_by_the_names_and_kinds_of_its_columns(
    database: Database, row_id: str, tag: str, value: str, stamp: str, quality: str
) -> None:
    make(
        database,
        "Plant",
        sa.Column(row_id, sa.Integer, primary_key=True),
        sa.Column(tag, sa.String(64)),
        sa.Column("_NUMERICID", sa.Integer),
        sa.Column(value, sa.String(64)),
        sa.Column(stamp, sa.DateTime),
        sa.Column(quality, sa.Integer),
        sa.Column("_BATCHID", sa.Integer),
    )

    assert found(database)[0] == narrow("Plant", tag, value, stamp, quality, row_id)


def test_a_wide_table_is_found_with_its_tags(database: Database) -> None:
    kinds: dict[str, sa.types.TypeEngine[Any]] = {
        "NUMERICID": sa.Integer(),
        "VALUE": sa.Float(),
        "TIMESTAMP": sa.DateTime(),
        "QUALITY": sa.Integer(),
    }
    columns: list[sa.Column[Any]] = [
        sa.Column(f"{tag}_{name}", kind) for tag in ("PAC_1_A", "PAC_1_B") for name, kind in kinds.items()
    ]
    make(database, "Wide", sa.Column("id", sa.Integer, primary_key=True), *columns)

    table = found(database)[0]

    assert (table.name, table.shape, table.id_column) == ("Wide", Shape.WIDE, "id")
    with database.reading() as conn:
        assert tags_of_wide(conn, table) == ["PAC_1_A", "PAC_1_B"]


@pytest.mark.parametrize("lacking", ["id", "_NAME", "_VALUE", "_TIMESTAMP", "_QUALITY"])
def test_a_table_that_lacks_a_column_is_no_log(database: Database, lacking: str) -> None:
    columns: dict[str, sa.Column[Any]] = {
        "id": sa.Column("id", sa.Integer, primary_key=True),
        "_NAME": sa.Column("_NAME", sa.String(64)),
        "_VALUE": sa.Column("_VALUE", sa.String(64)),
        "_TIMESTAMP": sa.Column("_TIMESTAMP", sa.DateTime),
        "_QUALITY": sa.Column("_QUALITY", sa.Integer),
    }
    make(database, "Almost", *(column for name, column in columns.items() if name != lacking))

    assert [table.name for table in found(database)] == ["KepwareLog"]


def test_tables_of_the_product_are_no_logs_however_their_names_are_told(database: Database) -> None:
    require(database, Capability.FILE)
    with database.writing() as conn:
        conn.exec_driver_sql("ALTER TABLE KepwareStates RENAME TO gone")
    make(
        database,
        "kepwarestates",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("_NAME", sa.String(64)),
        sa.Column("_VALUE", sa.String(64)),
        sa.Column("_TIMESTAMP", sa.DateTime),
        sa.Column("_QUALITY", sa.Integer),
    )

    logs = [table.name for table in found(database)]
    with database.writing() as conn:
        conn.exec_driver_sql("DROP TABLE kepwarestates")
        conn.exec_driver_sql("ALTER TABLE gone RENAME TO KepwareStates")

    assert logs == ["KepwareLog"]
