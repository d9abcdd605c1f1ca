"""A small loaded demo site with a cut tenant in it, made once and only ever copied."""

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


@pytest.fixture(scope="session")
def mall() -> DemoSite:
    """14 analyzers: 8 tenants, the last of them in the dark."""
    return demo_site(14, seed=3)


@pytest.fixture(scope="session")
def demo_file(migrated_file: Path, mall: DemoSite, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    shutil.copyfile(migrated_file, path)
    database = Database(f"sqlite:///{path.as_posix()}", ManualClock(NOW))
    with database.writing() as conn:
        load(conn, mall, 8, NOW)
    database.close()
    return path


@pytest.fixture
def clock() -> ManualClock:
    """Stands at the instant of the load."""
    return ManualClock(NOW)


@pytest.fixture
def demo(demo_file: Path, clock: ManualClock, tmp_path: Path) -> Iterator[Database]:
    """The loaded site, of this test alone."""
    copy = tmp_path / "demo.db"
    shutil.copyfile(demo_file, copy)
    database = Database(f"sqlite:///{copy.as_posix()}", clock, lock_wait_s=0.1)
    yield database
    database.close()
