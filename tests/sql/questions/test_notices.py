"""What stands on Overview: pauses, wishes, locks and holds that are in force, with who, why and until when."""

from datetime import timedelta
from functools import partial

from prepaid.records import HoldCause
from sql.connection import Database
from sql.metering import begin_hold, end_hold
from sql.questions.notices import Notice, NoticeKind, notices
from sql.tables import locks, wishes
from tests.building import BY, MORNING, Building
from tests.sql.questions.shown import ADMIN, asked_on_sql_server, only_for_staff

HOUR = timedelta(hours=1)


def asked(building: Building) -> tuple[Notice, ...]:
    with building.database.reading() as conn:
        return notices(conn, ADMIN, building.site_id, MORNING)


def test_everything_in_force_is_told_with_who_why_and_until_when(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    oven = building.analyzer("Oven", bakery)
    building.begin(oven)
    building.wish("keep_on", oven, MORNING + HOUR, MORNING - 3 * HOUR)
    building.wish("pause", None, MORNING + 2 * HOUR, MORNING - 4 * HOUR)
    building.lock(oven)
    with database.writing() as conn:
        begin_hold(conn, oven, HoldCause.FELL, "the counter fell", MORNING - HOUR, 24 * HOUR)

    pause, lock, hold, keep_on = asked(building)

    assert (pause.kind, pause.until_at, pause.by, pause.analyzer) == (NoticeKind.PAUSE, MORNING + 2 * HOUR, BY, None)
    assert (lock.kind, lock.by, lock.why, lock.phone, lock.until_at) == (
        NoticeKind.LOCK,
        "Fitter",
        "work",
        "+964 1",
        None,
    )
    assert (hold.kind, hold.cause, hold.until_at) == (NoticeKind.HOLD, HoldCause.FELL, MORNING + 23 * HOUR)
    assert (keep_on.kind, keep_on.analyzer, keep_on.tenant) == (NoticeKind.KEEP_ON, "Oven", "Bakery")


def test_what_has_ended_or_is_of_another_site_is_not_told(database: Database) -> None:
    building, other = Building(database), Building(database, name="Other house")
    oven, there = building.analyzer("Oven"), other.analyzer("There")
    building.wish("keep_on", oven, MORNING, MORNING - HOUR)
    building.wish("restore", oven, MORNING + HOUR)
    withdrawn = building.wish("cut", oven, MORNING + HOUR)
    removed = building.lock(oven)
    other.lock(there)
    other.wish("pause", None, MORNING + HOUR)
    with database.writing() as conn:
        conn.execute(wishes.update().where(wishes.c.id == withdrawn).values(ended_at=MORNING))
        conn.execute(locks.update().where(locks.c.id == removed).values(removed_at=MORNING))
        begin_hold(conn, oven, HoldCause.JUMPED, "a jump", MORNING, HOUR)
        end_hold(conn, oven, MORNING, "advance")

    assert asked(building) == ()


def test_only_the_staff_of_the_site_see_what_is_in_force(database: Database) -> None:
    building = Building(database)

    only_for_staff(database, building.site_id, building.tenant("Shop"), partial(notices, now=MORNING))


def test_every_statement_is_one_that_sql_server_takes(database: Database) -> None:
    building = Building(database)

    assert len(asked_on_sql_server(database, building.site_id, partial(notices, now=MORNING))) == 3
