"""A session ends at once with whatever changes what its user may do."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from prepaid.clock import ManualClock
from prepaid.records import Role
from prepaid.sessions import SessionKind
from sql.sessions import Opened, end
from sql.tables import tenants, users
from sql.users import lock, reset_password, set_role
from tests.building import MORNING
from tests.people import PASSWORD, People
from tests.sql.seen_sessions import opened_as

NEW_PASSWORD = "seven green ladders"


def sign_out(people: People, opened: Opened, _omar: Opened) -> None:
    end(people.database, opened.signed_in.session_id)


def change_own_password(people: People, opened: Opened, _omar: Opened) -> None:
    people.change_password(opened.signed_in, PASSWORD, NEW_PASSWORD)


def be_given_a_password(people: People, opened: Opened, omar: Opened) -> None:
    reset_password(people.database, omar.signed_in, opened.signed_in.user_id, hasher=people.hasher)


def be_locked(people: People, opened: Opened, omar: Opened) -> None:
    lock(people.database, omar.signed_in, opened.signed_in.user_id)


def be_given_a_role(people: People, opened: Opened, omar: Opened) -> None:
    set_role(people.database, omar.signed_in, opened.signed_in.user_id, Role.CASHIER)


def be_locked_by_hand(people: People, opened: Opened, _omar: Opened) -> None:
    with people.database.writing() as conn:
        conn.execute(users.update().where(users.c.id == opened.signed_in.user_id).values(locked_at=MORNING))


def get_another_version(people: People, opened: Opened, _omar: Opened) -> None:
    with people.database.writing() as conn:
        conn.execute(users.update().where(users.c.id == opened.signed_in.user_id).values(session_version=7))


@pytest.mark.parametrize(
    ("act", "elsewhere_too"),
    [
        (sign_out, False),
        (change_own_password, True),
        (be_given_a_password, True),
        (be_locked, True),
        (be_given_a_role, True),
        (be_locked_by_hand, True),
        (get_another_version, True),
    ],
)
def test_a_session_ends_at_once_with_what_changes_its_user(
    people: People, act: Callable[[People, Opened, Opened], None], elsewhere_too: bool
) -> None:
    people.add("sara", Role.MANAGER)
    people.add("omar")
    here, elsewhere, omars = people.sign_in("sara"), people.sign_in("sara"), people.sign_in("omar")
    program = people.sign_in("sara", kind=SessionKind.API).signed_in.session_id

    act(people, here, omars)

    assert people.found(here.token) is None, "a replay of the token is refused"
    assert (people.found(elsewhere.token) is None) == elsewhere_too
    assert (people.found_by_id(program) is None) == elsewhere_too
    assert people.found(omars.token) == omars.signed_in


def test_a_tenant_who_leaves_is_out(people: People, clock: ManualClock) -> None:
    opened = opened_as(people, Role.TENANT, SessionKind.BROWSER)
    with people.database.writing() as conn:
        conn.execute(tenants.update().values(left_at=MORNING + timedelta(seconds=1)))

    before = people.found(opened.token)
    clock.advance(1)

    assert before == opened.signed_in
    assert people.found(opened.token) is None
