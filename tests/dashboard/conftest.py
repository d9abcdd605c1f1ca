"""What the tests of pages share."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sql.connection import Database
from tests.dashboard.pages import Pages, pages_of


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """A page under test becomes the `__main__` of this process; processes that later tests start would run it first."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture
def pages(database: Database, tmp_path: Path) -> Iterator[Pages]:
    """The pages of the product over the test's own database."""
    with pages_of(database, tmp_path) as found:
        yield found
