"""What SQL Server makes of the tables: types, checks, filters and keys that it understands."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from sql.tables import charges, holidays, metadata, users

new_dialect: Callable[[], Dialect] = mssql.dialect
SQL_SERVER = new_dialect()
TABLES = sorted(metadata.tables)
CLUSTERED_KEY_BYTES, INDEX_KEY_BYTES = 900, 1700


@pytest.mark.parametrize("name", TABLES)
def test_sql_server_can_make_the_table_with_types_it_does_not_regret(name: str) -> None:
    created = str(CreateTable(metadata.tables[name]).compile(dialect=SQL_SERVER))

    assert created.strip().startswith(f"CREATE TABLE {metadata.tables[name].schema}.")
    assert not re.search(r"\b(NTEXT|TEXT|DATETIME|TIMESTAMP|MONEY)\b", created)
    assert "/ 1000" not in created
    for column in metadata.tables[name].columns:
        assert re.search(rf"\[?{column.name}\]? [A-Z]", created)


def test_sql_server_proves_amounts_without_dividing() -> None:
    created = str(CreateTable(charges).compile(dialect=SQL_SERVER))

    assert "CHECK (amount = wh * price_per_kwh * 0.001)" in created
    assert "CHECK (amount = wh * price_per_kwh)" not in created
    assert "amount NUMERIC(28, 7) NOT NULL" in created
    assert "price_per_kwh NUMERIC(11, 4) NOT NULL" in created
    assert "posted_at DATETIME2(3) NOT NULL" in created


def test_a_day_is_a_date_and_no_instant() -> None:
    assert "held_on DATE NOT NULL" in str(CreateTable(holidays).compile(dialect=SQL_SERVER))


def test_names_of_people_are_kept_in_any_script_on_sql_server() -> None:
    created = str(CreateTable(users).compile(dialect=SQL_SERVER))

    assert "display_name NVARCHAR(120)" in created
    assert "password_hash VARCHAR(200)" in created
    assert "muted NVARCHAR(max)" in created


def test_a_filtered_index_says_only_what_sql_server_understands() -> None:
    """Its filters know comparisons, IN and AND; no OR, no NOT, no BETWEEN."""
    filters = [
        str(CreateIndex(index).compile(dialect=SQL_SERVER)).partition(" WHERE ")[2]
        for table in metadata.tables.values()
        for index in table.indexes
    ]

    assert [each for each in filters if re.search(r"\bOR\b|\bNOT (?!NULL)|\bBETWEEN\b", each)] == []
    assert "closed_at IS NULL" in filters


def test_checks_and_filters_use_no_name_that_t_sql_must_quote() -> None:
    quoted = SQL_SERVER.identifier_preparer.reserved_words
    texts = [text for table in metadata.tables.values() for text in check_texts(table) + filter_texts(table)]
    spoken = {"and", "or", "not", "in", "is", "null", "between"}

    used = {word for text in texts for word in re.findall(r"[a-z_]+", re.sub(r"'[^']*'", "", text.lower()))}

    assert used & quoted - spoken == set()


def test_keys_fit_into_the_indexes_of_sql_server() -> None:
    too_wide = [
        f"{name}: {[column.name for column in columns]}"
        for name, table in metadata.tables.items()
        for columns, most in keys(table)
        if sum(bytes_of(column) for column in columns) > most
    ]

    assert too_wide == []


def keys(table: sa.Table) -> Iterator[tuple[list[sa.Column[Any]], int]]:
    yield list(table.primary_key.columns), CLUSTERED_KEY_BYTES
    for constraint in table.constraints:
        if isinstance(constraint, sa.UniqueConstraint):
            yield list(constraint.columns), INDEX_KEY_BYTES
    for index in table.indexes:
        yield list(index.columns), INDEX_KEY_BYTES


def bytes_of(column: sa.Column[Any]) -> int:
    """What a column takes in a key of SQL Server."""
    written = str(column.type.compile(dialect=SQL_SERVER))
    length = re.fullmatch(r"(N?)VARCHAR\((\d+)\)", written)
    assert length or "max" not in written, f"{column} cannot be a key"
    return int(length[2]) * (2 if length[1] else 1) if length else 13


def check_texts(table: sa.Table) -> list[str]:
    return [str(each.sqltext) for each in table.constraints if isinstance(each, sa.CheckConstraint)]


def filter_texts(table: sa.Table) -> list[str]:
    found = [index.dialect_options["mssql"]["where"] for index in table.indexes]
    return [str(each) for each in found if each is not None]
