"""Refresh tokens: each is used once, for its successor; one that comes a second time ends the whole session."""

import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.errors.access import PasswordMustChange, SessionEnded, TokenInvalid, TokenReused
from prepaid.sessions import SessionEnd
from sql.connection import Database
from sql.events import Event, record
from sql.session_rows import WRITER, end_in
from sql.signed_in import SignedIn, find_by_id, require_open, token_hash
from sql.tables import refresh_tokens, sessions

TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """A new token, of which the database has the hash only, and whose session it belongs to."""

    token: str
    ends_at: datetime
    signed_in: SignedIn


def issue(database: Database, signed_in: SignedIn) -> Refreshed:
    """The first refresh token of a session. Raises SessionEnded."""
    with database.writing() as conn:
        now = database.now(conn)
        return _issue(conn, require_open(conn, signed_in, now), now)


def rotate(database: Database, token: str, address: str) -> Refreshed:
    """Uses up a token for its successor, in one transaction; of two callers with one token only one can win.

    There is no grace for a lost answer: the second use of a token looks the same whether its owner lost the answer or
    a thief has the token. So it ends the session and is recorded. Raises TokenInvalid, TokenReused, SessionEnded, and
    PasswordMustChange, which uses nothing up.
    """
    with database.writing() as conn:
        now = database.now(conn)
        found = conn.execute(
            sa.select(refresh_tokens.c.id, refresh_tokens.c.session_id, refresh_tokens.c.ends_at).where(
                refresh_tokens.c.token_hash == token_hash(token)
            )
        ).one_or_none()
        if found is None:
            raise TokenInvalid
        signed_in = find_by_id(conn, found.session_id, now)
        if signed_in is None or found.ends_at <= now:
            raise SessionEnded
        if signed_in.viewer.must_change_password:
            raise PasswordMustChange
        used = conn.execute(
            refresh_tokens.update()
            .where(refresh_tokens.c.id == found.id, refresh_tokens.c.used_at.is_(None))
            .values(used_at=now)
        )
        if used.rowcount == 1:
            return _issue(conn, signed_in, now)
        _end_reused(conn, signed_in, address, now)
    raise TokenReused


def _issue(conn: Connection, signed_in: SignedIn, now: datetime) -> Refreshed:
    ends_at = conn.scalar(sa.select(sessions.c.ends_at).where(sessions.c.id == signed_in.session_id))
    if ends_at is None:
        raise SessionEnded
    token = secrets.token_urlsafe(TOKEN_BYTES)
    conn.execute(
        refresh_tokens.insert().values(
            session_id=signed_in.session_id, token_hash=token_hash(token), issued_at=now, ends_at=ends_at
        )
    )
    return Refreshed(token=token, ends_at=ends_at, signed_in=signed_in)


def _end_reused(conn: Connection, signed_in: SignedIn, address: str, now: datetime) -> None:
    """Whoever holds the newest token is out, too: nobody knows which of the two is the owner."""
    end_in(conn, signed_in.session_id, SessionEnd.REUSE, now)
    reused = Event(
        action="session.token_reused",
        actor=signed_in.actor,
        subject=f"user:{signed_in.user_id}",
        site_id=signed_in.viewer.site_id,
        after={"session_id": signed_in.session_id, "address": address},
    )
    record(conn, WRITER, [reused], now)
