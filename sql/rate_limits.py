"""Requests counted in windows of time: one row a subject, so that all processes count together."""

from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from sql.columns import Instant
from sql.connection import Database
from sql.tables import rate_limits

KEPT_AFTER = timedelta(minutes=10)


class Counted(NamedTuple):
    """The requests in the window that is open now, this one included, and when it ends."""

    hits: int
    ends_at: datetime
    now: datetime

    @property
    def left_s(self) -> float:
        return max(0.0, (self.ends_at - self.now).total_seconds())


def hit(database: Database, subject: str, window: timedelta, weight: int = 1) -> Counted:
    """Counts a request of the subject: one statement, but for the first one ever."""
    for _attempt in range(3):
        try:
            with database.writing() as conn:
                now = database.now(conn)
                counted = _count_on(conn, subject, window, weight, now)
                return counted or _begin(conn, subject, window, weight, now)
        except IntegrityError:
            continue  # another process began it at the same moment
    raise AssertionError("a row that was begun by another is found at the next look")


def look(database: Database, subject: str) -> Counted | None:
    """The window that is open for the subject, without counting; None: there is none."""
    with database.reading() as conn:
        now = database.now(conn)
        question = sa.select(rate_limits.c.hits, rate_limits.c.ends_at).where(
            rate_limits.c.subject == subject, rate_limits.c.ends_at > now
        )
        found = conn.execute(question).one_or_none()
    return None if found is None else Counted(found.hits, found.ends_at, now)


def forget(database: Database, subject: str) -> None:
    """Begins anew with the subject."""
    with database.writing() as conn:
        conn.execute(rate_limits.delete().where(rate_limits.c.subject == subject))


def _count_on(conn: Connection, subject: str, window: timedelta, weight: int, now: datetime) -> Counted | None:
    over = rate_limits.c.ends_at <= now
    at, ends_at = sa.literal(now, Instant), sa.literal(now + window, Instant)
    counted = conn.execute(
        rate_limits.update()
        .where(rate_limits.c.subject == subject)
        .values(
            hits=sa.case((over, weight), else_=rate_limits.c.hits + weight),
            began_at=sa.case((over, at), else_=rate_limits.c.began_at),
            ends_at=sa.case((over, ends_at), else_=rate_limits.c.ends_at),
        )
        .returning(rate_limits.c.hits, rate_limits.c.ends_at)
    ).one_or_none()
    return None if counted is None else Counted(counted.hits, counted.ends_at, now)


def _begin(conn: Connection, subject: str, window: timedelta, weight: int, now: datetime) -> Counted:
    """A subject never seen, or not for long; those that have not come back since are forgotten."""
    conn.execute(rate_limits.delete().where(rate_limits.c.ends_at < now - KEPT_AFTER))
    ends_at = now + window
    conn.execute(rate_limits.insert().values(subject=subject, hits=weight, began_at=now, ends_at=ends_at))
    return Counted(weight, ends_at, now)
