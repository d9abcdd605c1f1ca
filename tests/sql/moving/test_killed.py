"""A process that is killed in the middle of an import leaves a database in which nothing has happened."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sql import check
from sql.connection import Database
from sql.tables import events
from tests.sql.moving.conftest import Another
from tests.sql.moving.content import brought, content, rows, written
from tests.sql.right_books import Books

ROOT = Path(__file__).parent.parent.parent.parent
WAIT_S = 60


@pytest.mark.parametrize("table", ["app.Sites", "app.Entries", "app.SupplyStates"])
def test_nothing_is_there_after_a_kill_and_all_of_it_after_the_next_try(
    books: Books, another: Another, tmp_path: Path, table: str
) -> None:
    target, path = another("target"), tmp_path / "all.zip"
    written(books.database, path)
    target.close()

    _kill_behind(table, target, path)

    assert not any(content(target).values())
    assert rows(target, events) == []
    brought(target, path)
    assert content(target) == content(books.database)
    assert check.check(target, everything=True) == []


def _kill_behind(table: str, target: Database, path: Path) -> None:
    """Runs an import that stops behind a table, inside its transaction, and kills it there."""
    held = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from sql.connection import Database\n"
        "from sql.moving.arrive import bring_in\n"
        "def told(table, rows):\n"
        f"    if table == {table!r}:\n"
        "        print('here', flush=True)\n"
        f"        time.sleep({WAIT_S})\n"
        f"bring_in(Database({target.where!r}), Path({str(path)!r}), told)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", held], cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ}
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
    finally:
        process.kill()
        process.communicate(timeout=WAIT_S)
