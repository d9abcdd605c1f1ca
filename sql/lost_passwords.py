"""A lost password, when no administrator is left to give another one: `python -m sql password NAME`."""

import sqlalchemy as sa
from argon2 import PasswordHasher

from prepaid.errors.access import NotFound
from prepaid.language import _
from prepaid.sessions import SessionEnd, sign_in_name
from sql import throttles
from sql.connection import Database
from sql.events import Event, record
from sql.passwords import HASHER, hash_password
from sql.sessions import end_all
from sql.tables import users
from sql.users import FirstPassword, first_password

ACTOR = "command line"
WRITER = "sql"


def give_password(database: Database, user_name: str, *, hasher: PasswordHasher = HASHER) -> FirstPassword:
    """A new first password for a user, who is unlocked and whose sessions end. Raises NotFound.

    Whoever may run it has the database in hand anyway; the audit is told all the same.
    """
    name, password = sign_in_name(user_name), first_password()
    hashed = hash_password(password, hasher)
    with database.writing() as conn:
        now = database.now(conn)
        user = conn.execute(
            sa.select(users).where(users.c.user_name == name).with_hint(users, "WITH (UPDLOCK, HOLDLOCK)", "mssql")
        ).one_or_none()
        if user is None:
            raise NotFound(what=_("user"), name=user_name)
        conn.execute(
            users.update()
            .where(users.c.id == user.id)
            .values(
                password_hash=hashed,
                must_change_password=True,
                locked_at=None,
                session_version=user.session_version + 1,
            )
        )
        end_all(conn, user.id, SessionEnd.PASSWORD, now)
        throttles.forget(conn, throttles.of_name(name))
        told = Event(
            action="password.reset",
            actor=ACTOR,
            subject=f"user:{user.id}",
            site_id=user.site_id,
            before={"locked_at": user.locked_at},
            after={"locked_at": None},
        )
        record(conn, WRITER, [told], now)
    return FirstPassword(user_id=user.id, user_name=name, password=password)
