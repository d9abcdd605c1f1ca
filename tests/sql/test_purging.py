"""Old rows go in slices of bounded size, the oldest first, and what is young enough is never touched."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from sql import readings as history
from sql.connection import Database
from sql.proof_alarm import purge_proofs
from sql.quarantine import PURGED_AT_ONCE, purge_refused
from sql.readings import purge_readings
from sql.tables import proofs, quarantined_readings, readings
from tests.building import MORNING, Building
from tests.sql.statements import listening, on_sql_server

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.fixture
def meters(database: Database) -> list[int]:
    building = Building(database)
    return [building.analyzer(f"Meter {number}") for number in range(3)]


def read(database: Database, meters: list[int], instants: list[datetime]) -> None:
    """All of them at each instant."""
    rows = [{"read_at": at, "analyzer_id": each, "verdict": "advance"} for at in instants for each in meters]
    with database.writing() as conn:
        conn.execute(readings.insert(), rows)


def purged(database: Database, before: datetime) -> list[int]:
    """How many rows went with each slice, until nothing was found."""
    found: list[int] = []
    while not found or found[-1]:
        with database.writing() as conn:
            found.append(purge_readings(conn, before))
    return found


def test_readings_go_in_slices_whatever_their_interval(database: Database, meters: list[int]) -> None:
    """Many at one second, as with a history of every pass: a slice by minutes would be as long as that minute."""
    read(database, meters, [MORNING + number * timedelta(milliseconds=10) for number in range(900)])
    read(database, meters, [MORNING + DAY])

    slices = purged(database, MORNING + DAY)

    assert slices == [1002, 1002, 696, 0], "1 000 and what shares the last instant with them"
    assert max(slices) < history.PURGED_AT_ONCE + len(meters)
    with database.reading() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(readings)) == len(meters)


def test_a_reading_at_the_bound_is_kept(database: Database, meters: list[int]) -> None:
    read(database, meters, [MORNING - SECOND, MORNING])

    assert purged(database, MORNING) == [3, 0]


def test_evidence_is_looked_for_in_the_first_rows_only(database: Database, meters: list[int]) -> None:
    said = {"verdict": "quarantined", "why": "-", "serial_number": "-", "grid_counter": "0", "generator_counter": "0"}
    ages = [9] * (PURGED_AT_ONCE - 10) + [1] * 10 + [8] * 500
    with database.writing() as conn:
        rows = [{"analyzer_id": meters[0], "read_at": MORNING - age * DAY, "diagnostics": 0, **said} for age in ages]
        conn.execute(quarantined_readings.insert(), rows)

    removed = []
    for _slice in range(3):
        with database.writing() as conn:
            removed.append(purge_refused(conn, MORNING - 5 * DAY))

    assert removed == [PURGED_AT_ONCE - 10, 500, 0]


def test_results_of_proofs_have_their_time(database: Database) -> None:
    with database.writing() as conn:
        for age in (401, 399):
            at = MORNING - age * DAY
            conn.execute(proofs.insert().values(began_at=at, ended_at=at, scope="all", breaches=0, findings={}))

        assert purge_proofs(conn, MORNING - 400 * DAY) == 1


def test_all_of_it_is_t_sql(database: Database, meters: list[int]) -> None:
    read(database, meters, [MORNING + number * SECOND for number in range(400)])

    with listening(database) as heard, database.writing() as conn:
        purge_readings(conn, MORNING + DAY)
        purge_refused(conn, MORNING)
        purge_proofs(conn, MORNING)

    said = [on_sql_server(statement) for statement in heard.values()]
    assert len(said) == 4
    assert sum("DELETE FROM app.[Readings]" in each for each in said) == 1
