"""A site, and workbooks for it as people fill them in."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from documents.workbook_reader import read_workbook
from prepaid.records import Role
from prepaid.workbook import Workbook
from sql.connection import Database
from sql.imports import Preview, import_workbook, preview_import
from sql.sessions import SignedIn
from sql.tables import (
    metadata,
)
from tests.building import Building
from tests.signed_in import signed_in
from tests.workbooks import Cells

FULL: Cells = {
    "Name": "Corner Bakery",
    "Unit": "G-01",
    "Phone": "07701234567",
    "Language": "ar",
    "Plan": "Shops",
    "Account number": "B-77",
    "Emergency credit": 20,
    "Restore threshold": -0.5,
    "Contact": "Sara",
    "Mail address": "sara@example.com",
}


class Site:
    """A building with an administrator who imports."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.building = Building(database)
        self.admin = signed_in(database, Role.ADMIN)

    def preview(self, book: Workbook, person: SignedIn | None = None) -> Preview:
        viewer = (person or self.admin).viewer
        with self.database.reading() as conn:
            return preview_import(conn, viewer, self.building.site_id, book, self.database.now(conn))

    def write(self, book: Workbook) -> Preview:
        return import_workbook(self.database, self.admin, self.building.site_id, book, self.preview(book))

    def findings(self, content: bytes) -> Sequence[str]:
        return self.preview(read_workbook(content)).findings

    def rows(self, table: sa.Table) -> Sequence[Any]:
        with self.database.reading() as conn:
            return conn.execute(sa.select(table).order_by(*table.primary_key.columns)).all()

    def counts(self) -> Mapping[str, int]:
        return {table.name: len(self.rows(table)) for table in metadata.sorted_tables}
