"""Servers that are compatible with SQL Server: known by what they say, and served in words that they heed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
import sqlglot
from sqlalchemy.dialects import mssql

from prepaid.errors.start import DatabaseBusy, DatabaseUnavailable
from sql import schema
from sql.abilities import ALL, COMPATIBLE, READ, ROWS, Abilities, abilities, ask_abilities
from sql.connection import Database
from sql.hot import Hot
from sql.programmable import compatible, made
from sql.server import BEGUN, HELD, LOCK, lock_by_name, wait_for_writers
from sql.tables import account_heads, holidays, metadata
from tests.sql.compatible_server import BABELFISH, Refused, Session, connected
from tests.sql.moving.server import Server
from tests.sql.scriptdom import errors_of

new_dialect: Any = mssql.dialect
pyodbc = pytest.importorskip("pyodbc")


def test_sql_server_knows_no_such_property_and_is_asked_nothing_more() -> None:
    session = Session(babelfish=False, rows=None)

    assert ask_abilities(session, Refused) == ALL
    assert not session.rolled_back


@pytest.mark.parametrize(
    ("rows", "reads_rows"),
    [
        (READ, True),
        ([(1, True, READ[0][2], r"a \"b\" \\ c", 0.1), *READ[1:]], False),
        ([READ[0], (2, False, None, "", -2.5), (3, None, None, None, None)], False),
        (None, False),
    ],
    ids=["as sql server", "escapes stay", "a null lets others slip", "refused"],
)
def test_a_compatible_server_is_asked_for_what_it_reads(
    rows: Sequence[tuple[Any, ...]] | None, reads_rows: bool
) -> None:
    session = Session(babelfish=True, rows=rows)

    assert ask_abilities(session, Refused) == Abilities(genuine=False, reads_rows=reads_rows)
    assert session.rolled_back


def test_the_rows_it_is_asked_for_are_those_of_the_form_in_which_many_are_written() -> None:
    written = Hot(holidays, ("name",)).text(new_dialect())

    assert "OPENJSON(CAST(? AS NVARCHAR(max))) WITH (name NVARCHAR(120) '$[0]') AS fresh" in written
    assert "OPENJSON(CAST(N'" in ROWS
    assert "WITH (number BIGINT '$[0]'" in ROWS


def test_an_sqlite_file_lacks_nothing(database: Database) -> None:
    with database.reading() as conn:
        assert abilities(conn) == ALL
    assert database.is_genuine or not database.is_sqlite


def test_one_transaction_writes_at_a_time_where_hints_are_not_heeded() -> None:
    session = Session(babelfish=True)

    wait_for_writers(connected(session, BABELFISH), 30)

    assert session.locked == ["prepaid writer"]


def test_sql_server_heeds_hints_and_many_write_at_once() -> None:
    session = Session(babelfish=False)

    wait_for_writers(connected(session, ALL), 30)

    assert session.locked == []


def babelfish(**answers: Any) -> Server:
    """A server that says it is one, has no view of its levels of isolation, and gives every lock."""
    said = {"babelfish": 1, "sp_getapplock": 0, "applock_mode": "Exclusive", **answers}
    return Server({"sys.system_views": pyodbc.Error("no such view")}, **said)


def test_every_writing_transaction_begins_with_the_lock_and_no_reading_one() -> None:
    server = babelfish()
    database = server.database()

    with database.reading() as conn:
        conn.execute(sa.select(holidays.c.name)).all()
    assert [line for line in server.told if "sp_getapplock" in line] == []
    with database.writing() as conn:
        conn.execute(holidays.delete())

    [begun, locked, removed] = [line for line in server.told if line.startswith(("SELECT COUNT", "DECLARE", "DELETE"))]
    assert "sys.schemas" in begun
    assert "N'prepaid writer'" in locked
    assert removed.startswith("DELETE FROM app.[Holidays]")


def test_nothing_is_committed_when_the_server_has_undone_a_part() -> None:
    server = babelfish(applock_mode="NoLock")
    database = server.database()

    with pytest.raises(DatabaseUnavailable, match="undone the first half"), database.writing() as conn:
        conn.execute(holidays.delete())

    assert "COMMIT" not in server.told[server.told.index("DELETE FROM app.[Holidays]") :]
    assert server.told[-1] == "ROLLBACK"


def test_what_needs_a_level_of_isolation_ends_with_the_usual_one() -> None:
    server = babelfish(snapshot_isolation_state=1)

    with server.database().snapshot() as conn:
        conn.execute(sa.select(holidays.c.name)).all()

    levels = [line for line in server.told if line.startswith("SET TRANSACTION ISOLATION LEVEL")]
    assert levels == [f"SET TRANSACTION ISOLATION LEVEL {level}" for level in ("SNAPSHOT", "READ COMMITTED")]


def test_a_new_database_gets_the_tables_of_today_without_a_step_of_the_migrations() -> None:
    server = babelfish(**{"output inserted.version_num": schema.wanted()})

    assert schema.create(server.database())

    made = [line for line in server.told if line.startswith("CREATE TABLE")]
    assert len(made) == len(metadata.tables) + 1
    assert [line for line in server.told if line.startswith("ALTER TABLE")] == []
    assert [line for line in server.told if line.startswith("CREATE OR ALTER") or "DENY " in line] == []
    stamped = next(
        place for place, line in enumerate(server.told) if line.startswith("INSERT INTO ops.alembic_version")
    )
    first_view = next(place for place, line in enumerate(server.told) if "CREATE VIEW" in line)
    assert "COMMIT" in server.told[stamped:first_view]


def test_a_transaction_owns_the_lock_and_rows_are_counted_behind_it() -> None:
    """Alembic takes an update that does not tell how many rows it has changed for a failed one."""
    session = Session(babelfish=False)

    lock_by_name(connected(session, ALL), "prepaid schema", 60, "here")

    assert (session.locked, session.begun, session.counts_rows) == (["prepaid schema"], True, True)


def test_a_lock_that_is_not_given_is_a_busy_database() -> None:
    with pytest.raises(DatabaseBusy, match="60 s"):
        lock_by_name(connected(Session(babelfish=False, outcome=-1), ALL), "prepaid schema", 60, "here")


def test_where_tables_are_not_made_of_texts_each_row_is_a_call_of_its_own() -> None:
    at = datetime(2026, 2, 1, 3, 4, tzinfo=UTC).replace(tzinfo=None)
    hot = Hot(account_heads, ("entry_no", "posted_at"), of=("account_id",))

    [(text, rows)] = hot.calls(new_dialect(), [(1, at, 5), (2, None, 6)], as_table=False)

    assert text == "UPDATE app.[AccountHeads] SET entry_no = ?, posted_at = ? WHERE account_id = ?"
    assert rows == [(1, at, 5), (2, None, 6)]


def test_views_procedures_and_roles_are_said_without_what_such_servers_lack() -> None:
    said = [part for batch in made() for part in compatible(batch)]

    for word in ("OR ALTER", "DENY ", "AUTHORIZATION", "MERGE"):
        assert [part for part in said if word in part] == []
    assert "DROP VIEW IF EXISTS report.Balances;" in said
    assert sum(part.count("CREATE ROLE") for part in said) == 5
    assert sum(part.count("GRANT SELECT ON SCHEMA::report") for part in said) == 1


@pytest.mark.parametrize(
    "text", [COMPATIBLE, ROWS, BEGUN, HELD, LOCK.format(name="prepaid writer", milliseconds=30_000)]
)
def test_what_a_server_is_asked_is_t_sql(text: str) -> None:
    assert sqlglot.parse(text, dialect="tsql")


@pytest.mark.slow
def test_microsofts_parser_takes_what_compatible_servers_are_told() -> None:
    said = [COMPATIBLE, ROWS, HELD, LOCK.format(name="prepaid writer", milliseconds=30_000)]
    said += [part for batch in made() for part in compatible(batch)]

    assert [found for text in said for found in errors_of(text)] == []
