"""Everything moves into an empty database and is the same there: numbers, books, chains, and what is proven."""

import stat
import sys
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sql import check, heads_file
from sql.__main__ import main
from sql.moving.lines import ROWS_AT_ONCE
from sql.moving.travelling import STAYING
from sql.tables import event_heads, events, leases, metadata, proofs, readings, sessions, sites
from tests.building import MORNING, Building
from tests.people import People
from tests.sql.moving.conftest import Another
from tests.sql.moving.content import brought, content, rows, written
from tests.sql.right_books import Books


def test_what_arrives_is_what_was_there(books: Books, another: Another, tmp_path: Path) -> None:
    target = another("target")
    before, of_before = content(books.database), rows(books.database, events)

    written(books.database, tmp_path / "all.zip")
    brought(target, tmp_path / "all.zip")

    assert content(target) == before
    assert [row for row in rows(target, events) if row["action"] != "site.imported"] == of_before
    assert len(rows(target, events)) == len(of_before) + 1
    assert check.check(target, everything=True) == []


def test_an_export_of_an_export_is_the_same(books: Books, another: Another, tmp_path: Path) -> None:
    target = another("target")

    first = written(books.database, tmp_path / "first.zip")
    brought(target, tmp_path / "first.zip")
    second = written(target, tmp_path / "second.zip")

    differing = {name for name in first.tables if first.tables[name] != second.tables[name]}
    assert differing == {"app.Sites", "ops.Events", "ops.EventHeads"}
    assert len(first.tables) == len(metadata.tables) - len(STAYING)


def test_heads_that_were_kept_are_found_in_the_other_database(books: Books, another: Another, tmp_path: Path) -> None:
    target, kept = another("target"), tmp_path / "heads.json"
    heads_file.export(books.database, kept)
    written(books.database, tmp_path / "all.zip")

    brought(target, tmp_path / "all.zip")

    assert heads_file.compare(target, kept) == 0


def test_who_is_signed_in_and_who_works_stays_behind(people: People, another: Another, tmp_path: Path) -> None:
    Building(people.database)
    people.add("sara")
    people.sign_in("sara")
    target = another("target")

    written(people.database, tmp_path / "all.zip")
    brought(target, tmp_path / "all.zip")

    assert rows(people.database, sessions) != []
    assert rows(target, sessions) == rows(target, leases) == []
    assert People(target).sign_in("sara").signed_in.user_name == "sara"


def test_raw_readings_come_along_only_when_asked_for(books: Books, another: Another, tmp_path: Path) -> None:
    with books.database.writing() as conn:
        conn.execute(readings.insert(), [{"read_at": MORNING, "analyzer_id": 1, "verdict": "advanced", "power_w": 2.5}])
    without, with_them = another("without"), another("with")

    written(books.database, tmp_path / "without.zip", readings=False)
    written(books.database, tmp_path / "with.zip")
    brought(without, tmp_path / "without.zip")
    brought(with_them, tmp_path / "with.zip")

    assert rows(without, readings) == []
    assert rows(with_them, readings) == rows(books.database, readings) != []


def test_more_rows_than_are_held_at_once_all_arrive(books: Books, another: Another, tmp_path: Path) -> None:
    many = [{"began_at": MORNING, "ended_at": MORNING, "scope": "all", "breaches": 0, "findings": {}}] * 2
    with books.database.writing() as conn:
        conn.execute(proofs.insert(), many * ROWS_AT_ONCE)
    target = another("target")

    written(books.database, tmp_path / "all.zip")
    brought(target, tmp_path / "all.zip")

    assert rows(target, proofs) == rows(books.database, proofs)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights of files")
def test_nobody_else_can_read_the_export(books: Books, tmp_path: Path) -> None:
    path = tmp_path / "all.zip"

    written(books.database, path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.glob("*.part")) == []


def test_any_tool_reads_the_lines(books: Books, tmp_path: Path) -> None:
    written(books.database, tmp_path / "all.zip")

    with ZipFile(tmp_path / "all.zip") as zipped:
        names, first, *_ = zipped.read("app.Entries.jsonl").decode().splitlines()

    assert names.startswith('["account_id","entry_no","kind","amount","balance_after","posted_at",')
    assert first.startswith('[2,1,"opening","50.0000000","50.0000000","2026-01-05T08:00:00.000+00:00",')


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amounts=st.lists(st.decimals("0.0000001", "899999", places=7), max_size=6),
    used=st.lists(st.integers(1, 5_000), max_size=6),
    name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60),
)
def test_whatever_the_books_hold_they_hold_it_there(
    another: Another, tmp_path: Path, amounts: list[Decimal], used: list[int], name: str
) -> None:
    source, target, path = another("source"), another("target"), tmp_path / "any.zip"
    path.unlink(missing_ok=True)
    building = Building(source, name=name)
    shop = building.tenant(name)
    meter = building.begin(building.analyzer(name, shop))
    for number, amount in enumerate(amounts):
        building.recharge(shop, f"{amount:f}", f"key-{number}")
    for wh in used:
        building.charge(shop, meter.grid_id, wh, MORNING)

    written(source, path)
    brought(target, path)

    assert content(target) == content(source)
    assert check.check(target, everything=True) == []
    source.close()
    target.close()


def test_the_commands_say_what_became_of_it(
    books: Books, another: Another, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = {"DATABASE_URL": f"sqlite:///{books.database.file.as_posix()}"}
    target = {"DATABASE_URL": f"sqlite:///{another('target').file.as_posix()}"}
    path, no_env_file = str(tmp_path / "all.zip"), tmp_path / ".env"

    exported = main(["export", "--close", path], source, no_env_file)
    imported = main(["import", path], target, no_env_file)

    said = capsys.readouterr().out
    assert (exported, imported) == (0, 0)
    assert said.count("All invariants hold: ") == 2
    assert "app.Entries: 17 rows" in said
    assert '"Corner House" is not in use here any more.' in said
    assert '"Corner House" is in use here from now on' in said


def test_books_that_are_wrong_are_told_and_nothing_is_opened(
    books: Books, another: Another, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    books.tamper("UPDATE Entries SET balance_after = 7 WHERE account_id = 2 AND entry_no = 2")
    source = {"DATABASE_URL": f"sqlite:///{books.database.file.as_posix()}"}
    other = another("target")
    path, no_env_file = str(tmp_path / "all.zip"), tmp_path / ".env"

    exported = main(["export", "--close", path], source, no_env_file)
    imported = main(["import", path], {"DATABASE_URL": f"sqlite:///{other.file.as_posix()}"}, no_env_file)

    assert (exported, imported) == (1, 1)
    assert "No site was opened." in capsys.readouterr().out
    assert [row["retired_at"] is None for row in rows(other, sites)] == [False]
    assert len(rows(other, event_heads)) == 4
