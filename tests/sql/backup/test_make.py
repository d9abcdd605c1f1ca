"""Backups: whole although others write, named only when they are proven, noted whatever becomes of them."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from prepaid.errors.backups import BackupFailed, BackupUnderWay
from prepaid.rotation import Rotation
from sql import schema
from sql.backup.copy_file import interrupted_by, look_at
from sql.backup.folder import good_backups, rotate
from sql.backup.make import Wanted, folder_of, make_backup
from sql.backup.manifest import Stopped, beside, manifest_of, name_of, read_manifest, write_manifest
from sql.backups import Made, last_tried_at, last_verified_at
from sql.connection import Database
from sql.tables import backups, sites
from tests.building import MORNING, Building

PATIENCE_S = 10.0
GO_ON = threading.Event()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def back_up(database: Database, folder: Path, stop: threading.Event | None = None) -> Made:
    return make_backup(database, Wanted(folder=str(folder), made_by="a test"), stop or threading.Event())


def grow(database: Database, megabytes: int) -> None:
    """Makes the file so large that a backup takes several steps."""
    with closing(sqlite3.connect(database.file)) as conn:
        conn.execute("CREATE TABLE Padding (it BLOB)")
        conn.executemany("INSERT INTO Padding VALUES (zeroblob(1000000))", [()] * megabytes)
        conn.commit()


@contextmanager
def somebody_writes(database: Database) -> Iterator[list[int]]:
    """Commits one transaction after the other until the block ends."""
    committed: list[int] = [0]
    done = threading.Event()

    def write() -> None:
        while not done.wait(0.005):
            with database.writing() as conn:
                conn.execute(sites.update().values(mail_sender=f"{committed[0]}@here.example"))
            committed[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield committed
    finally:
        done.set()
        writer.join(PATIENCE_S)


def rows(database: Database) -> list[tuple[bool, str | None]]:
    with database.reading() as conn:
        found = conn.execute(sa.select(backups.c.verified, backups.c.error).order_by(backups.c.id))
        return [(row.verified, row.error) for row in found]


def test_a_backup_is_the_whole_database_and_says_what_it_is(database: Database, folder: Path) -> None:
    Building(database, name="Zarqa House")

    made = back_up(database, folder)

    path = Path(made.place)
    assert read_manifest(path) == manifest_of(path, read_manifest(path).taken_at, schema.wanted(), GO_ON)
    assert [each.name for each in sorted(folder.iterdir())] == [path.name, f"{path.name}.json"]
    with closing(sqlite3.connect(path)) as conn:
        assert conn.execute("SELECT name FROM Sites").fetchall() == [("Zarqa House",)]
    assert rows(database) == [(True, None)]
    with database.reading() as conn:
        assert last_verified_at(conn) == read_manifest(path).taken_at
        assert conn.scalar(sa.select(backups.c.sha256)) == made.sha256


def test_a_backup_ends_although_another_connection_writes_between_all_its_steps(
    database: Database, folder: Path
) -> None:
    """SQLite's own online backup begins anew at each of these writes."""
    Building(database)
    grow(database, 24)
    stop = threading.Event()
    patience = threading.Timer(PATIENCE_S, stop.set)
    patience.start()

    with somebody_writes(database) as committed:
        made = back_up(database, folder, stop)

    patience.cancel()
    assert committed[0] > 3
    assert look_at(Path(made.place), GO_ON).wrong == ""


def test_a_process_that_ends_breaks_its_backup_off_and_the_next_one_tidies_up(database: Database, folder: Path) -> None:
    Building(database)
    stop = threading.Event()
    stop.set()

    with pytest.raises(Stopped):
        back_up(database, folder, stop)

    assert [each.suffix for each in folder.iterdir()] == [".part"]
    made = back_up(database, folder)
    assert {each.name for each in folder.iterdir()} == {Path(made.place).name, f"{Path(made.place).name}.json"}
    assert rows(database) == [(False, "it was broken off"), (True, None)]


def test_a_process_that_ends_waits_for_no_long_look(database: Database, folder: Path) -> None:
    grow(database, 3)
    path = Path(back_up(database, folder).place)
    ends = threading.Event()
    ends.set()

    with pytest.raises(Stopped):
        manifest_of(path, MORNING, "-", ends)
    with closing(sqlite3.connect(path)) as conn, interrupted_by(ends, conn), pytest.raises(sqlite3.Error):
        conn.execute("WITH RECURSIVE Steps(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM Steps) SELECT max(n) FROM Steps")


def test_only_one_backup_runs_at_a_time_unless_it_was_broken_off(database: Database, folder: Path) -> None:
    with database.writing() as conn:
        now = database.now(conn)
        values = {"place": "-", "made_by": "another", "schema_version": "0", "verified": False}
        conn.execute(backups.insert().values(began_at=now - timedelta(minutes=59), **values))
    with pytest.raises(BackupUnderWay):
        back_up(database, folder)

    with database.writing() as conn:
        conn.execute(backups.update().values(began_at=now - timedelta(minutes=61)))

    assert back_up(database, folder).bytes


def test_a_folder_that_cannot_be_written_is_said_and_noted(database: Database, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file", encoding="utf-8")

    with pytest.raises(BackupFailed, match=r"No backup was made in .*taken.*python -m sql backup"):
        back_up(database, taken)

    ((verified, error),) = rows(database)
    assert not verified
    assert error
    with database.reading() as conn:
        assert last_verified_at(conn) is None
        assert last_tried_at(conn) is not None


def test_a_copy_of_a_broken_database_never_gets_a_name(database: Database, folder: Path) -> None:
    Building(database)
    with closing(sqlite3.connect(database.file)) as conn:
        conn.execute("PRAGMA foreign_keys=OFF")
        conn.execute("UPDATE Accounts SET site_id = 4711")
        conn.commit()

    with pytest.raises(BackupFailed, match="a row of Accounts refers to a row of Sites"):
        back_up(database, folder)

    assert not good_backups(folder)
    assert rows(database)[0][1] == "a row of Accounts refers to a row of Sites that is not there"


def test_damaged_pages_are_seen(database: Database, folder: Path) -> None:
    path = Path(back_up(database, folder).place)
    with path.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xff" * 4096)

    assert look_at(path, GO_ON).wrong


def test_rotation_leaves_what_is_not_ours_and_never_counts_what_is_not_good(folder: Path) -> None:
    folder.mkdir()
    nights = [MORNING + timedelta(days=day) for day in range(4)]
    for at in nights:
        path = folder / name_of(at)
        path.write_bytes(b"pages")
        write_manifest(path, manifest_of(path, at, "0001", GO_ON))
    broken, foreign, bare = (
        folder / name_of(nights[3]),
        folder / "prepaid.db",
        folder / name_of(MORNING - timedelta(days=9)),
    )
    broken.write_bytes(b"cut short while it was copied elsewhere")
    foreign.write_bytes(b"somebody's")
    bare.write_bytes(b"without a manifest")

    gone = rotate(folder, Rotation(daily=2, weekly=0, monthly=0))

    assert gone == [folder / name_of(nights[0])]
    assert not beside(gone[0]).exists()
    left = {each.name for each in folder.iterdir() if each.suffix == ".db"}
    assert left == {name_of(nights[1]), name_of(nights[2]), broken.name, foreign.name, bare.name}


def test_the_folder_is_beside_the_file_unless_one_is_set(database: Database) -> None:
    assert folder_of(database, None) == str(database.file.parent / "backups")
    assert folder_of(database, "/mnt/other") == "/mnt/other"


def test_on_a_server_nothing_is_backed_up_unless_a_folder_is_set() -> None:
    server = Database("mssql+pyodbc://user:word@server/energy?driver=none")

    assert folder_of(server, None) is None
    assert folder_of(server, r"D:\backups") == r"D:\backups"
