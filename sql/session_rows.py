"""Rows of app.Sessions: opened, ended, bounded in number, and purged long after their end."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.errors.access import SignInFailed
from prepaid.sessions import SessionEnd, SessionKind, lengths_of
from sql.connection import Database
from sql.events import Event, record
from sql.signed_in import SignedIn, find_by_id, token_hash
from sql.tables import refresh_tokens, sessions, users

WRITER = "dashboard"
TOKEN_BYTES = 32
MOST_OPEN = 20
KEPT_AFTER_THE_END = timedelta(days=90)
PURGED_AT_ONCE = 100
LONGEST_ADDRESS = 45
LONGEST_AGENT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A new session. `token` is the only copy: the database has its hash."""

    token: str
    signed_in: SignedIn


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """What holds a session: a browser or a program, where it came from, and what it calls itself."""

    kind: SessionKind = SessionKind.BROWSER
    address: str | None = None
    agent: str | None = None


NOBODY_SAID = Holder()


def holder(kind: SessionKind, address: str | None, agent: str | None) -> Holder:
    """The holder, with what it says about itself cut to what is kept."""
    known = address.encode("ascii", "ignore").decode()[:LONGEST_ADDRESS] if address else None
    said = "".join(letter for letter in agent or "" if letter.isprintable())[:LONGEST_AGENT]
    return Holder(kind=kind, address=known, agent=said or None)


def open_session(conn: Connection, user_id: int, now: datetime, of: Holder = NOBODY_SAID) -> Opened:
    """A new session of a user whose password was right: the caller knows, and writes the event. The user's oldest
    sessions beyond the most are ended. Raises SignInFailed for a user who is locked or whose tenant has left."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    user = conn.execute(sa.select(users.c.role, users.c.session_version).where(users.c.id == user_id)).one()
    lengths = lengths_of(user.role, of.kind)
    inserted = conn.execute(
        sessions.insert().values(
            token_hash=token_hash(token),
            user_id=user_id,
            session_version=user.session_version,
            opened_at=now,
            seen_at=now,
            idle_ends_at=now + lengths.idle,
            ends_at=now + lengths.whole,
            address=of.address,
            agent=of.agent,
            kind=of.kind,
        )
    )
    assert inserted.inserted_primary_key is not None, "the database numbers sessions"
    signed_in = find_by_id(conn, int(inserted.inserted_primary_key[0]), now)
    if signed_in is None:
        raise SignInFailed
    _end_the_oldest(conn, user_id, now)
    _purge(conn, now)
    return Opened(token=token, signed_in=signed_in)


def holder_of(conn: Connection, session_id: int) -> Holder:
    """What holds that session."""
    row = conn.execute(
        sa.select(sessions.c.kind, sessions.c.address, sessions.c.agent).where(sessions.c.id == session_id)
    ).one()
    return Holder(kind=row.kind, address=row.address, agent=row.agent)


def end(database: Database, session_id: int, why: SessionEnd = SessionEnd.SIGNED_OUT) -> None:
    """Ends one session at once. One that has ended already stays as it is."""
    with database.writing() as conn:
        end_in(conn, session_id, why, database.now(conn))


def end_in(conn: Connection, session_id: int, why: SessionEnd, now: datetime) -> None:
    """Ends one session in a transaction of the caller."""
    signed_in = find_by_id(conn, session_id, now)
    conn.execute(
        sessions.update()
        .where(sessions.c.id == session_id, sessions.c.ended_at.is_(None))
        .values(ended_at=now, ended_why=why)
    )
    if signed_in is not None:
        record(conn, WRITER, [session_event("session.ended", signed_in, why=why)], now)


def end_all(conn: Connection, user_id: int, why: SessionEnd, now: datetime) -> None:
    """Ends every session of a user. The act that does so also changes `session_version`, and writes the event."""
    conn.execute(
        sessions.update()
        .where(sessions.c.user_id == user_id, sessions.c.ended_at.is_(None))
        .values(ended_at=now, ended_why=why)
    )


def session_event(action: str, signed_in: SignedIn, **more: Any) -> Event:
    """What happened to a session, by the one it belongs to."""
    facts = {"session": signed_in.session_id, "kind": signed_in.kind, "address": signed_in.address, **more}
    return Event(
        action=action,
        actor=signed_in.actor,
        subject=f"user:{signed_in.user_id}",
        site_id=signed_in.viewer.site_id,
        after=facts,
    )


def _end_the_oldest(conn: Connection, user_id: int, now: datetime) -> None:
    kept = sessions.alias("kept")
    newest = (
        sa.select(kept.c.id)
        .where(kept.c.user_id == user_id, kept.c.ended_at.is_(None))
        .order_by(kept.c.opened_at.desc(), kept.c.id.desc())
        .limit(MOST_OPEN)
    )
    conn.execute(
        sessions.update()
        .where(sessions.c.user_id == user_id, sessions.c.ended_at.is_(None), sessions.c.id.not_in(newest))
        .values(ended_at=now, ended_why=SessionEnd.TOO_MANY)
    )


def _purge(conn: Connection, now: datetime) -> None:
    """Removes sessions long over, with their tokens, a few each time. The events about them stay."""
    old = list(
        conn.scalars(
            sa.select(sessions.c.id)
            .where(sessions.c.ends_at < now - KEPT_AFTER_THE_END)
            .order_by(sessions.c.id)
            .limit(PURGED_AT_ONCE)
        )
    )
    if old:
        conn.execute(refresh_tokens.delete().where(refresh_tokens.c.session_id.in_(old)))
        conn.execute(sessions.delete().where(sessions.c.id.in_(old)))
