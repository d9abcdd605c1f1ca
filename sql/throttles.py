"""Failed sign-ins, counted per name and per address in the database: each further one costs a longer wait."""

import hashlib
import ipaddress
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.errors.access import SignInThrottled
from sql.tables import throttles

QUIET = timedelta(minutes=15)
"""After that time without a failure everything is forgotten."""
CLEANED_AT_ONCE = 100
IPV6_BITS = 64
"""One customer has at least so many addresses; they count as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So many failures are `free`; then 2, 4, 8 ... seconds of waiting follow each, up to the longest wait."""

    free: int
    longest_s: int


OF_NAME = Limit(free=4, longest_s=300)
"""Anybody can fail in the name of another. So the wait for a name stays short: it makes guessing hopeless (12 tries
an hour), and its owner is never kept out for longer. Who goes on failing runs into the limit of the address."""
OF_ADDRESS = Limit(free=20, longest_s=900)
"""A whole office may share one address."""


class Subject(NamedTuple):
    """Whose failures are counted together. One that is `cleared` is forgotten at the first success."""

    key: str
    limit: Limit
    cleared: bool


class Count(NamedTuple):
    """The failures of a subject, this one included, and when the next try is allowed."""

    subject: Subject
    failures: int
    until_at: datetime

    @property
    def throttle_began(self) -> bool:
        return self.failures == self.subject.limit.free + 1


def of_name(user_name: str) -> Subject:
    """By hash: names have any script, and some people type their password into the field of the name."""
    return Subject(f"user:{hashlib.sha256(user_name.encode()).hexdigest()}", OF_NAME, cleared=True)


def of_session(session_id: int) -> Subject:
    """Who is signed in and guesses the password."""
    return Subject(f"session:{session_id}", OF_NAME, cleared=True)


def of_address(address: str | None) -> Subject:
    """Who comes from there."""
    return Subject(f"address:{network_of(address)}", OF_ADDRESS, cleared=False)


def network_of(address: str | None) -> str:
    """The addresses that count as one with this: itself, or all that a customer of IPv6 has. Those without an address
    count as one, too."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        found = mapped or ipaddress.ip_network((found, IPV6_BITS), strict=False).network_address
    return str(found)


def require_free(conn: Connection, subjects: Sequence[Subject], now: datetime) -> None:
    """Raises SignInThrottled while one of them has to wait."""
    _require_free(subjects, {row.subject: row for row in conn.execute(_question(subjects))}, now)


def count(conn: Connection, subjects: Sequence[Subject], now: datetime) -> list[Count]:
    """Counts one failure of each, in a writing transaction, before the password is looked at: tries made at the
    same moment are so all counted. `forgive` takes it back. Raises SignInThrottled and counts nothing while one of
    them has to wait."""
    locked = _question(subjects).with_hint(throttles, "WITH (UPDLOCK, HOLDLOCK)", "mssql")
    found = {row.subject: row for row in conn.execute(locked)}
    _require_free(subjects, found, now)
    counts = []
    for subject in subjects:
        row = found.get(subject.key)
        fresh = row is None or row.until_at is None or row.until_at + QUIET <= now
        failures = 1 if row is None or fresh else row.failures + 1
        until_at = now + timedelta(seconds=_wait_s(subject.limit, failures))
        values: dict[str, Any] = {"failures": failures, "until_at": until_at}
        if fresh:
            values["first_at"] = now
        if row is None:
            conn.execute(throttles.insert().values(subject=subject.key, **values))
        else:
            conn.execute(throttles.update().where(throttles.c.subject == subject.key).values(values))
        counts.append(Count(subject, failures, until_at))
    _clean(conn, now)
    return counts


def forgive(conn: Connection, counts: Sequence[Count], now: datetime) -> None:
    """The try was right: a name is as if it had never failed, an address as before this try."""
    for each in counts:
        if each.subject.cleared:
            forget(conn, each.subject)
        else:
            ours = throttles.c.until_at == each.until_at
            conn.execute(
                throttles.update()
                .where(throttles.c.subject == each.subject.key, throttles.c.failures > 0)
                .values(
                    failures=throttles.c.failures - 1,
                    until_at=sa.case((ours, sa.literal(now, throttles.c.until_at.type)), else_=throttles.c.until_at),
                )
            )


def forget(conn: Connection, subject: Subject) -> None:
    """As if it had never failed."""
    conn.execute(throttles.delete().where(throttles.c.subject == subject.key))


def _question(subjects: Sequence[Subject]) -> sa.Select[Any]:
    return sa.select(throttles.c.subject, throttles.c.failures, throttles.c.until_at).where(
        throttles.c.subject.in_([each.key for each in subjects])
    )


def _require_free(subjects: Sequence[Subject], found: dict[str, Any], now: datetime) -> None:
    waits = [_left_s(found.get(subject.key), subject.limit, now) for subject in subjects]
    if any(waits):
        raise SignInThrottled(wait_s=max(waits))


def _left_s(row: Any, limit: Limit, now: datetime) -> int:
    if row is None or row.until_at is None or row.until_at <= now:
        return 0
    left_s = math.ceil((row.until_at - now).total_seconds())
    return left_s if left_s <= limit.longest_s else 0  # the clock was set back: no wait is that long


def _wait_s(limit: Limit, failures: int) -> int:
    beyond = failures - limit.free
    return 0 if beyond <= 0 else min(1 << min(beyond, 30), limit.longest_s)


def _clean(conn: Connection, now: datetime) -> None:
    """Removes what is forgotten, a little each time, and never waits for a row that another one works on. (Under
    READ_COMMITTED_SNAPSHOT rows are passed over only by who reads with locks.)"""
    old = throttles.alias("old")
    subjects = (
        sa.select(old.c.subject)
        .where(old.c.until_at < now - QUIET)
        .order_by(old.c.until_at)
        .limit(CLEANED_AT_ONCE)
        .with_hint(old, "WITH (UPDLOCK, READPAST, READCOMMITTEDLOCK)", "mssql")
    )
    conn.execute(throttles.delete().where(throttles.c.subject.in_(subjects)))
