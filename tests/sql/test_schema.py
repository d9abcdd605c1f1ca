"""The schema's version: made once however many begin at once, upgraded with its rows, refused when it does not fit."""

import multiprocessing
import queue
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
import sqlalchemy as sa

from prepaid.errors.base import PrepaidError
from prepaid.errors.start import SchemaForeign, SchemaMissing, SchemaNewer, SchemaOld
from sql import schema
from sql.connection import Database
from sql.tables import accounts, metadata, tenants
from tests.sql.smallest_site import smallest_site

PROCESSES = 3
THREADS = 8


class Start(Protocol):
    """Lets all go at once."""

    def wait(self, timeout: float | None = None) -> int: ...


class Answers(Protocol):
    """What became of each."""

    def put(self, item: str) -> None: ...


NEWEST = schema.wanted()
NEXT = f"{int(NEWEST) + 1:04}"
LATER = f'''"""A note on every tenant."""

import sqlalchemy as sa
from alembic import op

revision = "{NEXT}"
down_revision = "{NEWEST}"


def upgrade() -> None:
    with op.batch_alter_table("Tenants", recreate="always") as tenants:
        tenants.add_column(sa.Column("floor", sa.Integer, nullable=False, server_default="1"))
'''


@pytest.fixture
def new(tmp_path: Path) -> Iterator[Database]:
    """An SQLite database that does not exist yet."""
    database = Database(f"sqlite:///{(tmp_path / 'new.db').as_posix()}")
    yield database
    database.close()


@pytest.fixture
def later_program(tmp_path: Path) -> Path:
    """The migrations of a later program, which has one more."""
    folder = tmp_path / "100 % later"
    shutil.copytree(schema.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    schema.draft("A note on every tenant", folder).write_text(LATER, encoding="utf-8")
    return folder


def stamp(database: Database, version: str) -> None:
    with database.writing() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = ?", (version,))


def test_a_new_database_gets_all_tables(new: Database) -> None:
    made = schema.create(new)

    with new.reading() as conn:
        found = set(sa.inspect(conn).get_table_names())
    assert made
    assert found == {table.name for table in metadata.tables.values()} | {"alembic_version"}
    assert schema.version(new) == schema.Version(schema.wanted(), schema.wanted())


def test_creating_again_changes_nothing(new: Database) -> None:
    schema.create(new)
    with new.writing() as conn:
        site = smallest_site(conn)

    made = schema.create(new)

    with new.reading() as conn:
        kept = conn.scalars(sa.select(accounts.c.id)).all()
    assert not made
    assert kept == [site.account_id]


def test_nothing_is_left_of_a_creation_that_failed(new: Database, later_program: Path) -> None:
    broken = next(later_program.glob(f"versions/{NEXT}_*.py"))
    broken.write_text(LATER + '    raise RuntimeError("power failure")\n', encoding="utf-8")

    with pytest.raises(RuntimeError):
        schema.create(new, later_program)

    assert schema.version(new).found is None
    assert schema.create(new)


@pytest.mark.slow
def test_processes_that_create_at_once_make_one_schema(tmp_path: Path) -> None:
    url = f"sqlite:///{(tmp_path / 'raced.db').as_posix()}"
    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(PROCESSES), context.SimpleQueue()
    racers = [context.Process(target=race, args=(url, start, answers)) for _ in range(PROCESSES)]

    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(timeout=60)

    assert [racer.exitcode for racer in racers] == [0] * PROCESSES
    assert sorted(answers.get() for _ in racers) == ["made"] + ["there"] * (PROCESSES - 1)


def test_threads_that_create_at_once_make_one_schema(tmp_path: Path) -> None:
    for attempt in range(4):
        url = f"sqlite:///{(tmp_path / f'raced{attempt}.db').as_posix()}"
        start = threading.Barrier(THREADS)
        answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        racers = [threading.Thread(target=race, args=(url, start, answers)) for _ in range(THREADS)]

        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join(timeout=60)

        assert sorted(answers.get_nowait() for _ in racers) == ["made"] + ["there"] * (THREADS - 1)


def race(url: str, start: Start, answers: Answers) -> None:
    database = Database(url)
    start.wait(timeout=60)
    try:
        answers.put("made" if schema.create(database) else "there")
    except PrepaidError as error:
        answers.put(str(error))
    database.close()


def test_an_upgrade_keeps_all_rows_and_their_references(new: Database, later_program: Path) -> None:
    schema.create(new)
    with new.writing() as conn:
        site = smallest_site(conn)

    outcome = schema.upgrade(new, later_program)

    with new.writing() as conn:
        assert conn.scalar(sa.select(accounts.c.tenant_id)) == site.tenant_id
        assert conn.exec_driver_sql("SELECT floor FROM Tenants").scalars().all() == [1]
        with pytest.raises(sa.exc.IntegrityError):
            conn.execute(tenants.delete())
    assert outcome == schema.Version(NEWEST, NEXT)


def test_an_upgrade_of_the_newest_schema_changes_nothing(database: Database) -> None:
    assert schema.upgrade(database) == schema.Version(schema.wanted(), schema.wanted())


def test_an_older_schema_asks_for_the_upgrade(new: Database, later_program: Path) -> None:
    schema.create(new)

    with pytest.raises(SchemaOld, match="python -m sql upgrade"):
        schema.require_current(new, later_program)
    with pytest.raises(SchemaOld):
        schema.create(new, later_program)


def test_a_newer_schema_is_left_alone(new: Database) -> None:
    schema.create(new)
    stamp(new, "9999")

    for refused in (schema.require_current, schema.upgrade, schema.create):
        with pytest.raises(SchemaNewer, match="9999"):
            refused(new)
    assert schema.version(new).found == "9999"


def test_a_database_without_tables_asks_to_be_created(new: Database) -> None:
    for refused in (schema.require_current, schema.upgrade):
        with pytest.raises(SchemaMissing, match="python -m sql create"):
            refused(new)


def test_the_newest_schema_satisfies_an_entry_point(database: Database) -> None:
    schema.require_current(database)


def test_tables_without_a_version_are_not_touched(new: Database) -> None:
    schema.create(new)
    with new.writing() as conn:
        conn.exec_driver_sql("DROP TABLE alembic_version")

    with pytest.raises(SchemaForeign, match=r"app\.Sites"):
        schema.create(new)


def test_a_drafted_migration_follows_the_newest(tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))

    path = schema.draft("Notes for tenants", folder)

    written = path.read_text(encoding="utf-8")
    assert path.name == f"{NEXT}_notes_for_tenants.py"
    assert f'revision = "{NEXT}"' in written.replace("'", '"')
    assert f'down_revision = "{NEWEST}"' in written.replace("'", '"')
    assert schema.wanted(folder) == NEXT
