"""Whatever happens to a file of the archive or to its process, nothing is lost and nothing is there twice."""

import errno
import threading
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.archive import Day
from prepaid.errors.archive import ArchiveFailed, ArchiveUnderWay, ArchiveUnreadable
from prepaid.errors.start import LeaseLost
from sql.archive.make import Done, Step, Wanted, archive_readings
from sql.archive.verify import written_of
from sql.archive.write import write_day
from sql.archives import begin_archive
from sql.backup.manifest import Stopped
from sql.tables import readings
from tests.building import MORNING
from tests.sql.archive.past import DAY, FIRST_AT, FIRST_ON, Past
from tests.sql.archive.stops import NEVER, KillAt, Killed

Row = dict[str, Any]


@pytest.mark.parametrize("step", list(Step))
def test_a_kill_at_any_step_loses_nothing_and_keeps_nothing_twice(past: Past, step: Step) -> None:
    past.read(FIRST_AT, times=300)
    past.read(FIRST_AT + DAY, times=2)
    before = past.rows()

    with pytest.raises(Killed):
        past.archive(KillAt(step))
    kept = [*past.rows(), *_of_listed_files(past)]
    past.clock.advance(2 * 3600)
    past.archive()

    assert all(row in kept for row in before)
    assert past.rows() == []
    assert past.archived_rows() == before
    assert [path.suffix for path in past.files()] == [".parquet", ".parquet"]
    assert all(each.purged for each in past.listed())


def test_what_another_living_process_writes_is_left_to_it_for_an_hour(past: Past) -> None:
    past.read(FIRST_AT)
    past.holds_a_lease("there:1")
    with pytest.raises(Killed):
        past.archive(KillAt(Step.WRITTEN), made_by="there:1")

    with pytest.raises(ArchiveUnderWay):
        past.archive()
    past.clock.advance(3600)

    assert past.archive() == Done(files=1, readings=40)


def test_what_a_killed_process_has_begun_is_gone_on_with_as_soon_as_its_lease_is_over(past: Past) -> None:
    past.read(FIRST_AT)
    past.holds_a_lease("killed:1")
    with pytest.raises(Killed):
        past.archive(KillAt(Step.WRITTEN), made_by="killed:1")

    past.holds_a_lease("here:1")

    assert past.archive() == Done(files=1, readings=40)


def test_what_this_process_could_not_end_itself_it_begins_anew(past: Past) -> None:
    """The database was away when it wanted to say so."""
    past.read(FIRST_AT)
    past.holds_a_lease("here:1")
    with pytest.raises(Killed):
        past.archive(KillAt(Step.CHECKED))

    assert past.archive() == Done(files=1, readings=40)


def test_who_has_lost_the_lease_leaves_no_file_behind(past: Past) -> None:
    past.read(FIRST_AT)

    def lost(step: Step) -> None:
        if step is Step.NAMED:
            raise LeaseLost

    with pytest.raises(LeaseLost):
        past.archive(lost)

    assert past.files() == []


def test_of_two_processes_at_the_same_moment_one_begins(past: Past) -> None:
    day = Day(FIRST_ON)
    with past.database.writing() as conn:
        begin_archive(conn, past.building.site_id, day, "one", past.clock.now())

        with pytest.raises(ArchiveUnderWay):
            begin_archive(conn, past.building.site_id, day, "two", past.clock.now())


@pytest.mark.parametrize("step", [Step.BEGUN, Step.WRITTEN, Step.CHECKED, Step.NAMED])
def test_a_process_that_was_taken_for_dead_lists_nothing(past: Past, step: Step) -> None:
    """It stood still for more than an hour; meanwhile another one has archived the day."""
    past.read(FIRST_AT)
    before = past.rows()

    def overtaken(done: Step) -> None:
        if done is step:
            past.clock.advance(2 * 3600)
            past.archive()

    with pytest.raises((ArchiveUnderWay, ArchiveFailed)):
        past.archive(overtaken)

    assert past.archived_rows() == before
    assert len(past.listed()) == len(past.files()) == 1


def test_a_full_disk_leaves_everything_in_the_database_and_no_trace(past: Past) -> None:
    past.read(FIRST_AT)
    before = past.rows()

    def full(step: Step) -> None:
        if step is Step.PART_WRITTEN:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(ArchiveFailed, match="No space left on device"):
        past.archive(full)
    with pytest.raises(ArchiveFailed, match="1000000000000 MB must stay free"):
        past.archive(spare_bytes=10**18)

    assert past.rows() == before
    assert (past.files(), past.listed()) == ([], [])
    assert past.archive() == Done(files=1, readings=40)


def test_a_folder_that_was_there_and_is_gone_is_not_begun_anew(past: Past) -> None:
    """It is on another disk, which is away."""
    past.read(FIRST_AT)
    past.archive()
    past.folder.rename(past.folder.with_name("elsewhere"))
    past.read(FIRST_AT + DAY)

    with pytest.raises(ArchiveFailed, match="it may be on a disk that is away"):
        past.archive()

    assert len(past.rows()) == 40
    assert not past.folder.exists()


def test_a_file_in_the_place_of_the_folder_is_told(past: Past) -> None:
    past.read(FIRST_AT)
    past.folder.write_text("in the way", encoding="utf-8")

    with pytest.raises(ArchiveFailed, match="File exists"):
        past.archive()

    assert len(past.rows()) == 40


def test_nothing_is_removed_for_a_file_that_is_not_what_was_written(past: Past) -> None:
    """Nothing of it was removed yet, so the day is archived anew."""
    past.read(FIRST_AT)
    before = past.rows()
    with pytest.raises(Killed):
        past.archive(KillAt(Step.LISTED))
    (broken,) = past.files()
    broken.write_bytes(broken.read_bytes()[:-5] + b"wrong")

    past.archive()

    assert broken not in past.files()
    assert past.archived_rows() == before
    assert [each.written.readings for each in past.listed()] == [40]
    assert past.rows() == []


def test_what_is_in_a_lost_file_only_is_waited_for(past: Past) -> None:
    past.read(FIRST_AT, times=300)
    with pytest.raises(Killed):
        past.archive(KillAt(Step.SLICE_REMOVED))
    (lost,) = past.files()
    put_back = lost.rename(lost.with_name("away"))

    with pytest.raises(ArchiveUnreadable, match="No such file"):
        past.archive()
    assert len(past.rows()) == 200
    put_back.rename(lost)

    assert past.archive() == Done(files=0, readings=1200)


@pytest.mark.parametrize("changed", ["import_tariff_1_wh", "power_w", "verdict", "gone"])
def test_a_file_that_differs_from_the_database_in_one_value_is_not_accepted(past: Past, changed: str) -> None:
    past.read(FIRST_AT)
    part, day = past.folder / "day.part", Day(FIRST_ON)
    with past.database.reading() as conn:
        write_day(conn, past.building.site_id, day, part, NEVER, lambda: None)
        assert written_of(conn, past.building.site_id, day, part, NEVER) is not None

    one = sa.and_(readings.c.read_at == FIRST_AT, readings.c.analyzer_id == past.analyzer_ids[0])
    statement: Any = readings.delete().where(one)
    if changed != "gone":
        statement = readings.update().where(one).values({changed: 1 if changed != "verdict" else "x"})
    with past.database.writing() as conn:
        conn.execute(statement)

    with past.database.reading() as conn:
        assert written_of(conn, past.building.site_id, day, part, NEVER) is None


def test_one_flipped_bit_is_found(past: Past) -> None:
    past.read(FIRST_AT, times=50)
    part, day = past.folder / "day.part", Day(FIRST_ON)
    with past.database.reading() as conn:
        write_day(conn, past.building.site_id, day, part, NEVER, lambda: None)
        content = bytearray(part.read_bytes())
        content[len(content) // 3] ^= 1
        part.write_bytes(content)

        with pytest.raises(OSError, match="CRC"):
            written_of(conn, past.building.site_id, day, part, NEVER)


def test_a_stop_leaves_the_day_for_the_next_process_at_once(past: Past) -> None:
    past.read(FIRST_AT)
    stop = threading.Event()
    wanted = Wanted(folder=past.folder, made_by="here:1", keep_from_at=MORNING, spare_bytes=0)

    with pytest.raises(Stopped):
        archive_readings(past.database, wanted, stop, lambda _step: stop.set())

    assert past.files() == []
    assert past.archive() == Done(files=1, readings=40)


def _of_listed_files(past: Past) -> list[Row]:
    """What the next process may rely on."""
    return past.archived_rows() if past.listed() else []
