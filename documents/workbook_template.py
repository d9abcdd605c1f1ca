"""The empty workbook that people fill in: the three sheets with their titles, and a sheet that explains the columns."""

from collections.abc import Sequence
from io import BytesIO

from openpyxl import Workbook as NewWorkbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from prepaid.language import _
from prepaid.records import Purpose, Wiring
from prepaid.workbook import COLUMNS, MOST_ROWS, Column, Kind, Sheet, Value

HELP = "Help"
BOLD, SHADED = Font(bold=True), PatternFill("solid", fgColor="DDE7F5")
TEXT_FORMAT, DAY_FORMAT = "@", "yyyy-mm-dd"
LEAST_WIDTH, HELP_WIDTHS = 14, (18, 26, 60, 24, 10)
FORMATTED_ROWS = 500
"""So many rows keep a leading zero and do not turn a unit into a date."""
PLAN, CURRENCY = "plan", "currency"


def template_of(plans: Sequence[tuple[str, str]]) -> bytes:
    """The file, with one row as an example in each sheet. `plans` are those of the site, each with its currency."""
    book = NewWorkbook()
    first = book.active
    assert isinstance(first, Worksheet), "a new workbook has one sheet"
    plan, currency = plans[0] if plans else ("", "")
    for number, sheet in enumerate(Sheet):
        page = first if number == 0 else book.create_sheet()
        page.title = sheet.value
        _fill(page, COLUMNS[sheet], plan, currency)
    _explain(book.create_sheet(HELP), plans)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _fill(page: Worksheet, columns: Sequence[Column], plan: str, currency: str) -> None:
    page.freeze_panes = "A2"
    for number, column in enumerate(columns, start=1):
        title = page.cell(1, number, column.title)
        title.font, title.fill = BOLD, SHADED
        page.column_dimensions[get_column_letter(number)].width = max(LEAST_WIDTH, len(column.title) + 4)
        looks = {Kind.TEXT: TEXT_FORMAT, Kind.WORD: TEXT_FORMAT, Kind.DAY: DAY_FORMAT}.get(column.kind)
        if looks is not None:
            for line in range(2, FORMATTED_ROWS + 2):
                page.cell(line, number).number_format = looks
        example = {PLAN: plan, CURRENCY: currency}.get(column.key, column.example)
        if example is not None:
            _write(page, 2, number, str(example) if column.kind is Kind.TEXT else example)


def _explain(page: Worksheet, plans: Sequence[tuple[str, str]]) -> None:
    """What belongs into each column, and the words that are known."""
    lines: list[tuple[str, ...]] = [
        (_("The example in row 2 of each sheet is read like any other row: write over it, or delete it."),),
        (_("At most {most} rows in a sheet. The titles in row 1 stay as they are.").format(most=MOST_ROWS),),
        (),
        (_("Sheet"), _("Column"), _("What belongs there"), _("Example"), _("Needed")),
    ]
    for sheet in Sheet:
        for column in COLUMNS[sheet]:
            example = "" if column.example is None else str(column.example)
            lines.append((sheet, column.title, _(column.about), example, _("yes") if column.needed else ""))
    lines += [(), (_("Plans of this site"), _("Currency"))]
    lines += plans or [(_("None yet"), "")]
    lines += [(), (_("Purposes"),), *((purpose.value,) for purpose in Purpose)]
    lines += [(), (_("Wirings"),), *((wiring.value,) for wiring in Wiring)]
    for line, texts in enumerate(lines, start=1):
        for number, text in enumerate(texts, start=1):
            _write(page, line, number, str(text))
            page.cell(line, number).number_format = TEXT_FORMAT
    for number, width in enumerate(HELP_WIDTHS, start=1):
        page.column_dimensions[get_column_letter(number)].width = width


def _write(page: Worksheet, line: int, number: int, value: Value) -> None:
    """A text stays one: a plan whose name begins with = is no formula."""
    cell = page.cell(line, number)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
