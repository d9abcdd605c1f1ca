"""What docs/dba.md tells the DBA is so: files, roles, procedures, privileges, and how large rows are."""

import re
from pathlib import Path

import pytest

from sql.grants import NEVER_CHANGED, PROCEDURES, Role
from sql.programmable import FOLDER
from sql.tables import charges, entries, hours, readings
from tests.sql.sizing import bytes_of

PAGE = (Path(__file__).parent.parent.parent / "docs" / "dba.md").read_text(encoding="utf-8")
READING = bytes_of(readings, {"verdict": len("advance")})
CHARGE = bytes_of(entries, {"kind": 6, "cause": 11, "actor": 8}) + bytes_of(charges, {"source": 4, "cause": 4})
HOUR = bytes_of(hours, {}) + 2 * CHARGE
MINUTES_A_DAY, HOURS_A_YEAR = 24 * 60, 24 * 365


def row_of(first: str) -> list[str]:
    """The cells of the row of the sizing table that begins so."""
    [line] = [line for line in PAGE.splitlines() if line.startswith(f"| {first} |")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def gigabytes(cell: str) -> float:
    value, unit = re.findall(r"([\d.]+) (MB|GB)", cell)[0]
    return float(value) / (1000 if unit == "MB" else 1)


def test_every_file_is_named_in_its_order() -> None:
    files = [path.name for path in sorted(FOLDER.glob("*.sql"))]
    table = PAGE.partition("| file |")[2].partition("\n\n")[0]

    named = re.findall(r"`(\d{3}_\w+\.sql)`", table)

    assert named == sorted(named)
    assert set(named) <= set(files)
    assert {name for name in files if name not in named} == {"020_tables.sql", "030_indexes.sql", "database_init.sql"}


def test_every_role_procedure_and_denial_is_told() -> None:
    for name in [*Role, *PROCEDURES, *NEVER_CHANGED]:
        assert f"`{name}`" in PAGE


def test_the_call_of_the_page_is_that_of_the_script() -> None:
    script = (FOLDER / "database_init.sql").read_text(encoding="utf-8")

    assert re.findall(r"(\w+=\")", PAGE.partition("```")[2].partition("```")[0]) == re.findall(
        r"(\w+=\")", script.partition("-- (in one line")[0]
    )


def test_rows_are_as_large_as_the_page_says() -> None:
    assert float(row_of("one reading")[1]) == pytest.approx(READING, abs=1)
    assert float(row_of("an hour of an analyzer with its two charges")[1]) == pytest.approx(HOUR, abs=1)


@pytest.mark.parametrize(
    ("first", "bytes_of_one"),
    [
        ("one reading", READING * MINUTES_A_DAY),
        ("kept 14 days", READING * MINUTES_A_DAY * 14),
        ("kept 90 days", READING * MINUTES_A_DAY * 90),
        ("an hour of an analyzer with its two charges", HOUR * HOURS_A_YEAR),
    ],
)
def test_sites_are_as_large_as_the_page_says(first: str, bytes_of_one: float) -> None:
    for analyzers, cell in zip((100, 800, 8000), row_of(first)[2:], strict=True):
        assert gigabytes(cell) == pytest.approx(analyzers * bytes_of_one / 1e9, rel=0.05)
