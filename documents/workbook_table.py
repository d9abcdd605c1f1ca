"""A table as a workbook of one sheet: numbers stay numbers, and no text becomes a formula."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

Shown = str | int | float | Decimal | None
WIDTH, MOST_ROWS = 18, 100_000


def workbook_of_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Shown]]) -> bytes:
    """The file. `title` names the sheet; of very many rows the first 100,000."""
    book = Workbook()
    page = book.active
    assert isinstance(page, Worksheet), "a new workbook has one sheet"
    page.title, page.freeze_panes = title[:31], "A2"
    for line, values in enumerate([columns, *rows][: MOST_ROWS + 1], start=1):
        for number, value in enumerate(values, start=1):
            cell = page.cell(line, number)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
            if line == 1:
                cell.font = Font(bold=True)
                page.column_dimensions[get_column_letter(number)].width = WIDTH
    file = BytesIO()
    book.save(file)
    return file.getvalue()
