"""Safety locks: one per person, taken away with the analyzer's name typed, by their owner or an administrator."""

from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.clock import ManualClock
from prepaid.errors.access import NotAllowed, NotFound
from prepaid.errors.wishes import (
    LockGone,
    LockPhoneMissing,
    LockUnconfirmed,
    SupplyNotAssigned,
    SupplyNotSwitched,
    WishReasonMissing,
)
from prepaid.records import Role, Wiring
from sql.connection import Database
from sql.locks import locked_analyzers, place_lock, remove_lock
from sql.tables import events, locks
from tests.building import MORNING, Building
from tests.signed_in import signed_in
from tests.sql.statements import listening, on_sql_server

PHONE = "+964 770 1"


@pytest.fixture
def house(database: Database) -> Building:
    database.clock = ManualClock(MORNING)
    return Building(database)


def oven(house: Building, **facts: Any) -> int:
    analyzer_id = house.analyzer("Oven, ground floor", house.tenant("Bakery"), **facts)
    house.begin(analyzer_id)
    return analyzer_id


def locked(house: Building) -> set[int]:
    with house.database.reading() as conn:
        return set(locked_analyzers(conn, house.site_id))


def test_a_lock_says_who_why_and_where_to_call(house: Building) -> None:
    analyzer_id, admin = oven(house, commissioned=False), signed_in(house.database, Role.ADMIN)

    placed = place_lock(house.database, admin, analyzer_id, "the board is open", f" {PHONE} ")
    again = place_lock(house.database, admin, analyzer_id, "clicked twice", PHONE)

    with house.database.reading() as conn:
        row = conn.execute(sa.select(locks)).one()
        event = conn.execute(sa.select(events)).one()
    assert (row.owner, row.user_id, row.reason, row.phone) == ("The admin", admin.user_id, "the board is open", PHONE)
    assert (event.action, event.subject) == ("lock.placed", f"analyzer:{analyzer_id}")
    assert (again.lock_id, again.repeated, placed.repeated) == (placed.lock_id, True, False)
    assert locked(house) == {analyzer_id}


def test_each_person_has_a_lock_and_the_last_one_frees_the_supply(house: Building) -> None:
    analyzer_id = oven(house)
    first, second = signed_in(house.database, Role.ADMIN), signed_in(house.database, Role.ADMIN)
    one = place_lock(house.database, first, analyzer_id, "the board is open", PHONE)
    other = place_lock(house.database, second, analyzer_id, "the riser is open", PHONE)

    remove_lock(house.database, first, one.lock_id, "oven, GROUND  floor")
    with_one_left = locked(house)
    remove_lock(house.database, first, other.lock_id, "Oven, ground floor")

    assert with_one_left == {analyzer_id}
    assert locked(house) == set()
    with house.database.reading() as conn:
        row = conn.execute(sa.select(locks).where(locks.c.id == other.lock_id)).one()
    assert (row.owner, row.removed_by, row.removal_confirmed) == ("The admin", "The admin", "Oven, ground floor")


def test_a_lock_stays_until_the_name_of_its_analyzer_is_typed(house: Building) -> None:
    admin = signed_in(house.database, Role.ADMIN)
    placed = place_lock(house.database, admin, oven(house), "the board is open", PHONE)

    for typed in ("", "yes", "Oven, first floor"):
        with pytest.raises(LockUnconfirmed, match="Oven, ground floor"):
            remove_lock(house.database, admin, placed.lock_id, typed)
    still = locked(house)
    remove_lock(house.database, admin, placed.lock_id, "Oven, ground floor")

    assert still
    with pytest.raises(LockGone):
        remove_lock(house.database, admin, placed.lock_id, "Oven, ground floor")
    with pytest.raises(NotFound):
        remove_lock(house.database, admin, 4711, "Oven, ground floor")


def test_a_lock_that_would_cut_nothing_or_says_too_little_is_refused(house: Building) -> None:
    admin, tenant = signed_in(house.database, Role.ADMIN), house.tenant("Kitchen")
    unwired = house.analyzer("Check", tenant, wiring=Wiring.NONE)
    house.begin(unwired)
    waiting = house.analyzer("Waiting", tenant)
    fit = oven(house)

    for analyzer_id, reason, phone, error in (
        (unwired, "work", PHONE, SupplyNotSwitched),
        (waiting, "work", PHONE, SupplyNotAssigned),
        (fit, " ", PHONE, WishReasonMissing),
        (fit, "work", " ", LockPhoneMissing),
    ):
        with pytest.raises(error):
            place_lock(house.database, admin, analyzer_id, reason, phone)

    assert locked(house) == set()


def test_only_who_may_ask_the_enforcer_at_that_site_locks(house: Building) -> None:
    analyzer_id = oven(house)
    elsewhere = Building(house.database, name="Elsewhere")
    placed = place_lock(house.database, signed_in(house.database, Role.ADMIN), analyzer_id, "work", PHONE)

    for person in (
        signed_in(house.database, Role.MANAGER),
        signed_in(house.database, Role.CASHIER),
        signed_in(house.database, Role.ADMIN, site_id=elsewhere.site_id),
    ):
        with pytest.raises(NotAllowed):
            place_lock(house.database, person, analyzer_id, "work", PHONE)
        with pytest.raises(NotAllowed):
            remove_lock(house.database, person, placed.lock_id, "Oven, ground floor")

    assert locked(house) == {analyzer_id}


def test_every_statement_is_understood_by_sql_server(house: Building) -> None:
    admin = signed_in(house.database, Role.ADMIN)
    analyzer_id = oven(house)

    with listening(house.database) as heard:
        placed = place_lock(house.database, admin, analyzer_id, "work", PHONE)
        remove_lock(house.database, admin, placed.lock_id, "Oven, ground floor")

    assert all(on_sql_server(each) for each in heard.values())
