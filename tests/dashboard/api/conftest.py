"""What the tests of the REST API share."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from prepaid.clock import ManualClock
from sql.connection import Database
from tests.dashboard.api.calls import Calls


@pytest.fixture
def calls(migrated_file: Path, tmp_path: Path) -> Iterator[Calls]:
    """The API over two small sites in a database of this test alone, with a clock that the test moves."""
    with calls_over(migrated_file, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def same_calls(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calls]:
    """The same for all tests of a module: each of them calls as people of its own."""
    with calls_over(migrated_file, tmp_path_factory.mktemp("api")) as made:
        yield made


@contextmanager
def calls_over(migrated_file: Path, folder: Path) -> Iterator[Calls]:
    """On SQLite, since a server has a clock of its own."""
    copy = folder / "timed.db"
    shutil.copyfile(migrated_file, copy)
    database = Database(f"sqlite:///{copy.as_posix()}", ManualClock())
    made = Calls(database)
    with made.client:  # one event loop for all calls
        yield made
    database.close()
