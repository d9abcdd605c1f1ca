"""Heads kept in a file: whatever is changed before them afterwards is told."""

import json
from pathlib import Path

import pytest

from prepaid.errors.start import HeadsFileUnreadable, HeadsFileUnwritable
from prepaid.version import VERSION
from sql.heads_file import compare, export, read
from sql.tables import account_heads
from tests.building import MORNING, Building
from tests.sql.right_books import Books, opened

BAKERY = 2
HEAD = f"account_id = {BAKERY} AND entry_no = 8"


@pytest.fixture
def kept(books: Books, tmp_path: Path) -> Path:
    """The heads of right books."""
    path = tmp_path / "heads.json"
    export(books.database, path)
    return path


def test_the_file_says_where_every_ledger_and_chain_ends(books: Books, kept: Path) -> None:
    found = read(kept)

    assert found.version == VERSION
    assert (found.taken_at - MORNING).total_seconds() == 30 * 3600
    assert [(head.account, head.entry_no, str(head.balance)) for head in found.heads.accounts] == [
        ("H1", 0, "0E-7"),
        ("A00001", 8, "59.0968500"),
        ("A00002", 9, "23.7550000"),
    ]
    assert [(head.writer, head.event_no) for head in found.heads.writers] == [
        ("check", 1),
        ("enforcer:1", 2),
        ("till-writer", 2),
    ]
    assert books.bakery.number == "A00001"


def test_the_file_is_small_json_with_a_head_on_each_line(kept: Path) -> None:
    text = kept.read_text(encoding="utf-8")

    assert set(json.loads(text)) == {"version", "taken_at", "accounts", "writers"}
    assert len(text.splitlines()) == 3 + (1 + 3 + 1) + (1 + 3 + 1) + 1
    assert '"balance": "0.0000000"' in text


def test_heads_are_still_there_when_the_books_go_on(
    books: Books, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    building = Building(books.database, name="Annex")
    building.recharge(building.tenant("Kiosk"), "3", "k1")
    building.recharge(books.bakery, "3", "k2")

    code = compare(books.database, kept)

    assert code == 0
    assert (
        capsys.readouterr().out.splitlines()[-1].startswith("All 6 heads of 2026-01-06T14:00:00+00:00 are still there.")
    )


CHANGES = [
    ((f"UPDATE Entries SET balance_after = balance_after + 1 WHERE {HEAD}",), "the balance behind entry 8 was"),
    ((f"DELETE FROM Entries WHERE {HEAD}",), "account A00001: entry 8 is not there any more."),
    ((f"DELETE FROM Accounts WHERE id = {BAKERY}",), "the account A00001 is not there any more."),
    ((f"UPDATE Accounts SET number = 'B1' WHERE id = {BAKERY}",), "the account A00001 is not there any more."),
    (
        ("UPDATE Events SET hash = 'x' WHERE writer = 'till-writer' AND event_no = 2",),
        "till-writer: event 2 has another",
    ),
    (("DELETE FROM Events WHERE writer = 'till-writer'",), "till-writer: event 2 is not there any more."),
]


@pytest.mark.parametrize(("statements", "said"), CHANGES)
def test_a_head_that_was_changed_is_told(
    books: Books, kept: Path, statements: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    books.tamper(*statements)
    capsys.readouterr()

    code = compare(books.database, kept)

    lines = capsys.readouterr().out.splitlines()
    assert code == 1
    assert said in lines[0]
    assert lines[-1].startswith("1 of 6 heads of ")


def test_a_database_in_which_nothing_was_recorded_has_lost_every_head(
    kept: Path, migrated_file: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.db"
    empty.write_bytes(migrated_file.read_bytes())
    database = opened(empty)

    with database.reading() as conn:
        assert conn.execute(account_heads.select()).all() == []
    assert compare(database, kept) == 1
    database.close()


@pytest.mark.parametrize("text", ["", "{}", "[]", "no json", '{"version": 1, "taken_at": "x"}'])
def test_a_file_that_is_no_file_of_heads_is_refused(books: Books, tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(HeadsFileUnreadable, match="it is no file of heads"):
        compare(books.database, path)


def test_a_file_that_is_missing_or_cannot_be_written_is_named(books: Books, tmp_path: Path) -> None:
    with pytest.raises(HeadsFileUnreadable, match="No such file"):
        compare(books.database, tmp_path / "missing.json")
    with pytest.raises(HeadsFileUnwritable):
        export(books.database, tmp_path / "missing" / "heads.json")
