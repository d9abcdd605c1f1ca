"""What a monitoring system is told of the database."""

from datetime import timedelta

from prepaid.alerts import AlertKind, MessageState
from sql.connection import Database
from sql.outcomes import mark_failed, mark_sent
from sql.questions.monitoring import Unsent, standing_alarms, unsent
from sql.tables import alerts
from tests.building import MORNING, Building
from tests.sql.messages import claimed, tell
from tests.sql.questions.shown import asked_on_sql_server


def test_a_quiet_database_names_every_state_and_kind_with_nothing(database: Database) -> None:
    building = Building(database)

    with database.reading() as conn:
        messages, alarms = unsent(conn, MORNING), standing_alarms(conn, building.site_id)

    assert messages == dict.fromkeys((MessageState.WAITING, MessageState.CLAIMED, MessageState.FAILED), Unsent())
    assert set(alarms.values()) == {0}
    assert AlertKind.GUARD in alarms


def test_messages_are_counted_until_they_are_sent_with_the_age_of_the_oldest(database: Database) -> None:
    building = Building(database)
    building.admin()
    for cause in ("first", "second", "third"):
        tell(building, AlertKind.GUARD, cause)
    first, second, _third = claimed(database)
    with database.writing() as conn:
        mark_sent(conn, first, MORNING)
        mark_failed(conn, second, "one", "refused", MORNING, for_good=True)

    with database.reading() as conn:
        found = unsent(conn, MORNING + timedelta(minutes=10))

    assert {state: each.number for state, each in found.items()} == {"waiting": 0, "claimed": 1, "failed": 1}
    assert found[MessageState.CLAIMED] == Unsent(number=1, oldest_s=600.0, overdue_s=600.0)


def test_a_message_that_waits_for_its_next_try_is_old_but_not_overdue(database: Database) -> None:
    building = Building(database)
    building.admin()
    tell(building, AlertKind.GUARD, "first")
    (message,) = claimed(database)
    with database.writing() as conn:
        mark_failed(conn, message, "one", "busy", MORNING + timedelta(minutes=10), for_good=False)

    with database.reading() as conn:
        found = unsent(conn, MORNING + timedelta(minutes=10))

    assert found[MessageState.WAITING] == Unsent(number=1, oldest_s=600.0, overdue_s=0.0)


def test_alarms_count_while_they_stand_and_at_their_own_site(database: Database) -> None:
    building, other = Building(database), Building(database, name="Elsewhere")
    tell(building, AlertKind.ANALYZER_LOST, "one", analyzer=building.analyzer("A"))
    tell(building, AlertKind.ANALYZER_LOST, "two", analyzer=building.analyzer("B"))
    tell(other, AlertKind.ANALYZER_LOST, "three")
    with database.writing() as conn:
        conn.execute(alerts.update().where(alerts.c.cause == "two").values(ended_at=MORNING))

    with database.reading() as conn:
        found = standing_alarms(conn, building.site_id)

    assert found[AlertKind.ANALYZER_LOST] == 1


def test_each_is_one_statement_on_both_engines(database: Database) -> None:
    written = asked_on_sql_server(
        database, 1, lambda conn, _viewer, site_id: (unsent(conn, MORNING), standing_alarms(conn, site_id))
    )

    assert len(written) == 2
