"""What every room's tests share: a database of their own, made by the migrations."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from enforcer.collector import look_seldom
from prepaid.errors.base import PrepaidError
from sql import schema
from sql.connection import Database
from tests.compiled import share_compiled
from tests.databases import NotForTests, named, new_url, prepared
from tests.sql.statements import Ear, Reader, on_sql_server
from tests.sql.t_sql import faults

# How long an example takes is the machine's business; no test fails for milliseconds.
settings.register_profile("patient", deadline=None, max_examples=40)
settings.register_profile("thorough", deadline=None, max_examples=200)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "patient"))


LONGEST = ("tests/browser", "tests/story", "tests/simulation", "tests/enforcer/test_s", "tests/launcher")
"""What waits for devices and processes; begun first, it is done while others still compute."""
EAR, READER = Ear(), Reader()
EAR.listen()
READER.listen()
share_compiled()


def pytest_configure(config: pytest.Config) -> None:
    """A database that was named is made ready before the first test; what it cannot do is skipped, and told."""
    workers = config.getoption("numprocesses", None) or 1
    try:
        url = named({"PYTEST_XDIST_WORKER_COUNT": str(workers), **os.environ})
        if url is not None and workers == 1:
            prepared(url)
    except (NotForTests, PrepaidError) as error:
        raise pytest.UsageError(str(error)) from error
    if url is not None and "s" not in config.option.reportchars:
        config.option.reportchars += "s"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Several processes that share the tests end together when the longest files are not the last ones."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


def pytest_collection_finish() -> None:
    """What was collected stays to the end: it is not looked through again and again while the tests run."""
    look_seldom()


@pytest.fixture(autouse=True)
def said_in_t_sql() -> Iterator[None]:
    """What a test and the product under it say to a database, SQL Server 2019 would take, too."""
    yield
    assert READER.busy() == []
    for heard in EAR.fresh():
        written = on_sql_server(heard)
        assert faults(written) == [], written


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables and no rows, made once and only ever copied."""
    path = tmp_path_factory.mktemp("migrated") / "empty.db"
    database = Database(f"sqlite:///{path.as_posix()}")
    schema.create(database)
    database.close()
    return path


@pytest.fixture
def database_url(migrated_file: Path, tmp_path: Path) -> str:
    """The address of an empty database with all tables, for tests that start processes."""
    return new_url(tmp_path, migrated_file)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database with all tables, of this test alone."""
    opened = Database(database_url)
    yield opened
    opened.close()
