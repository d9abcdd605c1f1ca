"""Where a user is signed in, and signing out everywhere else."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import own_right, permit
from prepaid.sessions import SessionEnd, SessionKind
from sql.acts import acting
from sql.connection import Database
from sql.repeating import repeated
from sql.sessions import SignedIn
from sql.tables import sessions, users

SESSIONS_AT_MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """One sign-in that still holds. `this`: the one that asks."""

    session_id: int
    kind: SessionKind
    opened_at: datetime
    seen_at: datetime
    address: str | None
    agent: str | None
    this: bool


def own_sessions(conn: Connection, signed_in: SignedIn, now: datetime) -> tuple[OpenSession, ...]:
    """Where the user is signed in, last seen first. Raises PasswordMustChange."""
    permit(signed_in.viewer, own_right(signed_in.role))
    question = (
        sa.select(
            sessions.c.id,
            sessions.c.kind,
            sessions.c.opened_at,
            sessions.c.seen_at,
            sessions.c.address,
            sessions.c.agent,
        )
        .join(users, users.c.id == sessions.c.user_id)
        .where(
            sessions.c.user_id == signed_in.user_id,
            sessions.c.ended_at.is_(None),
            sessions.c.idle_ends_at > now,
            sessions.c.ends_at > now,
            sessions.c.session_version == users.c.session_version,
        )
        .order_by(sessions.c.seen_at.desc(), sessions.c.id.desc())
        .limit(SESSIONS_AT_MOST)
    )
    return tuple(
        OpenSession(
            session_id=row.id,
            kind=row.kind,
            opened_at=row.opened_at,
            seen_at=row.seen_at,
            address=row.address,
            agent=row.agent,
            this=row.id == signed_in.session_id,
        )
        for row in conn.execute(question)
    )


@repeated
def end_other_sessions(database: Database, signed_in: SignedIn) -> int:
    """Ends every session of the user but the one that asks, browsers and programs alike; answers how many.

    Raises SessionEnded, PasswordMustChange.
    """
    with acting(database, signed_in, own_right(signed_in.role)) as act:
        others = (
            sessions.c.user_id == signed_in.user_id,
            sessions.c.id != signed_in.session_id,
            sessions.c.ended_at.is_(None),
        )
        ended = act.conn.execute(
            sessions.update().where(*others).values(ended_at=act.now, ended_why=SessionEnd.SIGNED_OUT_ELSEWHERE)
        )
        if ended.rowcount:
            site_id = act.person.viewer.site_id
            act.note("session.others_ended", f"user:{signed_in.user_id}", site_id, after={"sessions": ended.rowcount})
        return ended.rowcount
