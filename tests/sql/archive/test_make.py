"""Old readings go into files, all of them and once, whatever happens; only then do they leave the database."""

import errno
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as some

from prepaid.archive import Day, day_due
from prepaid.errors.archive import ArchiveFailed, ArchiveUnderWay, ArchiveUnreadable
from prepaid.errors.start import LeaseLost
from sql.archive.folder import archive_folder
from sql.archive.make import Done, Step, Wanted, archive_readings
from sql.archive.verify import written_of
from sql.archive.write import write_day
from sql.archives import begin_archive
from sql.backup.manifest import Stopped
from sql.tables import readings
from tests.building import MORNING, Building
from tests.sql.archive.past import DAY, FIRST_AT, FIRST_ON, MINUTE, Past, reading
from tests.sql.archive.stops import NEVER, KillAt, Killed
from tests.sql.statements import listening, on_sql_server

Row = dict[str, Any]


def test_a_day_goes_into_one_file_and_leaves_the_database(past: Past) -> None:
    past.read(FIRST_AT)
    before = past.rows()

    done = past.archive()

    assert done == Done(files=1, readings=40)
    assert past.rows() == []
    assert past.archived_rows() == before
    (archived,) = past.listed()
    assert (archived.purged, archived.written.readings) == (True, 40)
    assert (archived.written.first_read_at, archived.written.last_read_at) == (FIRST_AT, FIRST_AT + 9 * MINUTE)


def test_days_and_sites_have_files_of_their_own(past: Past) -> None:
    tower = Building(past.database, name="Tower")
    other = tower.analyzer("Lift")
    past.read(FIRST_AT, times=2)
    past.read(FIRST_AT + DAY, times=2, of=[*past.analyzer_ids, other])

    past.archive()

    found = [path.relative_to(past.folder).parent.as_posix() for path in past.files()]
    mall_id, tower_id = past.building.site_id, tower.site_id
    assert found == [
        f"site_id={mall_id}/read_on=2026-01-01",
        f"site_id={mall_id}/read_on=2026-01-02",
        f"site_id={tower_id}/read_on=2026-01-02",
    ]
    assert [each.begun.site_id for each in past.listed()] == [mall_id, mall_id]


def test_what_is_young_enough_stays_and_so_does_the_day_it_began(past: Past) -> None:
    for day in range(4):
        past.read(FIRST_AT + day * DAY, times=1)

    past.archive(kept=2 * DAY)

    assert {row["read_at"] for row in past.rows()} == {FIRST_AT + 2 * DAY, FIRST_AT + 3 * DAY}


def test_a_file_is_what_any_engine_reads(past: Past) -> None:
    """Instants in UTC, Wh in whole numbers of 64 bits, and the site and the day in the path."""
    past.read(FIRST_AT, times=3)
    past.archive()

    schema = pq.read_schema(past.files()[0])

    assert schema.field("read_at").type == pa.timestamp("ms", tz="UTC")
    assert schema.field("import_tariff_1_wh").type == pa.int64()
    assert schema.field("power_w").type == pa.float32()
    assert [field.name for field in schema] == [column.name for column in readings.c]
    whole = pq.read_table(past.folder, columns=["site_id", "read_on", "analyzer_id"])
    assert whole["site_id"].to_pylist() == [past.building.site_id] * 12


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


def test_late_readings_of_an_archived_day_get_a_file_of_their_own(past: Past) -> None:
    past.read(FIRST_AT)
    past.archive()
    past.read(FIRST_AT + timedelta(seconds=7), times=2)

    past.archive()

    assert [each.written.readings for each in past.listed()] == [40, 8]
    assert len(past.archived_rows()) == 48
    assert past.rows() == []


def test_what_comes_while_the_day_is_removed_is_not_removed_with_it(past: Past) -> None:
    past.read(FIRST_AT, times=300)
    late = reading(FIRST_AT + timedelta(milliseconds=1), past.analyzer_ids[0])
    came: list[Mapping[str, Any]] = []

    def comes_late(step: Step) -> None:
        if step is Step.LISTED and not came:
            with past.database.writing() as conn:
                conn.execute(readings.insert().values(late))
            came.append(late)

    done = past.archive(comes_late)

    assert done == Done(files=2, readings=1201)
    assert late in past.archived_rows()


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


def test_without_a_folder_of_its_own_the_archive_lies_beside_the_file(past: Past) -> None:
    assert archive_folder(past.database, None) == past.folder
    assert archive_folder(past.database, "/mnt/archive").as_posix() == "/mnt/archive"


@given(age_h=some.integers(0, 24 * 40), kept_h=some.integers(1, 24 * 30))
def test_a_day_is_due_when_its_last_instant_is_older_than_what_is_kept(age_h: int, kept_h: int) -> None:
    oldest_at, keep_from_at = MORNING - timedelta(hours=age_h), MORNING - timedelta(hours=kept_h)

    due = day_due(oldest_at, keep_from_at)

    if due is None:
        assert Day.of(oldest_at).until_at > keep_from_at
    else:
        assert due.from_at <= oldest_at < due.until_at <= keep_from_at


def test_all_of_it_is_t_sql(past: Past) -> None:
    past.read(FIRST_AT)

    with listening(past.database) as heard:
        past.archive()

    said = [on_sql_server(statement) for statement in heard.values()]
    assert any("WITH (UPDLOCK, HOLDLOCK)" in each for each in said)
    assert any("% " in each and "FROM app.[Readings]" in each for each in said)


def _of_listed_files(past: Past) -> list[Row]:
    """What the next process may rely on."""
    return past.archived_rows() if past.listed() else []
