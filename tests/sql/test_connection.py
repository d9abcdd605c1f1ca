"""Transactions: writers take their lock first, readers wait for nobody, and a database in trouble says so."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from prepaid.clock import ManualClock
from prepaid.errors.start import DatabaseBusy, DatabaseUnavailable, SettingInvalid
from sql.connection import Database, keep_a_log
from sql.tables import entries, sites
from tests.sql.smallest_site import NOW, insert, smallest_site


@pytest.fixture
def opened(migrated_file: Path, tmp_path: Path) -> Iterator[Callable[[], Database]]:
    """Opens the same SQLite file once more, as another process would; nobody waits for a lock."""
    path = tmp_path / "shared.db"
    shutil.copyfile(migrated_file, path)
    databases: list[Database] = []

    def once_more() -> Database:
        databases.append(Database(f"sqlite:///{path.as_posix()}", lock_wait_s=0))
        return databases[-1]

    yield once_more
    for database in databases:
        database.close()


def new_site(name: str) -> dict[str, Any]:
    return {"name": name, "time_zone": "Asia/Baghdad", "currency": "IQD", "language": "en", "created_at": NOW}


def names(database: Database) -> list[str]:
    with database.reading() as conn:
        return list(conn.scalars(sa.select(sites.c.name).order_by(sites.c.name)))


def test_a_writer_holds_the_lock_before_its_first_statement(opened: Callable[[], Database]) -> None:
    first, second = opened(), opened()

    with first.writing(), pytest.raises(DatabaseBusy, match="kept locked"), second.writing():
        pass


def test_a_writer_can_begin_after_the_other_has_ended(opened: Callable[[], Database]) -> None:
    first, second = opened(), opened()

    with first.writing() as conn:
        insert(conn, sites, **new_site("A"))
    with second.writing() as conn:
        insert(conn, sites, **new_site("B"))

    assert names(first) == ["A", "B"]


def test_who_was_refused_once_may_write_later(opened: Callable[[], Database]) -> None:
    first, second = opened(), opened()

    with first.writing(), pytest.raises(DatabaseBusy), second.writing():
        pass
    with second.writing() as conn:
        insert(conn, sites, **new_site("later"))

    assert names(first) == ["later"]


def test_a_transaction_that_fails_leaves_nothing(opened: Callable[[], Database]) -> None:
    database = opened()

    with pytest.raises(RuntimeError), database.writing() as conn:
        insert(conn, sites, **new_site("A"))
        raise RuntimeError

    assert names(database) == []


def test_a_reader_is_not_kept_waiting_by_a_writer(opened: Callable[[], Database]) -> None:
    writer, reader = opened(), opened()

    with writer.writing() as conn:
        insert(conn, sites, **new_site("A"))
        seen_meanwhile = names(reader)

    assert seen_meanwhile == []
    assert names(reader) == ["A"]


def test_a_reader_keeps_seeing_what_it_saw_first(opened: Callable[[], Database]) -> None:
    writer, reader = opened(), opened()

    with reader.reading() as conn:
        before = conn.scalar(sa.select(sa.func.count()).select_from(sites))
        with writer.writing() as other:
            insert(other, sites, **new_site("A"))
        after = conn.scalar(sa.select(sa.func.count()).select_from(sites))

    assert (before, after) == (0, 0)


@pytest.mark.parametrize(
    ("pragma", "wanted"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 0)]
)
def test_every_connection_is_prepared(opened: Callable[[], Database], pragma: str, wanted: str | int) -> None:
    with opened().reading() as conn:
        assert conn.exec_driver_sql(f"PRAGMA {pragma}").scalar() == wanted


def test_a_new_file_gets_its_log_as_soon_as_another_process_has_made_it(tmp_path: Path) -> None:
    path = tmp_path / "being_made.db"
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as maker,
        closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as other,
    ):
        maker.execute("BEGIN IMMEDIATE")
        maker.execute("CREATE TABLE Made (id INTEGER)")
        said: list[str] = []

        def execute(statement: str) -> None:
            said.append(statement)
            if statement == "BEGIN IMMEDIATE":
                maker.execute("COMMIT")
            other.execute(statement)

        keep_a_log(execute)

        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert said.count("BEGIN IMMEDIATE") == 1


def test_what_is_asked_within_a_change_may_name_the_table_that_is_changed(database: Database) -> None:
    other = sites.alias("other")
    last = sa.select(sa.func.max(other.c.name)).where(other.c.currency == sites.c.currency).scalar_subquery()

    with database.writing() as conn:
        for name in ("A", "B"):
            insert(conn, sites, **new_site(name))
        conn.execute(sites.update().values(time_zone=last))
        zones = list(conn.scalars(sa.select(sites.c.time_zone)))

    assert zones == ["B", "B"]


def test_a_row_needs_the_row_it_refers_to(database: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError), database.writing() as conn:
        conn.execute(
            entries.insert().values(
                account_id=4711,
                entry_no=1,
                kind="opening",
                amount=0,
                balance_after=0,
                posted_at=NOW,
                cause="test",
                actor="test",
            )
        )


def test_references_are_checked_again_after_the_schema_was_changed(opened: Callable[[], Database]) -> None:
    database = opened()

    with database.rebuilding() as conn:
        unchecked = conn.exec_driver_sql("PRAGMA foreign_keys").scalar()
    with database.reading() as conn:
        checked = conn.exec_driver_sql("PRAGMA foreign_keys").scalar()

    assert (unchecked, checked) == (0, 1)


def test_a_change_of_the_schema_that_breaks_a_reference_is_undone(opened: Callable[[], Database]) -> None:
    database = opened()
    with database.writing() as conn:
        smallest_site(conn)

    with pytest.raises(AssertionError, match="broke the reference"), database.rebuilding() as conn:
        conn.execute(sites.delete())

    assert names(database) == ["Mall"]


def test_a_broken_rule_stays_the_error_of_the_statement(database: Database) -> None:
    with database.writing() as conn:
        insert(conn, sites, **new_site("A"))

    with pytest.raises(sa.exc.IntegrityError), database.writing() as conn:
        insert(conn, sites, **new_site("A"))


def test_the_clock_of_sqlite_is_the_one_that_was_given(migrated_file: Path, tmp_path: Path) -> None:
    shutil.copyfile(migrated_file, tmp_path / "own.db")
    clock = ManualClock()
    database = Database(f"sqlite:///{(tmp_path / 'own.db').as_posix()}", clock)

    with database.reading() as conn:
        assert database.now(conn) == clock.now()
    database.close()


def test_the_folder_of_a_new_database_is_made(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{(tmp_path / 'deep' / 'down' / 'new.db').as_posix()}")

    with database.writing():
        pass

    assert (tmp_path / "deep" / "down" / "new.db").exists()
    database.close()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Buy milk. " * 200, encoding="utf-8")
    database = Database(f"sqlite:///{(tmp_path / 'notes.txt').as_posix()}")

    with pytest.raises(DatabaseUnavailable, match=r"notes\.txt does not answer: file is not a database"):
        names(database)
    database.close()


def test_a_folder_that_is_a_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("", encoding="utf-8")

    with pytest.raises(DatabaseUnavailable, match="data"):
        Database(f"sqlite:///{(tmp_path / 'data' / 'prepaid.db').as_posix()}")


def test_a_database_locked_by_another_program_is_a_sentence(opened: Callable[[], Database]) -> None:
    database = opened()

    with closing(sqlite3.connect(database.url.database or "", isolation_level=None)) as browser:
        browser.execute("PRAGMA locking_mode=EXCLUSIVE")
        browser.execute("BEGIN EXCLUSIVE")

        with pytest.raises(DatabaseBusy, match="Close what holds it"):
            names(database)


def test_a_full_disk_is_a_sentence(opened: Callable[[], Database]) -> None:
    database = opened()

    with pytest.raises(DatabaseUnavailable, match="full"), database.writing() as conn:
        conn.exec_driver_sql("PRAGMA max_page_count=1")
        conn.exec_driver_sql("CREATE TABLE Large AS SELECT randomblob(1000000) AS filling")


@pytest.mark.parametrize(
    "said",
    [
        "Could not allocate space for object 'app.Readings' because the 'PRIMARY' filegroup is full. (1105)",
        "The transaction log for database 'prepaid' is full due to 'LOG_BACKUP'. (9002)",
        'Failed to update database "prepaid" because the database is read-only. (3906)',
    ],
)
def test_trouble_that_sql_server_blames_on_the_statement_is_that_of_the_database(database: Database, said: str) -> None:
    blamed = ProgrammingError("INSERT", {}, Exception(f"('42000', '[42000] [Microsoft] {said} (SQLExecDirectW)')"))

    with pytest.raises(DatabaseUnavailable), database.writing():
        raise blamed


def test_what_is_wrong_with_a_statement_stays_so(database: Database) -> None:
    wrong = ProgrammingError("INSERT", {}, Exception("('42S02', \"Invalid object name 'app.Nothing'. (208)\")"))

    with pytest.raises(ProgrammingError), database.writing():
        raise wrong


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("prepaid.db", "must look like"),
        ("postgresql://localhost/prepaid", "only sqlite and mssql"),
        ("sqlite://", "name a file"),
        ("sqlite:///:memory:", "name a file"),
    ],
)
def test_an_address_that_cannot_work_is_refused(url: str, why: str) -> None:
    with pytest.raises(SettingInvalid, match=why):
        Database(url)


def test_a_server_that_cannot_be_reached_is_a_sentence_without_the_password() -> None:
    database = Database("mssql+pyodbc://prepaid:s3cret@127.0.0.1:1/prepaid?driver=No+Such+Driver")

    with pytest.raises(DatabaseUnavailable, match="cannot be loaded") as failed:
        names(database)

    assert "s3cret" not in str(failed.value)
