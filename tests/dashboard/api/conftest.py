"""What the tests of the REST API share."""

from collections.abc import Iterator

import pytest

from prepaid.clock import ManualClock
from sql.connection import Database
from tests.dashboard.api.calls import Calls


@pytest.fixture
def calls(database_url: str) -> Iterator[Calls]:
    """The API over two small sites in a database of this test alone, with a clock that the test moves."""
    database = Database(database_url, ManualClock())
    made = Calls(database)
    with made.client:  # one event loop for all calls
        yield made
    database.close()
