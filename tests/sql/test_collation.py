"""Texts are compared alike on both engines, whatever collation the database of a server has."""

import io
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.dialects import mssql
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateTable

from prepaid.alerts import AlertKind
from sql import schema
from sql.connection import Database
from sql.questions.alerts import AlertFilter, site_alerts
from sql.tables import metadata, users
from sql.tables.base import EXACTLY
from tests.building import Building
from tests.sql.messages import tell
from tests.sql.questions.shown import ADMIN

NEW_DIALECT: Callable[[], Dialect] = mssql.dialect
SQL_SERVER = NEW_DIALECT()
TEXT = re.compile(r"N?VARCHAR\([^)]*\)")
TEXT_COLUMN = re.compile(r"\bN?VARCHAR\([^)]*\)(?! COLLATE " + EXACTLY + r"\b)")


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=str)
def test_every_column_with_a_text_says_how_it_is_compared(table: sa.Table) -> None:
    made = str(CreateTable(table).compile(dialect=SQL_SERVER))

    assert TEXT_COLUMN.findall(made) == []


def test_a_migration_that_changes_a_text_column_keeps_how_it_is_compared() -> None:
    written = io.StringIO()
    command.upgrade(
        schema.configuration(output=written, dialect_name="mssql", version_table_schema="ops"), "head", sql=True
    )

    changed = [line for line in written.getvalue().splitlines() if re.search(r"ALTER COLUMN|ALTER TABLE .* ADD ", line)]

    assert len([line for line in changed if TEXT.search(line)]) > 5
    assert [line for line in changed if TEXT_COLUMN.search(line)] == []


def test_the_type_in_a_cast_says_nothing_of_it() -> None:
    asked = str(sa.select(sa.cast(users.c.id, users.c.email.type)).compile(dialect=SQL_SERVER))

    assert "AS NVARCHAR(254))" in asked


@pytest.mark.parametrize(("name", "looked_for"), [("ÄRZTEHAUS", "ärzte"), ("ЖЕНЯ", "жен"), ("Çarşî", "çARŞÎ")])
def test_a_search_finds_capitals_of_every_script(database: Database, name: str, looked_for: str) -> None:
    building = Building(database)
    tell(building, AlertKind.LOW, "crossing:1", building.tenant(name))
    tell(building, AlertKind.LOW, "crossing:2", building.tenant("Bakery"))

    with database.reading() as conn:
        found = site_alerts(conn, ADMIN, building.site_id, AlertFilter(text=looked_for))

    assert [each.tenant for each in found.alerts] == [name]
