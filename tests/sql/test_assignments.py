"""Assignments: asked for by an admin, begun by the enforcer with its next accepted reading, never in the past."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.clock import ManualClock
from prepaid.errors.access import NotAllowed, NotFound, SessionEnded
from prepaid.errors.ledger import AccountClosed
from prepaid.errors.tenants import AnalyzerNotForTenants, AssignedAlready, AssignmentGone, AssignmentPast
from prepaid.errors.wishes import AnalyzerRetired
from prepaid.records import Purpose, Role
from sql import check
from sql.assignments import assign, withdraw
from sql.connection import Database
from sql.sessions import SignedIn
from sql.tables import analyzers, assignments, events
from tests.building import MORNING, Building, Person
from tests.enforcer.site_of_rules import read
from tests.enforcer.stored import Store, stored
from tests.signed_in import ADDRESS, sign_out, signed_in
from tests.sql.statements import listening, on_sql_server

MINUTE = timedelta(minutes=1)


@pytest.fixture
def clocked(database: Database) -> Database:
    """The database at the time of the building."""
    database.clock = ManualClock(MORNING + timedelta(seconds=2))
    return database


def shop(database: Database) -> tuple[Building, Person, Person, int, SignedIn]:
    """A bakery with an oven that is read, a florist, and an admin."""
    building = Building(database)
    bakery, florist = building.tenant("Bakery"), building.tenant("Florist")
    oven = building.analyzer("Oven", bakery)
    building.begin(oven)
    return building, bakery, florist, oven, signed_in(database, Role.ADMIN)


def rows(database: Database, analyzer_id: int) -> list[Any]:
    """(account, begun, ended) of every assignment of the analyzer, in their order."""
    question = sa.select(assignments).where(assignments.c.analyzer_id == analyzer_id).order_by(assignments.c.id)
    with database.reading() as conn:
        return [(row.account_id, row.from_at is not None, row.until_at is not None) for row in conn.execute(question)]


def test_the_enforcer_begins_what_was_asked_with_its_next_accepted_reading(clocked: Database) -> None:
    made: Store = stored(clocked)
    admin = signed_in(clocked, Role.ADMIN)
    made.run(read(0, 1010))

    asked = assign(clocked, admin, made.oven, made.florist.account_id)
    before = made.building.load().analyzers[made.oven]
    made.run(read(1, 1020))
    made.run(read(5, 1030), read(10, 1050))
    made.run(read(15, 1060))

    assert before.account_id == made.bakery.account_id
    assert before.pending is not None
    assert before.pending.account_id == made.florist.account_id
    assert rows(clocked, made.oven) == [(made.bakery.account_id, True, True), (made.florist.account_id, True, False)]
    begun = next(row for row in made.rows(assignments) if row.id == asked.assignment_id)
    assert (begun.from_at, begun.opening_grid_wh) == (MORNING + timedelta(seconds=5), 1030)
    assert made.actions[-1] == "assignment.begun"
    assert check.check(clocked, everything=True) == []


def test_asking_tells_the_enforcer_to_read_the_site_again_and_the_audit_who_asked(clocked: Database) -> None:
    building, bakery, florist, oven, admin = shop(clocked)

    assign(clocked, admin, oven, florist.account_id)

    with clocked.reading() as conn:
        event = conn.execute(sa.select(events).where(events.c.action == "assignment.asked")).one()
    assert (event.writer, event.actor, event.subject) == ("dashboard", admin.actor, f"analyzer:{oven}")
    assert event.before == {"account_id": bakery.account_id}
    assert (event.after["account_id"], event.after["address"]) == (florist.account_id, ADDRESS)
    assert event.site_id == building.site_id


def test_an_analyzer_goes_back_to_the_house(clocked: Database) -> None:
    building, bakery, _florist, oven, admin = shop(clocked)

    asked = assign(clocked, admin, oven, None)

    assert asked.account_id == building.house_account_id
    assert rows(clocked, oven) == [(bakery.account_id, True, False), (building.house_account_id, False, False)]


def test_a_new_wish_withdraws_the_one_that_was_waiting(clocked: Database) -> None:
    building, bakery, florist, oven, admin = shop(clocked)
    assign(clocked, admin, oven, florist.account_id, clocked.clock.now() + MINUTE)

    assign(clocked, admin, oven, None)

    assert rows(clocked, oven) == [
        (bakery.account_id, True, False),
        (florist.account_id, False, True),
        (building.house_account_id, False, False),
    ]
    assert building.load().analyzers[oven].pending is not None


def test_asking_for_the_account_it_has_takes_the_waiting_one_back(clocked: Database) -> None:
    building, bakery, florist, oven, admin = shop(clocked)
    assign(clocked, admin, oven, florist.account_id)

    asked = assign(clocked, admin, oven, bakery.account_id)

    assert asked.assignment_id is None
    assert building.load().analyzers[oven].pending is None


def test_nothing_begins_in_the_past_and_nothing_is_asked_twice(clocked: Database) -> None:
    _building, bakery, florist, oven, admin = shop(clocked)
    now = clocked.clock.now()

    with pytest.raises(AssignmentPast):
        assign(clocked, admin, oven, florist.account_id, now - timedelta(milliseconds=1))
    with pytest.raises(AssignedAlready):
        assign(clocked, admin, oven, bakery.account_id)
    assign(clocked, admin, oven, florist.account_id)
    with pytest.raises(AssignedAlready):
        assign(clocked, admin, oven, florist.account_id)

    assert len(rows(clocked, oven)) == 2


def test_one_that_waits_for_later_can_be_asked_for_earlier(clocked: Database) -> None:
    _building, _bakery, florist, oven, admin = shop(clocked)
    assign(clocked, admin, oven, florist.account_id, clocked.clock.now() + 60 * MINUTE)

    asked = assign(clocked, admin, oven, florist.account_id)

    assert asked.asked_from_at == clocked.clock.now()
    assert [ended for _, _, ended in rows(clocked, oven)] == [False, True, False]


def test_a_waiting_assignment_is_taken_back(clocked: Database) -> None:
    building, bakery, florist, oven, admin = shop(clocked)
    spare = building.analyzer("Spare", florist)
    assign(clocked, admin, oven, florist.account_id)

    withdraw(clocked, admin, oven)
    withdraw(clocked, admin, spare)

    assert rows(clocked, oven) == [(bakery.account_id, True, False), (florist.account_id, False, True)]
    assert rows(clocked, spare)[-1] == (building.house_account_id, False, False)
    with pytest.raises(AssignmentGone):
        withdraw(clocked, admin, oven)


@pytest.mark.parametrize("taken_back_after_s", [2, 60])
def test_one_that_is_taken_back_while_a_pass_works_does_not_begin(clocked: Database, taken_back_after_s: int) -> None:
    """The pass knows the site as it was; the clock of the database may be ahead of its stamps."""
    made: Store = stored(clocked)
    admin = signed_in(clocked, Role.ADMIN)
    made.run(read(0, 1010))
    assign(clocked, admin, made.oven, made.florist.account_id)
    known = made.building.load()
    clocked.clock = ManualClock(MORNING + timedelta(seconds=taken_back_after_s))
    withdraw(clocked, admin, made.oven)

    made.run(read(5, 1030), site=known)
    made.run(read(10, 1050))

    assert rows(clocked, made.oven) == [(made.bakery.account_id, True, False), (made.florist.account_id, False, True)]
    assert made.actions.count("assignment.begun") == 1, "that of the bakery"
    assert made.building.load().analyzers[made.oven].account_id == made.bakery.account_id
    assert check.check(clocked, everything=True) == []


def test_what_does_not_fit_is_refused_and_nothing_is_written(clocked: Database) -> None:
    building, bakery, florist, oven, admin = shop(clocked)
    incomer = building.analyzer("Incomer", purpose=Purpose.GRID_INCOMER)
    retired = building.analyzer("Old oven", bakery)
    building.close(florist)
    other = Building(clocked, name="Other house")
    stranger = other.tenant("Stranger")
    with clocked.writing() as conn:
        conn.execute(analyzers.update().where(analyzers.c.id == retired).values(retired_at=MORNING))

    with pytest.raises(AnalyzerNotForTenants):
        assign(clocked, admin, incomer, bakery.account_id)
    with pytest.raises(AnalyzerRetired):
        assign(clocked, admin, retired, bakery.account_id)
    with pytest.raises(AccountClosed):
        assign(clocked, admin, oven, florist.account_id)
    with pytest.raises(NotAllowed):
        assign(clocked, admin, oven, stranger.account_id)
    for analyzer_id, account_id in ((999, None), (oven, 999)):
        with pytest.raises(NotFound):
            assign(clocked, admin, analyzer_id, account_id)

    assert rows(clocked, oven) == [(bakery.account_id, True, False)]
    with clocked.reading() as conn:
        assert conn.execute(sa.select(events)).all() == []


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CASHIER, Role.TENANT])
def test_only_an_admin_of_the_site_assigns(clocked: Database, role: Role) -> None:
    building, bakery, florist, oven, admin = shop(clocked)
    person = signed_in(clocked, role, site_id=building.site_id, tenant_id=bakery.tenant_id)
    elsewhere = signed_in(clocked, Role.ADMIN, site_id=Building(clocked, name="Other house").site_id)

    for somebody in (person, elsewhere):
        with pytest.raises(NotAllowed):
            assign(clocked, somebody, oven, florist.account_id)
        with pytest.raises(NotAllowed):
            withdraw(clocked, somebody, oven)
    sign_out(clocked, admin)
    with pytest.raises(SessionEnded):
        assign(clocked, admin, oven, florist.account_id)


def test_sql_server_understands_each_statement(clocked: Database) -> None:
    _building, _bakery, florist, oven, admin = shop(clocked)

    with listening(clocked) as heard:
        assign(clocked, admin, oven, florist.account_id)
        assign(clocked, admin, oven, None)
        withdraw(clocked, admin, oven)

    written = [on_sql_server(statement) for statement in heard.values()]
    assert len([each for each in written if "app.[Accounts] WITH (UPDLOCK, HOLDLOCK)" in each]) == 2
