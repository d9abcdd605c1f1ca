"""The template: it can be read as it is given out, and its help names everything that belongs into it."""

from io import BytesIO

from openpyxl import load_workbook

from documents.workbook_reader import read_workbook
from documents.workbook_template import HELP, template_of
from prepaid.records import Purpose, Wiring
from prepaid.workbook import COLUMNS, Sheet

PLANS = [("Shops", "IQD"), ('=HYPERLINK("x")', "kWh")]


def test_the_examples_of_the_template_are_right() -> None:
    book = read_workbook(template_of(PLANS))

    assert book.findings == ()
    assert [len(book.rows[sheet]) for sheet in Sheet] == [1, 1, 1]
    assert book.rows[Sheet.TENANTS][0].values["plan"] == "Shops"
    assert book.rows[Sheet.OPENINGS][0].values["currency"] == "IQD"


def test_a_template_without_plans_leaves_the_plan_open() -> None:
    book = read_workbook(template_of([]))

    assert "plan" not in book.rows[Sheet.TENANTS][0].values


def test_the_help_names_every_column_plan_and_word() -> None:
    page = load_workbook(BytesIO(template_of(PLANS)))[HELP]

    told = {cell.value for row in page.iter_rows() for cell in row}
    titles = {column.title for columns in COLUMNS.values() for column in columns}
    assert titles | {str(each) for each in (*Purpose, *Wiring, *Sheet)} | {name for name, _currency in PLANS} <= told


def test_no_text_of_the_site_becomes_a_formula() -> None:
    book = load_workbook(BytesIO(template_of([PLANS[1]])))

    kinds = {cell.data_type for page in book for row in page.iter_rows() for cell in row}
    assert "f" not in kinds


def test_columns_of_texts_keep_zeros_and_units() -> None:
    page = load_workbook(BytesIO(template_of(PLANS)))[Sheet.TENANTS.value]

    assert {page.cell(line, 2).number_format for line in (2, 3, 400)} == {"@"}
