"""Restoring: only over a database that nobody works on, only what is whole; the one of before is kept."""

import shutil
import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from prepaid.errors.backups import BackupUnreadable, DatabaseAlive, RestoreFailed
from sql import check, schema
from sql.backup.make import Wanted, make_backup
from sql.backup.manifest import beside, manifest_of, read_manifest, write_manifest
from sql.backup.restore import restore
from sql.connection import Database
from sql.leases import acquire
from sql.tables import backups, events, leases, sites
from tests.building import Building
from tests.sql.questions.shown import beat

LENGTH = timedelta(seconds=10)
GO_ON = threading.Event()


@pytest.fixture
def house(database: Database) -> Building:
    """With a tenant. It is called Before."""
    made = Building(database, name="Before")
    made.tenant("Bakery", opening="9")
    return made


@pytest.fixture
def backup(house: Building, database: Database, tmp_path: Path) -> Path:
    """Of the house; since then it is called After."""
    made = make_backup(database, Wanted(folder=str(tmp_path / "kept"), made_by="a test"), threading.Event())
    with database.writing() as conn:
        conn.execute(sites.update().values(name="After"))
    return Path(made.place)


def name_in(path: Path) -> str:
    with closing(sqlite3.connect(path)) as conn:
        return str(conn.execute("SELECT name FROM Sites").fetchone()[0])


def holds_a_lease(database: Database) -> None:
    with database.writing() as conn:
        acquire(conn, 1, "somebody:7", database.now(conn), LENGTH)


def test_a_backup_takes_the_place_of_the_database_which_is_kept(database: Database, backup: Path) -> None:
    restored = restore(database, backup)

    assert name_in(database.file) == "Before"
    assert restored.kept is not None
    assert name_in(restored.kept) == "After"
    assert restored.manifest == read_manifest(backup)
    assert {each.name for each in database.file.parent.iterdir() if each.is_file()} >= {
        database.file.name,
        restored.kept.name,
    }
    assert not check.prove(database, everything=True).breaches


def test_what_is_restored_knows_that_it_is_and_from_what(database: Database, backup: Path) -> None:
    restore(database, backup)

    with database.reading() as conn:
        (told,) = conn.execute(sa.select(events).where(events.c.action == "database.restored")).all()
        of_itself = conn.execute(sa.select(backups.c.verified, backups.c.sha256)).one()
    assert told.after["backup"] == backup.name
    assert tuple(of_itself) == (True, read_manifest(backup).sha256)


def test_where_no_database_is_a_backup_makes_one(database: Database, backup: Path, tmp_path: Path) -> None:
    elsewhere = Database(f"sqlite:///{(tmp_path / 'new' / 'site.db').as_posix()}")

    restored = restore(elsewhere, backup)

    assert restored.kept is None
    assert name_in(elsewhere.file) == "Before"
    elsewhere.close()


def test_a_damaged_database_is_replaced_and_kept_with_its_logs(database: Database, backup: Path) -> None:
    database.close()
    database.file.write_bytes(b"\xff" * 50_000)
    log = database.file.with_name(f"{database.file.name}-wal")
    log.write_bytes(b"left behind")

    restored = restore(database, backup)

    assert name_in(database.file) == "Before"
    assert restored.kept is not None
    assert restored.kept.read_bytes() == b"\xff" * 50_000


def test_nothing_is_restored_while_an_enforcer_holds_a_lease(database: Database, backup: Path) -> None:
    holds_a_lease(database)

    with pytest.raises(DatabaseAlive, match="the enforcer somebody:7 holds a lease"):
        restore(database, backup)

    assert name_in(database.file) == "After"


@pytest.mark.parametrize(("age_s", "alive"), [(59, True), (61, False)])
def test_an_enforcer_that_died_a_moment_ago_may_start_again(
    database: Database, house: Building, backup: Path, age_s: int, alive: bool
) -> None:
    now = database.clock.now()
    holds_a_lease(database)
    with database.writing() as conn:
        conn.execute(leases.update().values(ends_at=now - timedelta(seconds=1)))
    beat(house, now - timedelta(seconds=age_s))

    if alive:
        with pytest.raises(DatabaseAlive, match="enforcer here:1 has just worked"):
            restore(database, backup)
    else:
        restore(database, backup)

    assert name_in(database.file) == ("After" if alive else "Before")


def test_an_enforcer_that_was_stopped_well_is_not_waited_for(database: Database, house: Building, backup: Path) -> None:
    holds_a_lease(database)
    beat(house, database.clock.now())
    with database.writing() as conn:
        conn.execute(leases.update().values(holder="", ends_at=database.clock.now()))

    restore(database, backup)

    assert name_in(database.file) == "Before"


def test_nothing_is_restored_while_anybody_has_the_file_open(database: Database, backup: Path) -> None:
    """A dashboard has no lease and no heartbeat."""
    other = Database(database.where)
    with other.reading() as conn:
        conn.execute(sa.select(sites.c.name)).all()
    try:
        with pytest.raises(DatabaseAlive, match="another process has it open"):
            restore(database, backup)
    finally:
        other.close()

    assert name_in(database.file) == "After"
    assert restore(database, backup).kept


def test_a_backup_that_was_changed_is_refused(database: Database, backup: Path) -> None:
    with closing(sqlite3.connect(backup)) as conn:
        conn.execute("UPDATE Entries SET amount = amount * 2")
        conn.commit()

    with pytest.raises(BackupUnreadable, match="its hash is another one"):
        restore(database, backup)

    assert name_in(database.file) == "After"


def test_a_backup_without_a_manifest_is_refused(database: Database, backup: Path) -> None:
    beside(backup).unlink()

    with pytest.raises(BackupUnreadable, match=r"its manifest .* cannot be read"):
        restore(database, backup)


def test_a_manifest_that_is_none_is_refused(database: Database, backup: Path) -> None:
    beside(backup).write_text('{"bytes": "many"}', encoding="utf-8")

    with pytest.raises(BackupUnreadable, match="no manifest of a backup"):
        restore(database, backup)


def test_a_backup_of_a_newer_program_is_refused(database: Database, backup: Path) -> None:
    with closing(sqlite3.connect(backup)) as conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")
        conn.commit()
        conn.execute("PRAGMA journal_mode=DELETE")
    write_manifest(backup, manifest_of(backup, read_manifest(backup).taken_at, "9999", GO_ON))

    with pytest.raises(BackupUnreadable, match="its schema 9999 is newer"):
        restore(database, backup)


def test_an_older_backup_is_brought_up_to_date(database: Database, backup: Path, tmp_path: Path) -> None:
    """As far as this program knows versions, there is none older than that of a folder that ends earlier."""
    migrations = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, migrations)
    newest = max((migrations / "versions").glob("0*.py"))
    newest.unlink()
    old = Database(f"sqlite:///{(tmp_path / 'old.db').as_posix()}")
    schema.create(old, migrations)
    old.close()
    path = backup.with_name("prepaid-20260105T080000Z.db")
    shutil.copyfile(old.file, path)
    write_manifest(path, manifest_of(path, read_manifest(backup).taken_at, "older", GO_ON))

    restored = restore(database, path)

    assert restored.schema.found == schema.wanted(migrations) != schema.wanted()
    assert schema.version(database).found == schema.wanted()


def test_a_name_that_is_taken_by_a_folder_leaves_everything_as_it_was(database: Database, backup: Path) -> None:
    database.file.with_name(f"{database.file.name}.restoring").mkdir()

    with pytest.raises(RestoreFailed, match="was not restored"):
        restore(database, backup)

    assert name_in(database.file) == "After"
