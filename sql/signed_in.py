"""The user behind a session: looked up in the database at each run, so that whatever ends a session ends it at once."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Viewer
from prepaid.errors.access import SessionEnded
from prepaid.records import Role
from prepaid.sessions import SessionKind, lengths_of
from sql.connection import Database
from sql.tables import sessions, tenants, users

TOUCHED_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user who acts, as the database has them now, and from where."""

    user_id: int
    user_name: str
    display_name: str
    language: str
    largest_recharge: Decimal | None
    address: str | None
    viewer: Viewer

    @property
    def role(self) -> Role:
        return self.viewer.role

    @property
    def actor(self) -> str:
        """The user, as events and postings name who did it."""
        return f"user:{self.user_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(Person):
    """A user with an open session."""

    session_id: int
    kind: SessionKind = SessionKind.BROWSER
    seen_at: datetime | None = None


def find(conn: Connection, token: str, now: datetime) -> SignedIn | None:
    """Whose session a browser's token opens; None when there is none, or it has ended in any way."""
    return _found(
        conn, sa.and_(sessions.c.token_hash == token_hash(token), sessions.c.kind == SessionKind.BROWSER), now
    )


def find_by_id(conn: Connection, session_id: int, now: datetime) -> SignedIn | None:
    """The session of that number, of any kind; None when there is none, or it has ended in any way."""
    return _found(conn, sessions.c.id == session_id, now)


def require_open(conn: Connection, signed_in: SignedIn, now: datetime) -> SignedIn:
    """The session as it is in this transaction. Raises SessionEnded."""
    found = find_by_id(conn, signed_in.session_id, now)
    if found is None:
        raise SessionEnded
    return found


def touch(database: Database, signed_in: SignedIn) -> None:
    """The holder is there: the session does not end idle before its time. Writes at most once a minute.

    Only for what a person does: a page that refreshes itself would keep the session of a deserted desk open.
    """
    if signed_in.seen_at is not None and database.clock.now() - signed_in.seen_at < TOUCHED_AFTER:
        return
    with database.writing() as conn:
        now = database.now(conn)
        idle_ends_at = now + lengths_of(signed_in.role, signed_in.kind).idle
        conn.execute(
            sessions.update()
            .where(
                sessions.c.id == signed_in.session_id,
                sessions.c.seen_at <= now - TOUCHED_AFTER,
                sessions.c.ended_at.is_(None),
                sessions.c.idle_ends_at > now,
            )
            .values(
                seen_at=now,
                idle_ends_at=sa.case(
                    (sessions.c.ends_at < idle_ends_at, sessions.c.ends_at),
                    else_=sa.literal(idle_ends_at, sessions.c.ends_at.type),
                ),
            )
        )


def token_hash(token: str) -> str:
    """What the database keeps of a token. It has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _found(conn: Connection, which: sa.ColumnElement[bool], now: datetime) -> SignedIn | None:
    """One statement sees session, user and tenant of the same instant."""
    question = (
        sa.select(
            sessions.c.id,
            sessions.c.kind,
            sessions.c.seen_at,
            sessions.c.address,
            sessions.c.user_id,
            users.c.user_name,
            users.c.display_name,
            users.c.language,
            users.c.largest_recharge,
            users.c.must_change_password,
            users.c.role,
            users.c.site_id,
            tenants.c.id.label("tenant_id"),
            tenants.c.site_id.label("tenants_site_id"),
        )
        .join(users, users.c.id == sessions.c.user_id)
        .outerjoin(tenants, sa.and_(tenants.c.id == users.c.tenant_id, users.c.role == Role.TENANT))
        .where(
            which,
            sessions.c.ended_at.is_(None),
            sessions.c.idle_ends_at > now,
            sessions.c.ends_at > now,
            sessions.c.session_version == users.c.session_version,
            users.c.locked_at.is_(None),
            sa.or_(tenants.c.left_at.is_(None), tenants.c.left_at > now),
        )
    )
    row = conn.execute(question).one_or_none()
    return None if row is None else _signed_in(row)


def _signed_in(row: Any) -> SignedIn:
    viewer = Viewer(
        role=row.role,
        site_id=row.tenants_site_id if row.role is Role.TENANT else row.site_id,
        tenant_id=row.tenant_id,
        must_change_password=row.must_change_password,
    )
    return SignedIn(
        session_id=row.id,
        user_id=row.user_id,
        user_name=row.user_name,
        display_name=row.display_name,
        language=row.language,
        largest_recharge=row.largest_recharge,
        address=row.address,
        viewer=viewer,
        kind=row.kind,
        seen_at=row.seen_at,
    )
