"""What the tests of backups share: a database in a file, since nothing else is backed up by copying."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sql.connection import Database


@pytest.fixture
def database(migrated_file: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty database in a file of its own, whatever TEST_DATABASE_URL names."""
    copy = tmp_path / "prepaid.db"
    shutil.copyfile(migrated_file, copy)
    opened = Database(f"sqlite:///{copy.as_posix()}")
    yield opened
    opened.close()
