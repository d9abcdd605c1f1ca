"""Old rows go in slices of bounded size, the oldest first, and what is young enough is never touched."""

from datetime import timedelta

import pytest

from sql.connection import Database
from sql.proof_alarm import purge_proofs
from sql.quarantine import PURGED_AT_ONCE, purge_refused
from sql.tables import proofs, quarantined_readings
from tests.building import MORNING, Building
from tests.sql.statements import listening, on_sql_server

DAY = timedelta(days=1)


@pytest.fixture
def meters(database: Database) -> list[int]:
    building = Building(database)
    return [building.analyzer(f"Meter {number}") for number in range(3)]


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


def test_all_of_it_is_t_sql(database: Database) -> None:
    with listening(database) as heard, database.writing() as conn:
        purge_refused(conn, MORNING)
        purge_proofs(conn, MORNING)

    said = [on_sql_server(statement) for statement in heard.values()]
    assert [each.partition(" WHERE")[0] for each in said] == [
        "DELETE FROM app.[QuarantinedReadings]",
        "DELETE FROM ops.[Proofs]",
    ]
