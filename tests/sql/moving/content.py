"""All that a database holds and that travels, to be compared; and exports made without words."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sql.connection import Database
from sql.moving.arrive import bring_in
from sql.moving.export import export
from sql.moving.manifest import Manifest
from sql.moving.travelling import rows_of, travelling
from sql.tables import event_heads, events, proofs, proven_entries, proven_events, sites

Rows = list[dict[str, Any]]
MOVED = frozenset((events, event_heads, proofs, proven_entries, proven_events, sites))
"""Moving itself adds to them, or changes them."""


def content(database: Database, site_id: int | None = None) -> dict[str, Rows]:
    """The rows by table, without the marks that moving leaves."""
    tables = travelling(of_site=site_id is not None, with_readings=True)
    with database.reading() as conn:
        return {
            table.fullname: [dict(row) for row in conn.execute(rows_of(table, site_id)).mappings()]
            for table in tables
            if table not in MOVED
        }


def rows(database: Database, table: sa.Table) -> Rows:
    """All rows of one table in the order of its key."""
    with database.reading() as conn:
        return [dict(row) for row in conn.execute(rows_of(table, None)).mappings()]


def written(
    database: Database, path: Path, site: str | None = None, *, readings: bool = True, close: bool = False
) -> Manifest:
    """The export of a site, or of everything."""
    return export(database, path, site, with_readings=readings, closing=close, told=hears_nothing)


def brought(database: Database, path: Path) -> Manifest:
    """Imports it."""
    return bring_in(database, path, hears_nothing)


def hears_nothing(_table: str, _rows: int) -> None:
    """Of what is under way."""
