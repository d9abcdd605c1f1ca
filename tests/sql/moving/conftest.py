"""What tests of moving share: right books of a site, and empty databases to move them to."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from prepaid.clock import ManualClock
from sql.connection import Database
from tests.building import MORNING

LATER = MORNING + timedelta(hours=40)

Another = Callable[[str], Database]


@pytest.fixture
def another(migrated_file: Path, tmp_path: Path) -> Iterator[Another]:
    """Makes an empty database with that name."""
    made: list[Database] = []

    def make(name: str) -> Database:
        path = tmp_path / f"{name}.db"
        shutil.copyfile(migrated_file, path)
        made.append(Database(f"sqlite:///{path.as_posix()}", ManualClock(wall=LATER)))
        return made[-1]

    yield make
    for database in made:
        database.close()
