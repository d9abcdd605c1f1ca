"""Whom the guard holds, as Overview asks for it: with what is left now, and only for who sees the site."""

from datetime import timedelta
from decimal import Decimal

from sql.connection import Database
from sql.questions.guarded import held_accounts
from sql.tables import crossings
from tests.building import MORNING, Building
from tests.sql.questions.shown import ADMIN, asked_on_sql_server, only_for_staff

HOUR = timedelta(hours=1)


def guarded(database: Database) -> Building:
    """A bakery that is held, a florist that is not, and another site where somebody is held."""
    building, other = Building(database), Building(database, name="Other house")
    bakery = building.tenant("Bakery", opening="-5")
    building.tenant("Florist", opening="5")
    held = {bakery.account_id, other.tenant("Stranger").account_id}
    with database.writing() as conn:
        values = {"exhausted_at": MORNING - HOUR, "unexpected_at": MORNING - HOUR, "guarded_at": MORNING}
        conn.execute(crossings.update().where(crossings.c.account_id.in_(held)).values(values))
    return building


def test_the_held_accounts_of_the_site_are_told_with_what_is_left(database: Database) -> None:
    building = guarded(database)

    with database.reading() as conn:
        [found] = held_accounts(conn, ADMIN, building.site_id)

    assert (found.tenant, found.live, found.ran_out_at, found.held_since_at) == (
        "Bakery",
        Decimal(-5),
        MORNING - HOUR,
        MORNING,
    )


def test_only_the_staff_of_the_site_see_whom_the_guard_holds(database: Database) -> None:
    building = guarded(database)

    only_for_staff(database, building.site_id, building.tenant("Shop"), held_accounts)


def test_every_statement_is_one_that_sql_server_takes(database: Database) -> None:
    building = guarded(database)

    assert asked_on_sql_server(database, building.site_id, held_accounts)
