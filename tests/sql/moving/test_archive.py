"""The archived readings of a site follow it: every file is checked, written with the numbers of there, and listed."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from prepaid.errors.moving import ImportRefused
from sql.__main__ import main
from sql.archive.care import look_after
from sql.archive.folder import path_of
from sql.archives import Archived, archives_between
from sql.check import check
from sql.connection import Database
from sql.moving.arrive import bring_in
from sql.moving.bring_archive import Brought, bring_archive
from sql.tables import analyzers, archives, events
from tests.building import Building
from tests.sql.archive.conftest import past
from tests.sql.archive.past import DAY, FIRST_AT, Past
from tests.sql.archive.stops import NEVER
from tests.sql.moving.conftest import Another
from tests.sql.moving.content import hears_nothing, written

__all__ = ["past"]
SITE = "Corner House"
Run = Callable[..., int]


@pytest.fixture
def shelf(past: Past) -> Past:
    """Three days of four analyzers in files."""
    for day in range(3):
        past.read(FIRST_AT + day * DAY)
    past.archive()
    return past


@pytest.fixture
def town(another: Another) -> Iterator[Database]:
    """Has a site with an analyzer already, so that the numbers of others grow."""
    database = another("town")
    Building(database, name="Annex").analyzer("Meter", serial_number="ANNEX/1")
    yield database


def bring(shelf: Past, town: Database, said: list[str] | None = None) -> Brought:
    export = shelf.folder.parent / "site.zip"
    if not export.exists():
        written(shelf.database, export, SITE)
        bring_in(town, export, hears_nothing)
    told = [] if said is None else said
    return bring_archive(town, export, shelf.folder, shelf.folder.with_name("archive of the town"), told.append)


def listed(town: Database) -> list[Archived]:
    with town.reading() as conn:
        return [*archives_between(conn, 2, FIRST_AT - DAY, FIRST_AT + 9 * DAY)]


def rows_of(files: list[Path]) -> list[dict[str, Any]]:
    return [row for path in files for row in pq.ParquetFile(path).read().to_pylist()]


def test_every_reading_arrives_under_the_number_that_its_analyzer_has_there(shelf: Past, town: Database) -> None:
    done = bring(shelf, town)

    folder = shelf.folder.with_name("archive of the town")
    with town.reading() as conn:
        new = list(conn.scalars(sa.select(analyzers.c.id).where(analyzers.c.site_id == 2).order_by(analyzers.c.id)))
    number = dict(zip(shelf.analyzer_ids, new, strict=True))
    arrived = rows_of([path_of(folder, each.begun) for each in listed(town)])
    assert done == Brought(files=3, known=0, missing=0)
    assert arrived == [{**row, "analyzer_id": number[row["analyzer_id"]]} for row in rows_of(shelf.files())]
    assert new != shelf.analyzer_ids
    assert check(town, everything=True) == []


def test_what_was_brought_is_what_is_listed_and_nothing_else_lies_there(shelf: Past, town: Database) -> None:
    bring(shelf, town)

    folder, now = shelf.folder.with_name("archive of the town"), shelf.clock.now()
    later = now + 100 * DAY
    cared = look_after(town, folder, "enforcer:1", later, NEVER)
    with town.reading() as conn:
        troubles = list(conn.scalars(sa.select(archives.c.trouble)))
        told = list(conn.scalars(sa.select(events.c.after).where(events.c.action == "archive.brought")))
    assert (cared.looked_at, troubles) == (3, [None, None, None])
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 3
    assert told == [{"export": "site.zip", "files": 3, "missing": 0}]


def test_what_is_missing_or_damaged_is_told_and_comes_with_the_next_try(shelf: Past, town: Database) -> None:
    first, second, _third = shelf.files()
    good, said = [path.read_bytes() for path in (first, second)], list[str]()
    first.unlink()
    second.write_bytes(b"PAR1")

    some = bring(shelf, town, said)
    for path, content in zip((first, second), good, strict=True):
        path.write_bytes(content)
    rest = bring(shelf, town)

    assert (some, rest) == (Brought(files=1, known=0, missing=2), Brought(files=2, known=1, missing=0))
    assert [str(path) in sentence for path, sentence in zip((first, second), said, strict=True)] == [True, True]
    assert len(listed(town)) == 3


def test_a_kill_before_a_file_is_listed_leaves_it_to_the_next_try(shelf: Past, town: Database) -> None:
    bring(shelf, town)
    with town.writing() as conn:
        newest = sa.select(sa.func.max(archives.c.id)).scalar_subquery()
        conn.execute(archives.delete().where(archives.c.id == newest))

    assert bring(shelf, town) == Brought(files=1, known=2, missing=0)
    assert len([path for path in shelf.folder.with_name("archive of the town").rglob("*") if path.is_file()]) == 3


def test_days_that_are_not_all_in_a_file_stay_with_the_readings(shelf: Past, town: Database) -> None:
    with shelf.database.writing() as conn:
        newest = sa.select(sa.func.max(archives.c.id)).scalar_subquery()
        conn.execute(archives.update().where(archives.c.id == newest).values(purged_at=None))

    assert bring(shelf, town) == Brought(files=2, known=0, missing=0)


def test_the_archive_of_a_site_with_the_same_name_is_not_mixed_with_another(shelf: Past, town: Database) -> None:
    export = shelf.folder.parent / "site.zip"
    written(shelf.database, export, SITE)
    another_one = Building(town, name=SITE)
    for number in range(4):
        another_one.analyzer(f"Other {number}", serial_number=f"OTHER/{number}")
    with town.writing() as conn:
        conn.execute(analyzers.update().values(created_at=FIRST_AT))

    with pytest.raises(ImportRefused, match="is not the one of this export"):
        bring_archive(town, export, shelf.folder, shelf.folder.with_name("archive of the town"), print)


def test_the_list_of_a_site_does_not_come_without_its_files(shelf: Past, town: Database) -> None:
    export = shelf.folder.parent / "site.zip"
    written(shelf.database, export, SITE)

    bring_in(town, export, hears_nothing)

    assert listed(town) == []


def test_the_commands_bring_the_site_and_its_archive_and_go_on_where_they_were_broken_off(
    shelf: Past, town: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(database: Database, folder: Path, *arguments: str) -> int:
        place = {"DATABASE_URL": f"sqlite:///{database.file.as_posix()}", "ARCHIVE_FOLDER": str(folder)}
        return main(arguments, place, tmp_path / ".env")

    there, path, away = tmp_path / "there", str(tmp_path / "site.zip"), shelf.files()[0]
    away = away.rename(away.with_suffix(".away"))

    exported = run(shelf.database, shelf.folder, "export", "--site", SITE, path)
    first = run(town, there, "import", path, "--archive", str(shelf.folder))
    away.rename(away.with_suffix(".parquet"))
    second = run(town, there, "import", path, "--archive", str(shelf.folder))

    said = capsys.readouterr().out
    assert (exported, first, second) == (0, 1, 0)
    assert f"3 files of archived readings are in {shelf.folder} (site_id=1), and in no export." in said
    assert "2 files were brought into" in said
    assert "1 files were brought into" in said
    assert len(listed(town)) == 3
