"""A site that takes workbooks."""

import pytest

from sql.connection import Database
from tests.sql.imports.workbooks import Site


@pytest.fixture
def site(database: Database) -> Site:
    return Site(database)
