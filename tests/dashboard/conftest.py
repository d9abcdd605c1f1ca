"""What the tests of pages share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sql.connection import Database
from tests.dashboard.pages import Pages, pages_of


@pytest.fixture
def pages(database: Database, tmp_path: Path) -> Iterator[Pages]:
    """The pages of the product over the test's own database."""
    with pages_of(database, tmp_path) as found:
        yield found
