"""A table as a workbook: numbers stay numbers, texts stay texts, and what is missing is an empty cell."""

from decimal import Decimal
from io import BytesIO

from openpyxl import load_workbook

from documents.workbook_table import workbook_of_table


def test_values_are_what_they_were() -> None:
    rows = [("Bakery", Decimal("12.5"), 3, None), ("=1+1", Decimal(-7), 0, "x")]

    page = load_workbook(
        BytesIO(workbook_of_table("A title that is longer than a sheet has", list("abcd"), rows))
    ).active

    assert page is not None
    assert [[cell.value for cell in row] for row in page["A1:D3"]] == [
        ["a", "b", "c", "d"],
        ["Bakery", 12.5, 3, None],
        ["=1+1", -7, 0, "x"],
    ]
    assert page["A3"].data_type == "s"
    assert page.title == "A title that is longer than a s"
