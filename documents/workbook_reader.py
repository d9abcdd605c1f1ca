"""Reading an uploaded workbook: bytes in, rows out. Whatever the bytes are, a person reads a sentence.

Values are taken as they stand; no formula is computed. All that cannot be read is found at once, with its place.
"""

import hashlib
import re
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from io import BytesIO
from typing import NamedTuple, Protocol
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, LargeZipFile, ZipFile

from openpyxl import load_workbook

from prepaid.errors.tenants import WorkbookUnreadable
from prepaid.language import _
from prepaid.workbook import COLUMNS, MOST_ROWS, Column, Kind, Row, Sheet, Value, Workbook, place

MOST_BYTES = 4 * 1024 * 1024
MOST_UNPACKED_BYTES = 16 * 1024 * 1024
MOST_PARTS = 500
MOST_COLUMNS = 40
MOST_LINES = 1_048_576
"""Of a sheet, in the format itself."""
MOST_DIGITS = 15
"""More a spreadsheet does not keep."""
LONGEST_SHOWN = 60
ZIP, OLD_FORMAT = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
NUMBER = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?", re.ASCII)
FLAGS = {"yes": True, "true": True, "no": False, "false": False}
BROKEN = (
    *(ArithmeticError, AssertionError, AttributeError, BadZipFile, EOFError, LargeZipFile, LookupError, OSError),
    *(ParseError, RuntimeError, TypeError, ValueError, struct.error, zlib.error),
)
"""What the packages that take a file apart raise over one that is not what it says."""


class Stored(Protocol):
    """A cell as the package gives it."""

    @property
    def value(self) -> object: ...

    data_type: str


class Page(Protocol):
    """A sheet as the package gives it."""

    def iter_rows(self, *, max_row: int, max_col: int) -> Iterator[tuple[Stored, ...]]: ...


class Cell(NamedTuple):
    """A cell as it is stored: the value that was last shown, and whether a formula stands behind it."""

    value: object
    is_formula: bool
    is_error: bool

    @property
    def is_empty(self) -> bool:
        blank = self.value is None or (isinstance(self.value, str) and not self.value.strip())
        return blank and not self.is_formula


class Unfit(NamedTuple):
    """A value that does not fit its column; `why` ends with what to do."""

    why: str


class Line(NamedTuple):
    """A line that is not empty, with its number."""

    number: int
    cells: tuple[Cell, ...]


def read_workbook(content: bytes) -> Workbook:
    """The rows of the three sheets. Raises WorkbookUnreadable where there are none to be read."""
    _check_bounds(content)
    findings: list[str] = []
    rows: dict[Sheet, tuple[Row, ...]] = {}
    sheets = _stored(content)
    for sheet in Sheet:
        if sheet not in sheets:
            raise WorkbookUnreadable(why=_('it has no sheet "{sheet}"').format(sheet=sheet))
        rows[sheet] = tuple(_rows(sheet, sheets[sheet], findings))
    return Workbook(sha256=hashlib.sha256(content).hexdigest(), rows=rows, findings=tuple(findings))


def _check_bounds(content: bytes) -> None:
    """What it is, by its first bytes, and how large it would become."""
    if len(content) > MOST_BYTES:
        raise WorkbookUnreadable(why=_("it is larger than 4 MB"))
    if content.startswith(OLD_FORMAT):
        raise WorkbookUnreadable(why=_("it is an old .xls file, or protected by a password"))
    if not content.startswith(ZIP):
        raise WorkbookUnreadable(why=_("it is no XLSX file, whatever its name says"))
    try:
        with ZipFile(BytesIO(content)) as packed:
            parts = packed.infolist()
    except BROKEN as error:
        raise WorkbookUnreadable(why=_("it is damaged")) from error
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
        raise WorkbookUnreadable(why=_("it becomes too large when it is unpacked"))


def _stored(content: bytes) -> Mapping[str, Sequence[Line]]:
    """The lines of the sheets by name: read twice, since a file keeps a formula and its value in two layers."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are about looks
            values = load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
            formulas = load_workbook(BytesIO(content), read_only=True, data_only=False, keep_links=False)
            return {
                name: tuple(_lines(values[name], formulas[name])) for name in values.sheetnames if name in tuple(Sheet)
            }
    except BROKEN as error:
        raise WorkbookUnreadable(why=_("it is damaged, or no workbook")) from error


def _lines(values: Page, formulas: Page) -> Iterator[Line]:
    """The lines that are not empty: the titles, the rows, and one more than is allowed, so that it is noticed."""
    found = 0
    blank: tuple[Stored, ...] = ()
    shown = values.iter_rows(max_row=MOST_LINES, max_col=MOST_COLUMNS)
    behind = formulas.iter_rows(max_row=MOST_LINES, max_col=MOST_COLUMNS)
    for number, (row, formulas_of_row) in enumerate(zip(shown, behind, strict=True), start=1):
        if formulas_of_row is blank:
            continue  # of a million lines that nobody wrote each is this very one
        cells = tuple(
            Cell(cell.value, formula.data_type == "f", cell.data_type == "e")
            for cell, formula in zip(row, formulas_of_row, strict=True)
        )
        if all(cell.is_empty for cell in cells):
            blank = formulas_of_row
        else:
            found += 1
            yield Line(number, cells)
        if found > MOST_ROWS + 1:
            return


def _rows(sheet: Sheet, lines: Sequence[Line], findings: list[str]) -> Iterator[Row]:
    """The rows below the titles; what cannot be read is left out of its row, and found. Without a needed column no row
    is read: one sentence says enough."""
    if not lines:
        findings.append(_("{sheet}: it has no titles. Copy them from the template.").format(sheet=sheet))
        return
    columns = _columns(sheet, lines[0], findings)
    if any(column.needed and column not in columns.values() for column in COLUMNS[sheet]):
        return
    if len(lines) > MOST_ROWS + 1:
        said = _("{sheet}: there are more than {most} rows. Split them into two files.")
        findings.append(said.format(sheet=sheet, most=MOST_ROWS))
        return
    for line in lines[1:]:
        values: dict[str, Value] = {}
        unread = set()
        for number, column in columns.items():
            cell = line.cells[number]
            if cell.is_empty:
                continue
            found = _value(column, cell)
            if isinstance(found, Unfit):
                findings.append(f"{place(sheet, line.number, column.title)}: {found.why}")
                unread.add(column.key)
            else:
                values[column.key] = found
        yield Row(line=line.number, values=values, unread=frozenset(unread))


def _columns(sheet: Sheet, titles: Line, findings: list[str]) -> Mapping[int, Column]:
    """Which column stands where; capitals and blanks make no difference."""
    known = {_folded(column.title): column for column in COLUMNS[sheet]}
    found: dict[int, Column] = {}
    for number, cell in enumerate(titles.cells):
        if cell.is_empty:
            continue
        title = _folded(str(cell.value))
        column = known.get(title)
        where = place(sheet, titles.number, _short(cell.value))
        if column is None:
            near = get_close_matches(title, known, 1)
            advice = _("Did you mean {near}?").format(near=known[near[0]].title) if near else _("Delete the column.")
            findings.append(f"{where}: {_('this title is not known. {advice}').format(advice=advice)}")
        elif column in found.values():
            findings.append(f"{where}: {_('this title is there twice. Delete one of the columns.')}")
        else:
            found[number] = column
    for column in COLUMNS[sheet]:
        if column.needed and column not in found.values():
            said = _("this column is missing. Copy its title from the template.")
            findings.append(f"{place(sheet, titles.number, column.title)}: {said}")
    return found


def _value(column: Column, cell: Cell) -> Value | Unfit:
    if cell.is_error:
        return Unfit(_("it shows an error. Write the value itself."))
    if cell.value is None:
        return Unfit(_("its formula has no value yet. Save the file in a spreadsheet, or write the value itself."))
    return READERS[column.kind](cell.value)


def _text(value: object) -> Value | Unfit:
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, bool):
        return Unfit(_("it is a yes or no, not a text. Format the cell as text and write it again."))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 10**MOST_DIGITS else repr(value)
    return Unfit(_("it has become a date or a time. Format the cell as text and write it again."))


def _word(value: object) -> Value | Unfit:
    found = _text(value)
    return "_".join(found.casefold().split()) if isinstance(found, str) else found


def _number(value: object) -> Value | Unfit:
    """A number as it is stored, or typed as a text that can be read in one way only."""
    if isinstance(value, str):
        written = value.strip()
        if not NUMBER.fullmatch(written):
            said = _('"{value}" can be read in several ways, or is no number. Write only digits and a point: 1250.50')
            return Unfit(said.format(value=_short(value)))
        return Decimal(written) if "." in written else int(written)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Unfit(_("it is no number. Format the cell as a number and write it again."))
    if not abs(value) < 10**MOST_DIGITS:
        return Unfit(_("it has more digits than a spreadsheet keeps. Write a smaller number."))
    exact = Decimal(repr(value))
    return int(exact) if exact == exact.to_integral_value() else exact


def _flag(value: object) -> Value | Unfit:
    if isinstance(value, bool):
        return value
    found = FLAGS.get(str(value).strip().casefold())
    if found is None:
        return Unfit(_('"{value}" is neither yes nor no. Write one of them.').format(value=_short(value)))
    return found


def _day(value: object) -> Value | Unfit:
    """A date as a spreadsheet keeps it, or written as a text in the one order that nobody misreads."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        said = _('"{value}" is no date that can be read in one way only. Write it like 2027-01-31.')
        return Unfit(said.format(value=_short(value)))


READERS: Mapping[Kind, Callable[[object], Value | Unfit]] = {
    Kind.TEXT: _text,
    Kind.WORD: _word,
    Kind.NUMBER: _number,
    Kind.FLAG: _flag,
    Kind.DAY: _day,
}


def _folded(title: str) -> str:
    return " ".join(title.casefold().replace("_", " ").split())


def _short(value: object) -> str:
    """What stands in a cell, on one line and not without end."""
    line = " ".join(str(value).split())
    return line if len(line) <= LONGEST_SHOWN else f"{line[:LONGEST_SHOWN]}…"
