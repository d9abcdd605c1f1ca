"""The database of TEST_DATABASE_URL: the tests' own, made by the migrations, and empty at the begin of each test."""

import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import sqlglot
from sqlalchemy.dialects import mssql

from prepaid.clock import ManualClock
from sql import schema
from sql.abilities import ALL, KEY, Abilities
from sql.connection import Database
from sql.tables import accounts, metadata, sites
from tests.building import Building
from tests.capabilities import PROBES, Capability, require, why_not
from tests.databases import NAME, NotForTests, TimedDatabase, named, prepared
from tests.emptying import (
    DROPS,
    READ_FREELY,
    READS_FREELY,
    TABLES,
    empty_all,
    emptying_statements,
    is_marked,
    ours,
    tables_in,
)
from tests.sql.compatible_server import BABELFISH
from tests.sql.scriptdom import errors_of
from tests.sql.t_sql import faults

SERVER = "mssql+pyodbc://tests@server/prepaid_test?driver=x"
new_dialect: Any = mssql.dialect


class OnServer:
    """As much of a connection to a server as says in which language it is asked, and what it is able to do."""

    dialect = new_dialect()

    def __init__(self, able: Abilities = ALL) -> None:
        self.info = {KEY: able}


SOME_SERVER: Any = OnServer()
COMPATIBLE: Any = OnServer(BABELFISH)


def file_url(folder: Path, name: str) -> str:
    return f"sqlite:///{(folder / name).as_posix()}"


def test_a_test_has_a_file_of_its_own_unless_a_database_is_named() -> None:
    assert named({}) is None
    assert named({NAME: ""}) is None
    assert named({NAME: SERVER}) == SERVER


def test_several_processes_never_share_a_database() -> None:
    two = {"PYTEST_XDIST_WORKER_COUNT": "2", "PYTEST_XDIST_WORKER": "gw1"}

    with pytest.raises(NotForTests, match="2 processes cannot share"):
        named({NAME: SERVER, **two})

    assert named({NAME: SERVER.replace("_test", "_test_{worker}"), **two}) == SERVER.replace("_test", "_test_gw1")
    assert named({NAME: SERVER, "PYTEST_XDIST_WORKER_COUNT": "1", "PYTEST_XDIST_WORKER": "gw0"}) == SERVER


def test_a_database_without_test_in_its_name_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(NotForTests, match="'prepaid' has no `test`"):
        prepared(file_url(tmp_path, "prepaid.db"))

    assert not (tmp_path / "prepaid.db").exists()


def test_a_database_that_holds_tables_of_others_is_left_alone(tmp_path: Path) -> None:
    database = Database(file_url(tmp_path, "test.db"))
    with database.writing() as conn:
        conn.exec_driver_sql("CREATE TABLE Invoices (id INTEGER)")

    with pytest.raises(NotForTests, match="no test has made: Invoices"):
        prepared(file_url(tmp_path, "test.db"))

    with database.reading() as conn:
        assert tables_in(conn) == {"Invoices"}
    database.close()


def test_a_database_of_the_product_that_no_test_has_made_is_left_alone(tmp_path: Path) -> None:
    database = Database(file_url(tmp_path, "contest.db"))
    schema.create(database)
    Building(database)

    with pytest.raises(NotForTests, match="no test has made"):
        prepared(file_url(tmp_path, "contest.db"))

    with database.reading() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(sites)) == 1
    database.close()


def test_an_empty_database_gets_its_tables_by_the_migrations_and_the_next_run_makes_them_anew(tmp_path: Path) -> None:
    url = file_url(tmp_path, "test.db")

    prepared(url)
    database = Database(url)
    Building(database)
    database.close()
    prepared.__wrapped__(url)

    with Database(url).reading() as conn:
        assert is_marked(conn)
        assert tables_in(conn) == ours(conn)
        assert conn.scalar(sa.select(sa.func.count()).select_from(sites)) == 0
    assert schema.version(Database(url)).found == schema.wanted()


def test_a_table_that_a_test_has_left_behind_is_gone_for_the_next_one(database: Database) -> None:
    for _time in range(2):
        with database.writing() as conn:
            conn.exec_driver_sql("CREATE TABLE Plant (id INTEGER)")
        with database.writing() as conn:
            empty_all(conn)

    with database.reading() as conn:
        assert tables_in(conn) <= ours(conn)


def test_an_emptied_database_has_no_rows_and_numbers_them_from_one_again(database: Database) -> None:
    first = Building(database)
    first.tenant("Bakery", opening="5")

    with database.writing() as conn:
        empty_all(conn)
        left = {
            table.name: conn.scalar(sa.select(sa.func.count()).select_from(table)) for table in metadata.sorted_tables
        }
    again = Building(database)

    assert set(left.values()) == {0}
    assert again.site_id == 1
    with database.reading() as conn:
        assert conn.scalars(sa.select(accounts.c.id)).all() == [1]


def test_a_server_is_emptied_by_one_batch_children_first() -> None:
    [batch] = emptying_statements(SOME_SERVER)

    removed = re.findall(r"DELETE FROM (\S+);", batch)
    places = {name.replace("[", "").replace("]", ""): place for place, name in enumerate(removed)}
    assert places.keys() == metadata.tables.keys()
    for table in metadata.tables.values():
        for key in table.foreign_keys:
            assert places[table.fullname] < places[key.column.table.fullname]
    assert [fault for name in removed for fault in faults(f"DELETE FROM {name}")] == []
    numbered = re.findall(r"DBCC CHECKIDENT \(N'(\S+)', RESEED, 0\)", batch)
    assert "app.Sites" in numbered
    assert "app.Readings" not in numbered


def test_a_compatible_server_is_told_names_without_quotes_where_it_numbers_anew() -> None:
    [batch] = emptying_statements(COMPATIBLE)

    assert "DBCC CHECKIDENT (app.Sites, RESEED, 0)" in batch
    assert "CHECKIDENT (N'" not in batch


@pytest.mark.parametrize("text", [TABLES, DROPS, READS_FREELY, READ_FREELY])
def test_what_a_server_is_asked_and_told_is_t_sql(text: str) -> None:
    assert sqlglot.parse(text, dialect="tsql")


@pytest.mark.slow
def test_microsofts_own_parser_takes_what_the_harness_says() -> None:
    said = [TABLES, DROPS, READS_FREELY, READ_FREELY, *emptying_statements(SOME_SERVER), *PROBES.values()]

    assert [found for text in said for found in errors_of(text)] == []


def test_a_database_of_a_test_goes_by_its_clock(database_url: str) -> None:
    clock = ManualClock()
    database = TimedDatabase(database_url, clock)

    with database.reading() as conn:
        assert database.now(conn) == clock.now()
    database.close()


def test_what_an_engine_cannot_do_is_skipped_with_the_reason(database: Database) -> None:
    if database.is_sqlite:
        assert why_not(database, Capability.FILE) is None
        assert {why_not(database, each) for each in Capability if each is not Capability.FILE} == {
            "it is an SQLite file"
        }
        with pytest.raises(pytest.skip.Exception, match="needs that tables are partitioned: it is an SQLite file"):
            require(database, Capability.PARTITIONS)
    else:
        assert why_not(database, Capability.SERVER) is None
        assert {type(why_not(database, each)) for each in PROBES} <= {str, type(None)}
