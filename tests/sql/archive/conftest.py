"""A past to archive."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from prepaid.clock import ManualClock
from sql.connection import Database
from tests.building import MORNING, Building
from tests.sql.archive.past import Past


@pytest.fixture
def past(migrated_file: Path, tmp_path: Path) -> Iterator[Past]:
    copy, clock = tmp_path / "site.db", ManualClock(MORNING)
    shutil.copyfile(migrated_file, copy)
    database = Database(f"sqlite:///{copy.as_posix()}", clock)
    building = Building(database)
    yield Past(
        database, clock, building, [building.analyzer(f"Meter {each}") for each in range(4)], tmp_path / "archive"
    )
    database.close()
