"""People who sign in, in the database of a test, with passwords that cost little to verify.

people = People(database)  # or the fixture `people`, with `clock`, of tests/sql
sara = people.add("sara", Role.ADMIN)
opened = people.sign_in("sara")
assert people.found(opened.token) is not None
"""

from typing import Any, Literal

import sqlalchemy as sa
from argon2 import PasswordHasher

from prepaid.records import Role
from prepaid.sessions import SessionKind
from sql.connection import Database
from sql.passwords import hash_password
from sql.sessions import Opened, SignedIn, change_password, find, find_by_id, sign_in
from sql.tables import users
from tests.building import MORNING

PASSWORD = "blue kettle sings"
ADDRESS = "192.0.2.1"
AGENT = "tests"


class CountingHasher(PasswordHasher):
    """As argon2 as the product's, but quick, and it counts its work."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.verified += 1
        return super().verify(hash, password)


class People:
    """Users of one database; all of them have the same password, if no other is said."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.hasher = CountingHasher()
        self.hash = hash_password(PASSWORD, self.hasher)

    def add(self, user_name: str, role: Role = Role.ADMIN, **facts: Any) -> int:
        """A user who need not change the password; `facts` are columns of app.Users."""
        row = {
            "user_name": user_name,
            "display_name": user_name.title(),
            "language": "en",
            "role": role,
            "password_hash": self.hash,
            "must_change_password": False,
            "created_at": MORNING,
            **facts,
        }
        with self.database.writing() as conn:
            added = conn.execute(users.insert().values(row)).inserted_primary_key
            assert added is not None, "the database numbers users"
            return int(added[0])

    def sign_in(
        self,
        user_name: str,
        password: str = PASSWORD,
        *,
        address: str | None = ADDRESS,
        agent: str | None = AGENT,
        kind: SessionKind = SessionKind.BROWSER,
    ) -> Opened:
        return sign_in(self.database, user_name, password, address, agent, kind=kind, hasher=self.hasher)

    def change_password(self, signed_in: SignedIn, present: str, new: str) -> Opened:
        return change_password(self.database, signed_in, present, new, hasher=self.hasher)

    def found(self, token: str) -> SignedIn | None:
        """Whose session the token opens now."""
        with self.database.reading() as conn:
            return find(conn, token, self.database.now(conn))

    def found_by_id(self, session_id: int) -> SignedIn | None:
        with self.database.reading() as conn:
            return find_by_id(conn, session_id, self.database.now(conn))

    def user(self, user_id: int) -> Any:
        """The row of a user as it is now."""
        with self.database.reading() as conn:
            return conn.execute(sa.select(users).where(users.c.id == user_id)).one()
