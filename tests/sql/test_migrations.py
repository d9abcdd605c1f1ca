"""What the migrations make is what the tables say, on both engines."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import sqlglot
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from prepaid.commissioning import Outcome
from prepaid.records import EntryKind
from prepaid.sessions import SessionKind
from sql import ddl, schema
from sql.connection import Database
from sql.tables import commissionings, entries, messages, metadata, refresh_tokens, sessions, throttles
from tests.sql.smallest_site import smallest_site

Shape = tuple[str, tuple[str, ...]]
"""A CREATE statement: its first line, and the sorted lines of its body."""


@pytest.fixture
def migrated(migrated_file: Path) -> Iterator[Database]:
    """An SQLite database as the migrations make it."""
    database = Database(f"sqlite:///{migrated_file.as_posix()}")
    yield database
    database.close()


@pytest.fixture
def before(tmp_path: Path) -> Iterator[Database]:
    """An SQLite database as the first program made it."""
    database = Database(f"sqlite:///{(tmp_path / 'before.db').as_posix()}")
    with database.rebuilding() as conn:
        command.upgrade(schema.configuration(connection=conn), "0001")
    yield database
    database.close()


@pytest.fixture
def described(tmp_path: Path) -> Iterator[Database]:
    """An SQLite database as the metadata itself makes it."""
    database = Database(f"sqlite:///{(tmp_path / 'described.db').as_posix()}")
    with database.writing() as conn:
        schema.flat().create_all(conn)
    yield database
    database.close()


def test_alembic_finds_no_difference(migrated: Database) -> None:
    with migrated.reading() as conn:
        context = MigrationContext.configure(conn)
        differences = compare_metadata(context, schema.flat())

    assert differences == []


def test_both_ways_make_the_same_sqlite_tables_checks_and_indexes(migrated: Database, described: Database) -> None:
    by_migrations, by_metadata = shapes_on_sqlite(migrated), shapes_on_sqlite(described)

    assert by_migrations == by_metadata
    assert len(by_metadata) > len(metadata.tables)


def test_the_shape_of_a_table_shows_its_checks_and_the_filter_of_its_indexes(described: Database) -> None:
    shapes = dict(shapes_on_sqlite(described))

    charges = shapes['CREATE TABLE "Charges" (']
    assert 'CONSTRAINT "ck_Charges_amount" CHECK (amount = wh * price_per_kwh)' in charges
    assert any(line.endswith("WHERE closed_at IS NULL") for line in shapes)
    assert "WITHOUT ROWID" in shapes['CREATE TABLE "Readings" (']


def test_both_ways_make_the_same_tables_on_sql_server() -> None:
    written = io.StringIO()
    to_mssql = schema.configuration(output=written, dialect_name="mssql", version_table_schema="ops")

    command.upgrade(to_mssql, "head", sql=True)

    by_migrations = shapes_of(written.getvalue().split("\nGO\n"))
    of_tables = [text for name, text in ddl.scripts().items() if "010" <= name < "050"]
    by_metadata = shapes_of("\n".join(of_tables).split("\nGO\n"))
    assert by_migrations == by_metadata
    assert sum(first.startswith("CREATE TABLE") for first, _ in by_metadata) == len(metadata.tables) + 1


def test_every_migration_is_a_script_that_sql_server_understands() -> None:
    """What a DBA would be handed: no parameter is left open, and a parser of T-SQL finds nothing wrong."""
    written = io.StringIO()
    command.upgrade(
        schema.configuration(output=written, dialect_name="mssql", version_table_schema="ops"), "head", sql=True
    )

    batches = [batch for batch in written.getvalue().split("\nGO\n") if batch.strip()]
    not_understood = [
        statement.sql(dialect="tsql")
        for batch in batches
        for statement in sqlglot.parse(batch, dialect="tsql")
        if isinstance(statement, sqlglot.exp.Command)
    ]
    assert [batch for batch in batches if re.search(r"(?<![:\w]):[a-z_]+|POSTCOMPILE", batch)] == []
    # sqlglot knows no DECLARE with a SELECT behind it: the default of a column that is dropped has no name
    assert [statement.split()[0].casefold() for statement in not_understood] == ["declare"]
    assert len(batches) > 190


def test_sessions_of_before_are_those_of_browsers(before: Database, migrated: Database) -> None:
    with before.writing() as conn:
        conn.exec_driver_sql(
            "INSERT INTO Users (user_name, display_name, language, role, password_hash, created_at) "
            "VALUES ('sara', 'Sara', 'en', 'admin', '-', 0)"
        )
        conn.exec_driver_sql(
            "INSERT INTO Sessions (token_hash, user_id, session_version, opened_at, seen_at, idle_ends_at, ends_at) "
            "VALUES ('x', 1, 1, 0, 0, 0, 0)"
        )
        conn.exec_driver_sql("INSERT INTO Throttles (subject, failures, first_at) VALUES ('address:::1', 1, 0)")

    outcome = schema.upgrade(before)

    with before.reading() as conn:
        assert conn.execute(sa.select(sessions.c.token_hash, sessions.c.user_id, sessions.c.kind)).all() == [
            ("x", 1, SessionKind.BROWSER)
        ]
        assert conn.scalar(sa.select(throttles.c.subject)) == "address:::1"
        assert conn.scalar(sa.select(sa.func.count()).select_from(refresh_tokens)) == 0
    assert outcome.found == "0001"
    assert shapes_on_sqlite(before) == shapes_on_sqlite(migrated)


def test_a_ledger_of_before_is_kept_as_it_was_and_takes_refunds(before: Database, migrated: Database) -> None:
    with before.rebuilding() as conn:
        command.upgrade(schema.configuration(connection=conn), "0005")
    with before.writing() as conn:
        smallest_site(conn)

    schema.upgrade(before)

    with before.writing() as conn:
        assert conn.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert [row.kind for row in conn.execute(sa.select(entries))] == [EntryKind.OPENING]
        conn.execute(entries.update().values(kind=EntryKind.REFUND))
        with pytest.raises(sa.exc.IntegrityError, match="ck_Entries_kind"):
            conn.exec_driver_sql("UPDATE Entries SET kind = 'party'")
    assert shapes_on_sqlite(before) == shapes_on_sqlite(migrated)


def test_records_of_commissioning_of_before_say_what_they_said(before: Database, migrated: Database) -> None:
    with before.writing() as conn:
        conn.exec_driver_sql(
            "INSERT INTO Sites (name, time_zone, currency, language, created_at) VALUES ('S', 'UTC', 'EUR', 'en', 0)"
        )
        conn.exec_driver_sql(
            "INSERT INTO Analyzers (site_id, name, purpose, feed, host, port, unit_id, rated_power_w, ct_primary_a, "
            "ct_secondary_a, wiring, created_at) VALUES (1, 'A', 'tenant', 'modbus', 'a', 502, 1, 1, 5, 5, 'none', 0)"
        )
        for number, passed in enumerate((1, 0)):
            conn.exec_driver_sql(
                "INSERT INTO Commissionings (analyzer_id, serial_number, began_at, ended_at, passed, by_whom, verdict, "
                f"findings) VALUES (1, 'LQN/{number}', 0, 0, {passed}, 'Sara', '-', '{{}}')"
            )

    schema.upgrade(before)

    with before.reading() as conn:
        found = conn.execute(sa.select(commissionings).order_by(commissionings.c.id)).all()
    assert [(row.serial_number, row.outcome, row.wiring) for row in found] == [
        ("LQN/0", Outcome.PASSED, None),
        ("LQN/1", Outcome.FAILED, None),
    ]
    assert shapes_on_sqlite(before) == shapes_on_sqlite(migrated)


def test_messages_of_before_belong_to_the_site_of_their_alert(before: Database, migrated: Database) -> None:
    with before.writing() as conn:
        for site in ("S", "T"):
            conn.exec_driver_sql(
                "INSERT INTO Sites (name, time_zone, currency, language, created_at) "
                f"VALUES ('{site}', 'UTC', 'EUR', 'en', 0)"
            )
        for number, (site_id, kind) in enumerate(((1, "low"), (2, "hold")), start=1):
            conn.exec_driver_sql(
                "INSERT INTO Alerts (site_id, kind, cause, raised_at, details) "
                f"VALUES ({site_id}, '{kind}', 'cause {number}', 0, '{{}}')"
            )
            conn.exec_driver_sql(
                "INSERT INTO Messages (alert_id, channel, recipient, recipient_name, language, message_id, state, "
                f"due_at) VALUES ({number}, 'mail', 'a@b.example', 'A', 'en', '<{number}@x>', 'waiting', 0)"
            )

    schema.upgrade(before)

    with before.reading() as conn:
        found = conn.execute(sa.select(messages).order_by(messages.c.id)).all()
    assert [(row.site_id, row.to_staff, row.channel_id, row.digest_id) for row in found] == [
        (1, False, None, None),
        (2, True, None, None),
    ]
    assert shapes_on_sqlite(before) == shapes_on_sqlite(migrated)


def shapes_on_sqlite(database: Database) -> list[Shape]:
    with database.reading() as conn:
        found = conn.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name <> 'alembic_version'"
        ).scalars()
        return shapes_of(list(found))


def shapes_of(statements: list[str]) -> list[Shape]:
    """The CREATE statements among these batches, in a form that order and spaces do not change.

    What a later statement adds to a table counts as if the table had been made with it, and what it drops as if not.
    """
    shapes: dict[str, list[str]] = {}
    for statement in statements:
        created = re.search(r"^\s*(CREATE (?:TABLE|INDEX|UNIQUE INDEX).*)", statement, re.MULTILINE | re.DOTALL)
        added = re.search(r"^\s*ALTER TABLE (\S+) ADD (.*)", statement, re.MULTILINE)
        dropped = re.search(r"^\s*ALTER TABLE (\S+) DROP CONSTRAINT (\S+?);?$", statement, re.MULTILINE)
        column_gone = re.search(r"^\s*ALTER TABLE (\S+) DROP COLUMN (\S+?);?$", statement, re.MULTILINE)
        index_gone = re.search(r"^\s*DROP INDEX (\S+) ON", statement, re.MULTILINE)
        altered = re.search(r"^\s*ALTER TABLE (\S+) ALTER COLUMN (\S+) (.*?);?$", statement, re.MULTILINE)
        if created is not None:
            first, *body = [" ".join(line.split()).rstrip(",;") for line in created[1].strip().splitlines()]
            shapes[first] = [line for line in body if line]
        elif added is not None:
            shapes[f"CREATE TABLE {added[1]} ("].append(added[2].strip().rstrip(";"))
        elif dropped is not None:
            table = f"CREATE TABLE {dropped[1]} ("
            shapes[table] = [line for line in shapes[table] if not line.startswith(f"CONSTRAINT {dropped[2]} ")]
        elif column_gone is not None:
            table = f"CREATE TABLE {column_gone[1]} ("
            shapes[table] = [line for line in shapes[table] if not line.startswith(f"{column_gone[2]} ")]
        elif index_gone is not None:
            shapes = {first: body for first, body in shapes.items() if f" INDEX {index_gone[1]} ON " not in first}
        elif altered is not None:
            table = f"CREATE TABLE {altered[1]} ("
            others = [line for line in shapes[table] if not line.startswith(f"{altered[2]} ")]
            shapes[table] = [*others, f"{altered[2]} {altered[3]}"]
    return sorted((first, tuple(sorted(body))) for first, body in shapes.items())
