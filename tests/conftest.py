"""What every room's tests share: a database of their own, made by the migrations."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy.engine import make_url

from enforcer.collector import look_seldom
from sql import schema
from sql.connection import Database
from sql.tables import metadata

# How long an example takes is the machine's business; no test fails for milliseconds.
settings.register_profile("patient", deadline=None, max_examples=40)
settings.register_profile("thorough", deadline=None, max_examples=200)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "patient"))


LONGEST = ("tests/browser", "tests/story", "tests/simulation", "tests/enforcer/test_s", "tests/launcher")
"""What waits for devices and processes; begun first, it is done while others still compute."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Several processes that share the tests end together when the longest files are not the last ones."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


def pytest_collection_finish() -> None:
    """What was collected stays to the end: it is not looked through again and again while the tests run."""
    look_seldom()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables and no rows, made once and only ever copied."""
    path = tmp_path_factory.mktemp("migrated") / "empty.db"
    database = Database(f"sqlite:///{path.as_posix()}")
    schema.create(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def migrated_server() -> str | None:
    """TEST_DATABASE_URL, if the tests shall run against a server: its tables are made, and emptied for every test."""
    url = os.environ.get("TEST_DATABASE_URL")
    if not url:
        return None
    assert "test" in (make_url(url).database or ""), "tests empty the database: it must have `test` in its name"
    database = Database(url)
    schema.create(database)
    database.close()
    return url


@pytest.fixture
def database_url(migrated_file: Path, migrated_server: str | None, tmp_path: Path) -> str:
    """The address of an empty database with all tables, for tests that start processes."""
    if migrated_server is None:
        copy = tmp_path / "prepaid.db"
        shutil.copyfile(migrated_file, copy)
        return f"sqlite:///{copy.as_posix()}"
    _empty(migrated_server)
    return migrated_server


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database with all tables, of this test alone."""
    opened = Database(database_url)
    yield opened
    opened.close()


def _empty(url: str) -> None:
    database = Database(url)
    with database.writing() as conn:
        for table in reversed(metadata.sorted_tables):
            conn.execute(table.delete())
    database.close()
