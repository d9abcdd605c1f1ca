"""Users with an open session, as an act takes them, without a password to be hashed.

admin = signed_in(database, Role.ADMIN)
cook = signed_in(database, Role.TENANT, tenant_id=bakery.tenant_id, site_id=building.site_id)
"""

import hashlib
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from prepaid.records import Role
from prepaid.sessions import SessionKind
from sql.connection import Database
from sql.sessions import SignedIn, find_by_id
from sql.tables import sessions, users

ADDRESS = "127.0.0.9"


def signed_in(database: Database, role: Role, **facts: Any) -> SignedIn:
    """A new user of that role with a session, as an act takes them; `facts` are columns of app.Users."""
    with database.writing() as conn:
        now = database.now(conn)
        number = conn.scalar(sa.select(sa.func.count()).select_from(users))
        user = {
            "user_name": f"{role}.{number}",
            "display_name": f"The {role}",
            "language": "en",
            "role": role,
            "password_hash": "-",
            "must_change_password": False,
            "created_at": now,
            **facts,
        }
        session = {
            "token_hash": hashlib.sha256(str(number).encode()).hexdigest(),
            "user_id": _key(conn, users.insert().values(user)),
            "session_version": 1,
            "kind": SessionKind.BROWSER,
            "opened_at": now,
            "seen_at": now,
            "idle_ends_at": now + timedelta(hours=1),
            "ends_at": now + timedelta(hours=12),
            "address": ADDRESS,
        }
        found = find_by_id(conn, _key(conn, sessions.insert().values(session)), now)
    assert found is not None, "the session was opened a moment ago"
    return found


def sign_out(database: Database, person: SignedIn) -> None:
    """Ends the session, as if somebody signed out elsewhere."""
    with database.writing() as conn:
        conn.execute(sessions.update().where(sessions.c.id == person.session_id).values(ended_at=database.now(conn)))


def _key(conn: sa.Connection, statement: sa.Insert) -> int:
    inserted = conn.execute(statement).inserted_primary_key
    assert inserted is not None, "the database numbers it"
    return int(inserted[0])
