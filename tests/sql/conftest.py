"""What tests of people share: a database whose clock moves only when told."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from prepaid.clock import ManualClock
from sql.connection import Database
from tests.building import MORNING
from tests.people import People


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MORNING)


@pytest.fixture
def people(migrated_file: Path, tmp_path: Path, clock: ManualClock) -> Iterator[People]:
    """Nobody yet. On SQLite, since a server has a clock of its own."""
    copy = tmp_path / "timed.db"
    shutil.copyfile(migrated_file, copy)
    database = Database(f"sqlite:///{copy.as_posix()}", clock)
    yield People(database)
    database.close()
