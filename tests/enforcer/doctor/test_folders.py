"""The doctor looks at the folders that hold readings outside the database."""

import pytest
import sqlalchemy as sa

from enforcer.doctor.finding import Finding
from enforcer.doctor.folders import look_at_archive, look_at_spool
from prepaid.settings import Spooling
from sql.tables import archives
from tests.sql.archive.conftest import past
from tests.sql.archive.past import DAY, FIRST_AT, Past

__all__ = ["past"]


@pytest.fixture
def shelf(past: Past) -> Past:
    """Two days in files."""
    for day in range(2):
        past.read(FIRST_AT + day * DAY)
    past.archive()
    return past


def look(past: Past) -> list[Finding]:
    with past.database.reading() as conn:
        return list(look_at_archive(conn, past.folder))


def bad(findings: list[Finding]) -> list[str]:
    return [each.sentence for each in findings if not each.good]


def test_an_archive_with_all_its_files_is_good(shelf: Past) -> None:
    found = look(shelf)

    assert bad(found) == []
    assert found[-1].sentence == "All 2 files that are listed are in the archive."


def test_before_anything_is_archived_there_need_be_no_folder(past: Past) -> None:
    [found] = look(past)

    assert found.good
    assert not past.folder.exists()


def test_an_archive_that_is_away_is_told_and_not_begun_anew(shelf: Past) -> None:
    shelf.folder.rename(shelf.folder.with_name("elsewhere"))

    [told] = bad(look(shelf))

    assert told.startswith(f"The archive {shelf.folder} is not there, and 2 files are listed in it.")
    assert not shelf.folder.exists()


def test_files_that_are_missing_or_cut_off_are_named(shelf: Past) -> None:
    first, second = shelf.files()
    first.unlink()
    second.write_bytes(second.read_bytes()[:-1])

    [told] = bad(look(shelf))

    assert "2 are not in the archive or have another size: site_id=1/read_on=2026-01-0" in told
    assert first.name in told


def test_what_was_kept_long_enough_is_not_missed(shelf: Past) -> None:
    shelf.files()[0].unlink()
    with shelf.database.writing() as conn:
        oldest = sa.select(sa.func.min(archives.c.id)).scalar_subquery()
        gone = {"removal_began_at": shelf.clock.now(), "removed_at": shelf.clock.now()}
        conn.execute(archives.update().where(archives.c.id == oldest).values(gone))

    assert bad(look(shelf)) == []


def test_a_folder_that_cannot_be_written_to_is_told_with_its_setting(past: Past) -> None:
    in_the_way = past.folder.with_name("file")
    in_the_way.write_text("", encoding="utf-8")

    told = bad(list(look_at_spool(past.folder.parent, Spooling(folder="file"))))

    assert "SPOOL_FOLDER" in told[0]


def test_the_disk_must_have_room_for_what_may_wait(past: Past) -> None:
    [told] = bad(list(look_at_spool(past.folder.parent, Spooling(folder="spool", most_megabytes=10**12))))

    assert "keep at least 1000000000000" in told
    assert not (past.folder.parent / "spool").exists()


def test_readings_that_were_put_aside_are_told(past: Past) -> None:
    spool = past.folder.parent / "spool"
    spool.mkdir()
    (spool / "site-1-12345678.db.unreadable").touch()

    [told] = bad(list(look_at_spool(past.folder.parent, Spooling(folder="spool"))))

    assert "site-1-12345678.db.unreadable" in told
