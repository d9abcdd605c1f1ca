"""An uploaded workbook: whatever the bytes are, a person reads rows or a sentence, never a traceback."""

import random
import zlib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from documents.workbook_reader import MOST_BYTES, MOST_UNPACKED_BYTES, read_workbook
from prepaid.errors.tenants import WorkbookUnreadable
from prepaid.workbook import COLUMNS, MOST_ROWS, Sheet
from tests.workbooks import BAKERY, BALANCE, OVEN, Cells, small_workbook, workbook_of

SMALL = small_workbook()
SHEET_PART = "xl/worksheets/sheet2.xml"
BOMB = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaaaaaaaaaaaa">{}]><worksheet>&z;</worksheet>""".format(
    "".join(f'<!ENTITY {name} "{f"&{before};" * 20}">' for before, name in zip("abcdefgh", "bcdefghz", strict=True))
)


def repacked(part: str, text: str) -> bytes:
    """The small workbook with another content of one part."""
    file = BytesIO()
    with ZipFile(BytesIO(SMALL)) as old, ZipFile(file, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, text if name == part else old.read(name))
    return file.getvalue()


def part_of_small(part: str) -> str:
    with ZipFile(BytesIO(SMALL)) as packed:
        return packed.read(part).decode()


def padded_zip(size: int) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * size)
    return file.getvalue()


def amount_of(written: object) -> object:
    """What is read where somebody wrote this as an amount: a value, or the finding."""
    book = read_workbook(small_workbook(balance={**BALANCE, "Amount": written}))
    return book.findings[0] if book.findings else book.rows[Sheet.OPENINGS][0].values.get("amount")


def test_rows_come_with_their_lines_and_values_by_key() -> None:
    book = read_workbook(SMALL)

    assert book.findings == ()
    assert [(row.line, dict(row.values)) for row in book.rows[Sheet.TENANTS]] == [
        (2, {"name": "Bakery", "plan": "Shops"})
    ]
    assert book.rows[Sheet.ANALYZERS][0].values["rated_power_w"] == 69_000
    assert book.rows[Sheet.OPENINGS][0].values["amount"] == Decimal("1250.5")


def test_empty_lines_and_blanks_are_passed_over_and_lines_keep_their_numbers() -> None:
    rows: list[Cells] = [{}, {**BAKERY, "Name": "  Corner \n Bakery "}, {"Unit": "  "}, BAKERY, {}]

    book = read_workbook(workbook_of({Sheet.TENANTS: rows}))

    assert [(row.line, row.values["name"]) for row in book.rows[Sheet.TENANTS]] == [(3, "Corner Bakery"), (5, "Bakery")]


def test_titles_are_found_in_any_order_and_with_any_capitals() -> None:
    titles = {Sheet.TENANTS: ["PLAN", " name ", "emergency_credit"]}
    row: Cells = {"PLAN": "Shops", " name ": "Bakery", "emergency_credit": 5}

    book = read_workbook(workbook_of({Sheet.TENANTS: [row]}, titles))

    assert book.findings == ()
    assert dict(book.rows[Sheet.TENANTS][0].values) == {"plan": "Shops", "name": "Bakery", "emergency_credit": 5}


def test_every_title_that_is_wrong_is_told_at_once() -> None:
    titles = {Sheet.TENANTS: ["Name", "Unti", "Phone", "phone", "Colour"]}

    book = read_workbook(workbook_of({Sheet.TENANTS: [{"Name": "Bakery"}]}, titles))

    assert book.findings == (
        'Tenants, row 1, column "Unti": this title is not known. Did you mean Unit?',
        'Tenants, row 1, column "phone": this title is there twice. Delete one of the columns.',
        'Tenants, row 1, column "Colour": this title is not known. Delete the column.',
        'Tenants, row 1, column "Plan": this column is missing. Copy its title from the template.',
    )
    assert book.rows[Sheet.TENANTS] == ()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (1250, 1250),
        (1250.5, Decimal("1250.5")),
        (-0.1, Decimal("-0.1")),
        ("1250.50", Decimal("1250.50")),
        (" -7 ", -7),
        (3.0, 3),
    ],
)
def test_a_number_is_read_exactly_as_it_stands(written: object, read: object) -> None:
    assert amount_of(written) == read


@pytest.mark.parametrize("written", ["1,250.50", "1.250,50", "1 250", "1e3", "١٢٥٠", "NaN", "12,5", "IQD 5", "1_000"])
def test_a_number_that_can_be_read_in_several_ways_is_refused(written: str) -> None:
    told = amount_of(written)

    assert told == (
        f'Opening balances, row 2, column "Amount": "{written}" can be read in several ways, or is no number. '
        "Write only digits and a point: 1250.50"
    )


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (True, "it is no number. Format the cell as a number and write it again."),
        (date(2026, 1, 5), "it is no number. Format the cell as a number and write it again."),
        (1e15, "it has more digits than a spreadsheet keeps. Write a smaller number."),
        (1e300, "it has more digits than a spreadsheet keeps. Write a smaller number."),
        ("=A1+1", "its formula has no value yet. Save the file in a spreadsheet, or write the value itself."),
        ("#REF!", "it shows an error. Write the value itself."),
    ],
)
def test_what_is_no_number_is_told_with_what_to_do(written: object, told: str) -> None:
    assert amount_of(written) == f'Opening balances, row 2, column "Amount": {told}'


def test_the_value_that_a_formula_had_last_is_taken() -> None:
    number = COLUMNS[Sheet.OPENINGS].index(next(each for each in COLUMNS[Sheet.OPENINGS] if each.key == "amount"))
    part = "xl/worksheets/sheet4.xml"
    assert number == 1
    text = part_of_small(part).replace("<v>1250.5</v>", "<f>A9*2</f><v>77.25</v>")

    book = read_workbook(repacked(part, text))

    assert book.rows[Sheet.OPENINGS][0].values["amount"] == Decimal("77.25")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (7, "7"),
        (12.0, "12"),
        ("007", "007"),
        (1.5, "1.5"),
        (date(2026, 1, 2), None),
        (True, None),
    ],
)
def test_a_text_stays_as_it_was_written_and_what_became_a_date_is_told(written: object, read: str | None) -> None:
    book = read_workbook(small_workbook(tenant={**BAKERY, "Unit": written}))

    assert book.rows[Sheet.TENANTS][0].values.get("unit") == read
    assert bool(book.findings) == (read is None)
    assert ("unit" in book.rows[Sheet.TENANTS][0].unread) == (read is None)


@pytest.mark.parametrize(
    ("written", "read"),
    [("Yes", True), ("no", False), (True, True), ("false", False), ("perhaps", None)],
)
def test_yes_and_no_are_read_as_people_write_them(written: object, read: bool | None) -> None:
    book = read_workbook(small_workbook(analyzer={**OVEN, "Taps below contactor": written}))

    assert book.rows[Sheet.ANALYZERS][0].values.get("taps_below_contactor") is read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (date(2026, 1, 31), date(2026, 1, 31)),
        ("2026-01-31", date(2026, 1, 31)),
        ("31/01/2026", None),
        ("01/02/2026", None),
        (46053, None),
    ],
)
def test_a_date_is_read_where_nobody_can_misread_it(written: object, read: date | None) -> None:
    book = read_workbook(small_workbook(balance={**BALANCE, "Date": written}))

    assert book.rows[Sheet.OPENINGS][0].values.get("day") == read
    assert bool(book.findings) == (read is None)


def test_words_are_read_whatever_their_capitals() -> None:
    book = read_workbook(small_workbook(analyzer={**OVEN, "Wiring": "Held on supply"}))

    assert book.rows[Sheet.ANALYZERS][0].values["wiring"] == "held_on_supply"


def test_a_row_with_an_endless_number_ends() -> None:
    text = part_of_small(SHEET_PART).replace('<row r="2"', '<row r="999999999"')

    book = read_workbook(repacked(SHEET_PART, text))

    assert book.rows[Sheet.TENANTS] == ()


def test_more_rows_than_are_allowed_are_refused() -> None:
    rows: list[Cells] = [{"Name": f"Shop {number}", "Plan": "Shops"} for number in range(MOST_ROWS + 1)]

    book = read_workbook(workbook_of({Sheet.TENANTS: rows}))

    assert book.findings == (f"Tenants: there are more than {MOST_ROWS} rows. Split them into two files.",)
    assert book.rows[Sheet.TENANTS] == ()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no XLSX file"),
        (b"Name,Plan\nBakery,Shops\n", "no XLSX file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "old .xls file, or protected by a password"),
        (b"PK\x03\x04" + bytes(MOST_BYTES), "larger than 4 MB"),
        (b"PK\x03\x04" + bytes(100), "damaged"),
        (SMALL[:-40], "damaged"),
        (padded_zip(1000), "damaged, or no workbook"),
        (padded_zip(MOST_UNPACKED_BYTES + 1), "too large when it is unpacked"),
        (repacked(SHEET_PART, BOMB), "damaged, or no workbook"),
        (repacked(SHEET_PART, "<worksheet"), "damaged, or no workbook"),
        (repacked("xl/workbook.xml", part_of_small("xl/workbook.xml").replace("Analyzers", "Meters")), "no sheet"),
    ],
    ids=["empty", "csv", "xls", "large", "zeros", "cut off", "other zip", "zip bomb", "entities", "broken", "renamed"],
)
def test_what_is_no_workbook_is_said_in_a_sentence(content: bytes, why: str) -> None:
    with pytest.raises(WorkbookUnreadable, match=why) as raised:
        read_workbook(content)

    assert str(raised.value).endswith("the template shows what belongs into it.")


@given(st.binary(max_size=600) | st.binary(max_size=600).map(lambda more: b"PK\x03\x04" + more))
def test_any_bytes_give_a_sentence(content: bytes) -> None:
    with pytest.raises(WorkbookUnreadable):
        read_workbook(content)


@given(st.integers(0, 10**9))
def test_a_workbook_with_damaged_parts_gives_rows_or_a_sentence(seed: int) -> None:
    fate = random.Random(seed)
    part = fate.choice([SHEET_PART, "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"])
    text = part_of_small(part)
    for _time in range(fate.randint(1, 4)):
        at = fate.randrange(len(text))
        text = text[:at] + fate.choice(["", "0", "<", '"', "99999999999", "é"]) + text[at + fate.randint(0, 9) :]

    assert list(told_or_read(repacked(part, text)))


@given(st.integers(0, len(SMALL) - 1), st.integers(0, 255))
def test_a_workbook_with_another_byte_gives_rows_or_a_sentence(place: int, byte: int) -> None:
    content = SMALL[:place] + bytes([byte]) + SMALL[place + 1 :]

    assert list(told_or_read(content))


def told_or_read(content: bytes) -> Iterator[str]:
    try:
        book = read_workbook(content)
    except WorkbookUnreadable as error:
        yield str(error)
    else:
        yield from (str(zlib.crc32(content)), *book.findings)


def test_the_small_workbook_is_one_for_spreadsheets_too() -> None:
    assert load_workbook(BytesIO(SMALL)).sheetnames[1:] == list(Sheet)
