"""Old readings go into files, all of them and once; only then do they leave the database."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as some

from prepaid.archive import Day, day_due
from sql.archive.folder import archive_folder
from sql.archive.make import Done, Step
from sql.tables import readings
from tests.building import MORNING, Building
from tests.sql.archive.past import DAY, FIRST_AT, MINUTE, Past, reading
from tests.sql.statements import listening, on_sql_server


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
