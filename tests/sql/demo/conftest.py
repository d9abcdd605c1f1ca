"""A small demo site with a few days of history, loaded once and only ever copied."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from prepaid.clock import ManualClock
from sql.connection import Database
from sql.demo.load import load
from sql.demo.site import DemoSite, demo_site

NOW = datetime(2026, 11, 23, 14, 20, 7, tzinfo=UTC)
DAYS = 12


@pytest.fixture(scope="session")
def mall() -> DemoSite:
    """24 analyzers: 15 tenants of every standing, incomers and a check meter."""
    return demo_site(24, seed=5)


@pytest.fixture(scope="session")
def demo_file(migrated_file: Path, mall: DemoSite, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    shutil.copyfile(migrated_file, path)
    database = Database(f"sqlite:///{path.as_posix()}", ManualClock(NOW))
    with database.writing() as conn:
        load(conn, mall, DAYS, NOW)
    database.close()
    return path


@pytest.fixture
def demo(demo_file: Path, tmp_path: Path) -> Iterator[Database]:
    """The loaded site, of this test alone, at the instant of the load."""
    copy = tmp_path / "demo.db"
    shutil.copyfile(demo_file, copy)
    database = Database(f"sqlite:///{copy.as_posix()}", ManualClock(NOW))
    yield database
    database.close()
