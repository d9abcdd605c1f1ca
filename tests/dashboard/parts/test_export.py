"""Files of lists: whole however many pages they have, and one that has an end before the list says so."""

import pytest

from dashboard.parts.export import csv_of_rows


def lines_of(rows: int, most: int) -> list[str]:
    asked = ({"number": number, "name": "=Oven"} for number in range(rows))
    return csv_of_rows(asked, most).decode("utf-8-sig").splitlines()


@pytest.mark.parametrize("rows", [1, 499, 500, 501, 1_200])
def test_a_file_has_every_row_once_under_one_heading(rows: int) -> None:
    lines = lines_of(rows, most=1_200)

    assert lines == ["number,name", *(f"{number},'=Oven" for number in range(rows))]


def test_a_file_that_ends_before_its_list_says_so_in_its_last_line() -> None:
    lines = lines_of(1_201, most=1_200)

    assert lines[-2:] == [
        "1199,'=Oven",
        "Not complete: this file ends after 1200 rows. Choose a shorter time for the rest.",
    ]
    assert len(lines) == 1_202


def test_a_list_without_rows_is_an_empty_file() -> None:
    assert lines_of(0, most=10) == [""]
