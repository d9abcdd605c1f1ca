"""Site files as people write them, and what they leave in the database."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from prepaid.site import Analyzer
from sql.connection import Database
from sql.tables import (
    metadata,
)
from tests.sql.site.test_site_file import EXAMPLE

TEXT = EXAMPLE.read_text(encoding="utf-8")


def rows(database: Database, question: sa.Select[Any]) -> Sequence[Any]:
    with database.reading() as conn:
        return conn.execute(question).all()


def counts(database: Database) -> dict[str, int]:
    with database.reading() as conn:
        return {
            table.name: conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        }


def change(path: Path, *pairs: tuple[str, str], more: str = "") -> None:
    text = TEXT
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    path.write_text(text + more, encoding="utf-8")


def _begins_with(analyzer: Analyzer) -> int:
    """The account whose assignment waits for the first reading; until then the house has the analyzer."""
    assert analyzer.pending is not None, "nothing was read yet"
    return analyzer.pending.account_id
