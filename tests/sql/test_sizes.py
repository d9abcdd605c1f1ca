"""Sizes: what a file takes and uses, and what a server is asked."""

import sqlglot

from sql.connection import Database
from sql.sizes import DISKS, FILES, measure
from sql.tables import readings
from tests.building import MORNING, Building


def test_what_was_removed_from_a_file_is_room_that_is_used_again(database: Database) -> None:
    building = Building(database)
    meter = building.analyzer("Meter")
    filled = {"analyzer_id": meter, "verdict": "advance"}
    with database.writing() as conn:
        rows = [{"read_at": MORNING.replace(microsecond=number * 1000), **filled} for number in range(900)]
        conn.execute(readings.insert(), rows)
    full = measure(database)
    with database.writing() as conn:
        conn.execute(readings.delete())

    emptied = measure(database)

    assert emptied.file_bytes == full.file_bytes
    assert emptied.used_bytes < full.used_bytes <= full.file_bytes
    assert full.free_bytes is not None
    assert emptied.room_bytes is not None
    assert emptied.room_bytes > full.free_bytes / 2
    assert emptied.limit_bytes is None


def test_the_questions_to_a_server_are_t_sql() -> None:
    for question in (FILES, DISKS):
        (parsed,) = sqlglot.parse(question, dialect="tsql")
        assert parsed is not None
        assert parsed.key == "select"
