"""What an administrator does to users."""

from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from prepaid.records import Role
from prepaid.users import NewUser
from sql.sessions import SignedIn
from sql.tables import events
from sql.users import (
    FirstPassword,
    create_user,
    lock,
    reset_password,
    set_largest_recharge,
    set_role,
    unlock,
)
from tests.people import People

NEW = NewUser(user_name="Layla", display_name="Layla Hasan", role=Role.CASHIER)


def create(people: People, by: SignedIn, wanted: NewUser = NEW) -> FirstPassword:
    return create_user(people.database, by, wanted, hasher=people.hasher)


def reset(people: People, by: SignedIn, user_id: int) -> FirstPassword:
    return reset_password(people.database, by, user_id, hasher=people.hasher)


def admin(people: People, user_name: str = "omar", **facts: Any) -> SignedIn:
    people.add(user_name, **facts)
    return people.sign_in(user_name).signed_in


def acts(people: People) -> list[Any]:
    """The events about users, the oldest first."""
    with people.database.reading() as conn:
        rows = conn.execute(sa.select(events).order_by(events.c.event_no)).all()
    return [row for row in rows if not row.action.startswith("session.")]


def be_locked(people: People, by: SignedIn, user_id: int) -> None:
    lock(people.database, by, user_id)


def be_demoted(people: People, by: SignedIn, user_id: int) -> None:
    set_role(people.database, by, user_id, Role.MANAGER)


def give_role(people: People, by: SignedIn, user_id: int) -> None:
    set_role(people.database, by, user_id, Role.ADMIN)


def bound(people: People, by: SignedIn, user_id: int) -> None:
    set_largest_recharge(people.database, by, user_id, Decimal(1))


def let_in(people: People, by: SignedIn, user_id: int) -> None:
    unlock(people.database, by, user_id)
