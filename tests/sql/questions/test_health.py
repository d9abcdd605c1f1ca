"""The questions of Health: only for staff of the site, at a bounded price, and on both engines."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Connection

from prepaid.access import Viewer
from prepaid.alerts import AlertKind
from sql.connection import Database
from sql.questions.health_analyzers import FAILING_AT_MOST, reads_health
from sql.questions.health_database import database_health
from sql.questions.health_enforcer import enforcer_health
from sql.questions.health_jobs import jobs_health
from sql.questions.health_messages import messages_health
from sql.questions.health_switching import switching_health
from sql.tables import messages
from tests.building import MORNING, Building
from tests.sql.messages import tell
from tests.sql.questions.shown import ADMIN, asked_on_sql_server, only_for_staff, read

QUESTIONS: dict[str, Callable[[Connection, Viewer, int], Any]] = {
    "enforcer": lambda conn, viewer, site_id: enforcer_health(conn, viewer, site_id, MORNING),
    "reads": lambda conn, viewer, site_id: reads_health(conn, viewer, site_id, MORNING),
    "switching": switching_health,
    "messages": lambda conn, viewer, site_id: messages_health(conn, viewer, site_id, MORNING),
    "database": lambda conn, viewer, site_id: database_health(conn, viewer, site_id, MORNING),
    "jobs": jobs_health,
}
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("name", QUESTIONS)
def test_each_question_is_answered_to_the_staff_of_the_site_only(database: Database, name: str) -> None:
    building = Building(database)
    only_for_staff(database, building.site_id, building.tenant("Bakery"), QUESTIONS[name])


@pytest.mark.parametrize("name", QUESTIONS)
def test_each_question_is_t_sql(database: Database, name: str) -> None:
    building = Building(database)

    assert 1 <= len(asked_on_sql_server(database, building.site_id, QUESTIONS[name])) <= 3


def test_analyzers_that_fail_are_counted_and_the_longest_named(database: Database) -> None:
    building = Building(database)
    for number in range(FAILING_AT_MOST + 3):
        read(building, building.analyzer(f"Meter {number:02}"), MORNING - (number + 2) * MINUTE)
    read(building, building.analyzer("Fresh"), MORNING)

    with database.reading() as conn:
        found = reads_health(conn, ADMIN, building.site_id, MORNING)

    assert (found.analyzers, found.failing) == (FAILING_AT_MOST + 4, FAILING_AT_MOST + 3)
    assert [each.name for each in found.longest] == [f"Meter {number:02}" for number in range(12, 2, -1)]


def test_messages_are_counted_by_what_became_of_them(database: Database) -> None:
    building = Building(database)
    building.admin("admin@here.example")
    for number, (state, error) in enumerate(
        [("sent", None), ("waiting", "Later."), ("failed", "No such user."), ("claimed", None)]
    ):
        tell(building, AlertKind.GUARD, f"cause {number}")
        with database.writing() as conn:
            values = {"state": state, "error": error, "sent_at": MORNING if state == "sent" else None}
            conn.execute(messages.update().where(messages.c.id == number + 1).values(values))

    with database.reading() as conn:
        found = messages_health(conn, ADMIN, building.site_id, MORNING)
        much_later = messages_health(conn, ADMIN, building.site_id, MORNING + timedelta(days=3))

    assert (found.waiting, found.failed, found.error, found.sent_at) == (2, 1, "No such user.", MORNING)
    assert (much_later.waiting, much_later.failed, much_later.error) == (2, 0, "Later.")
