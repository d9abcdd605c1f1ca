"""Files of the archive are looked through again and again, and go when they were kept long enough; no others do."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from prepaid.archive import LOOKED_AT_EVERY, Day, removed_before
from prepaid.errors.archive import ArchiveFailed
from sql.archive.care import Cared
from sql.archive_care import begin_removal, damages
from sql.archives import Archived
from sql.check import check
from sql.tables import archives, events
from tests.building import Building
from tests.sql.archive.past import DAY, FIRST_AT, Past

NOTHING = Cared(0, 0)


@pytest.fixture
def shelf(past: Past) -> Past:
    """Three days of 40 readings each, in files."""
    for day in range(3):
        past.read(FIRST_AT + day * DAY)
    past.archive()
    return past


def pass_days(shelf: Past, days: float) -> None:
    shelf.clock.advance(days * DAY.total_seconds())


def looked_at(shelf: Past) -> list[datetime]:
    with shelf.database.reading() as conn:
        return list(conn.scalars(sa.select(archives.c.looked_at).order_by(archives.c.id)))


def damage(shelf: Past) -> str | None:
    with shelf.database.reading() as conn:
        found = damages(conn).get(shelf.building.site_id)
    return None if found is None else f"{found.files}: {found.trouble}"


def test_what_was_just_written_is_not_read_again(shelf: Past) -> None:
    assert shelf.look_after() == NOTHING


def test_every_file_is_read_within_thirty_days_however_little_is_read_at_once(shelf: Past) -> None:
    pass_days(shelf, 25)

    gone_through = [shelf.look_after(most_bytes=1).looked_at for _hour in range(4)]

    assert gone_through == [1, 1, 1, 0]
    assert all(shelf.clock.now() - each < LOOKED_AT_EVERY for each in looked_at(shelf))


def test_a_flipped_bit_is_found_told_and_over_when_the_file_is_put_back(shelf: Past) -> None:
    path = shelf.files()[1]
    good = path.read_bytes()
    path.write_bytes(good[:99] + bytes([good[99] ^ 1]) + good[100:])
    pass_days(shelf, 26)

    shelf.look_after()
    found = damage(shelf)
    again = shelf.look_after()
    path.write_bytes(good)
    mended = shelf.look_after()

    assert found == f"1: {path}: it is not the file that was written"
    assert (again.looked_at, mended.looked_at) == (1, 1)
    assert damage(shelf) is None


def test_files_that_are_missing_or_too_short_are_counted(shelf: Past) -> None:
    first, second, _third = shelf.files()
    first.unlink()
    second.write_bytes(b"")
    pass_days(shelf, 26)

    shelf.look_after()

    assert damage(shelf) == f"2: {first}: No such file or directory"


def test_of_a_folder_that_is_away_no_file_is_called_damaged(shelf: Past) -> None:
    shelf.folder.rename(shelf.folder.with_name("elsewhere"))
    pass_days(shelf, 26)

    with pytest.raises(ArchiveFailed, match="it may be on a disk that is away"):
        shelf.look_after()

    assert damage(shelf) is None


def test_without_a_setting_files_are_kept_for_ever(shelf: Past) -> None:
    pass_days(shelf, 36_600)

    assert shelf.look_after().removed == 0


def test_what_was_kept_long_enough_goes_with_an_event_and_leaves_its_row(shelf: Past) -> None:
    shelf.building.set("archive_kept_days", "30")
    pass_days(shelf, 28)

    done = shelf.look_after()

    assert (done.removed, len(shelf.files()), len(shelf.listed())) == (2, 1, 1)
    assert not (shelf.folder / f"site_id={shelf.building.site_id}" / "read_on=2026-01-01").exists()
    with shelf.database.reading() as conn:
        told = [row.before for row in conn.execute(sa.select(events).where(events.c.action == "archive.removed"))]
        gone = conn.execute(sa.select(archives).where(archives.c.removed_at.is_not(None))).all()
    assert [each["read_on"] for each in told] == ["2026-01-01", "2026-01-02"]
    assert [each["sha256"] for each in told] == [row.sha256 for row in gone]
    assert check(shelf.database, everything=True) == []


def test_each_site_keeps_its_own(shelf: Past) -> None:
    tower = Building(shelf.database, name="Tower", values={"archive_kept_days": "30"})
    shelf.read(FIRST_AT, of=[tower.analyzer("Lift")])
    shelf.archive()
    pass_days(shelf, 31)

    assert shelf.look_after().removed == 1
    assert len(shelf.listed()) == 3


def test_readings_that_are_not_all_removed_from_the_database_keep_their_file(shelf: Past) -> None:
    shelf.building.set("archive_kept_days", "30")
    with shelf.database.writing() as conn:
        conn.execute(archives.update().values(purged_at=None))
    pass_days(shelf, 100)

    assert shelf.look_after() == NOTHING
    assert len(shelf.files()) == 3


@pytest.mark.parametrize("file_is_gone", [False, True])
def test_a_kill_while_a_file_is_removed_leaves_nothing_half_done(shelf: Past, file_is_gone: bool) -> None:
    archived: Archived = shelf.listed()[0]
    with shelf.database.writing() as conn:
        begin_removal(conn, archived, "enforcer:1", shelf.clock.now())
    if file_is_gone:
        shelf.files()[0].unlink()

    asked, done = shelf.listed(), shelf.look_after()

    assert [each.begun.day for each in asked] == [each.begun.day for each in shelf.listed()]
    assert (done.removed, len(shelf.files())) == (1, 2)
    assert shelf.look_after() == NOTHING


def test_a_file_that_cannot_be_removed_is_told_by_its_name_and_the_others_are_looked_at(shelf: Past) -> None:
    shelf.building.set("archive_kept_days", "30")
    oldest = shelf.files()[0]
    oldest.unlink()
    oldest.mkdir()
    pass_days(shelf, 27)
    before = looked_at(shelf)

    with pytest.raises(ArchiveFailed, match=oldest.name):
        shelf.look_after()

    assert all(now > then for then, now in zip(before, looked_at(shelf), strict=True))


def test_what_is_off_the_list_is_not_called_missing(shelf: Past) -> None:
    shelf.building.set("archive_kept_days", "30")
    shelf.files()[0].unlink()
    pass_days(shelf, 26)
    shelf.look_after()
    before = damage(shelf)
    pass_days(shelf, 3)

    shelf.look_after()

    assert before is not None
    assert damage(shelf) is None


def test_a_day_is_kept_to_its_end_and_all_of_the_days_behind_it() -> None:
    now = FIRST_AT + 40 * DAY

    before = removed_before(now, Decimal(30))

    assert now - Day(before - timedelta(days=1)).until_at >= 30 * DAY
    assert now - Day(before).until_at < 30 * DAY
