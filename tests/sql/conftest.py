"""What tests of people share: a database whose clock moves only when told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from prepaid.clock import ManualClock
from tests.building import MORNING
from tests.databases import new_database
from tests.people import People
from tests.sql.right_books import Books, copy_of, write_right_books


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MORNING)


@pytest.fixture
def people(migrated_file: Path, tmp_path: Path, clock: ManualClock) -> Iterator[People]:
    """Nobody yet."""
    database = new_database(tmp_path, migrated_file, clock, name="timed.db")
    yield People(database)
    database.close()


@pytest.fixture(scope="session")
def right_books(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Books:
    """To be copied, not to be touched."""
    return write_right_books(migrated_file, tmp_path_factory.mktemp("books") / "right.db")


@pytest.fixture
def books(right_books: Books, tmp_path: Path) -> Iterator[Books]:
    """Right books to be tampered with, in an SQLite file. Only the empty site is proven: all the rest came after the
    last proof."""
    copied = copy_of(right_books, tmp_path / "books.db")
    yield copied
    copied.database.close()
