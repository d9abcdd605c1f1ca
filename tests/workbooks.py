"""Workbooks as people fill them in, for any test.

content = workbook_of({Sheet.TENANTS: [{"Name": "Bakery", "Plan": "Shops"}]})
"""

from collections.abc import Mapping, Sequence
from io import BytesIO

from openpyxl import Workbook

from prepaid.workbook import COLUMNS, Sheet

Cells = Mapping[str, object]
BAKERY: Cells = {"Name": "Bakery", "Plan": "Shops"}
OVEN: Cells = {"Name": "Oven", "Tenant": "Bakery", "Host": "10.0.0.1", "Rated power W": 69_000, "CT primary A": 100}
BALANCE: Cells = {"Tenant": "Bakery", "Amount": 1250.5, "Currency": "IQD"}


def workbook_of(rows: Mapping[Sheet, Sequence[Cells]], titles: Mapping[Sheet, Sequence[str]] | None = None) -> bytes:
    """The file with these rows, by the titles of their columns; `titles` are others than those of the template."""
    book = Workbook()
    for sheet in Sheet:
        page = book.create_sheet(sheet.value)
        wanted = (titles or {}).get(sheet, [column.title for column in COLUMNS[sheet]])
        page.append(list(wanted))
        for row in rows.get(sheet, ()):
            page.append([row.get(title) for title in wanted])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def small_workbook(tenant: Cells = BAKERY, analyzer: Cells = OVEN, balance: Cells = BALANCE) -> bytes:
    """One row on each sheet."""
    return workbook_of({Sheet.TENANTS: [tenant], Sheet.ANALYZERS: [analyzer], Sheet.OPENINGS: [balance]})
