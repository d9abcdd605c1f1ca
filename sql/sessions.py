"""Signing in: a session opened by a password, throttled, and ended at once by whatever changes what the user may do."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from sqlalchemy.engine import Connection

from prepaid.errors.access import PasswordWrong, SessionEnded, SignInFailed
from prepaid.passwords import check_password
from prepaid.records import Role
from prepaid.sessions import SessionEnd, SessionKind, sign_in_name
from sql import throttles
from sql.connection import Database
from sql.events import Event, record
from sql.passwords import HASHER, hash_password, verify_password
from sql.session_rows import (
    WRITER,
    Holder,
    Opened,
    end,
    end_all,
    end_in,
    holder,
    holder_of,
    open_session,
    session_event,
)
from sql.signed_in import SignedIn, find, find_by_id, require_open, touch
from sql.tables import tenants, users

__all__ = [
    "Holder",
    "Opened",
    "SignedIn",
    "change_password",
    "end",
    "end_all",
    "end_in",
    "find",
    "find_by_id",
    "open_session",
    "require_open",
    "sign_in",
    "touch",
]


def sign_in(
    database: Database,
    user_name: str,
    password: str,
    address: str | None,
    agent: str | None,
    *,
    kind: SessionKind = SessionKind.BROWSER,
    hasher: PasswordHasher = HASHER,
) -> Opened:
    """Opens a session. Raises SignInFailed, or SignInThrottled without looking at the password.

    1. The try is counted as a failure, so that tries made at the same moment are all counted.
    2. The password is verified, outside of any transaction. An unknown name costs the same statements and work.
    3. A right one takes the count back and opens the session, in one transaction.
    """
    name, of = sign_in_name(user_name), holder(kind, address, agent)
    subjects = (throttles.of_name(name), throttles.of_address(address))
    with database.reading() as conn:
        throttles.require_free(conn, subjects, database.now(conn))
    with database.writing() as conn:
        now = database.now(conn)
        counts = throttles.count(conn, subjects, now)
        login = _login(conn, users.c.user_name == name)
    if login is not None and login.user_name != name:
        login = None  # a server that ignores accents or invisible characters has found somebody else
    verified = verify_password(None if login is None else login.password_hash, password, hasher)
    if login is None or not verified.right or not _is_welcome(login, now):
        _record_refusal(database, counts, login, of.address)
        raise SignInFailed
    hashed = hash_password(password, hasher) if verified.rehash else login.password_hash
    with database.writing() as conn:
        now = database.now(conn)
        throttles.forgive(conn, counts, now)
        if not _change(conn, login, signed_in_at=now, password_hash=hashed):
            raise SignInFailed  # the password was changed while this one was verified
        opened = open_session(conn, login.id, now, of)
        record(conn, WRITER, [session_event("session.opened", opened.signed_in, agent=of.agent)], now)
    return opened


def change_password(
    database: Database, signed_in: SignedIn, present: str, new: str, *, hasher: PasswordHasher = HASHER
) -> Opened:
    """Gives the user another password, ends all the user's sessions, and opens a new one in place of this.

    Raises PasswordWeak, PasswordUnfit, PasswordWrong (the present one), SignInThrottled after too many of those, and
    SessionEnded.
    """
    check_password(new, user_name=signed_in.user_name, role=signed_in.role, present=present)
    with database.writing() as conn:
        now = database.now(conn)
        require_open(conn, signed_in, now)
        counts = throttles.count(conn, [throttles.of_session(signed_in.session_id)], now)
        login = _login(conn, users.c.id == signed_in.user_id)
    assert login is not None, "users are never deleted"
    if not verify_password(login.password_hash, present, hasher).right:
        _record_refusal(database, counts, login, signed_in.address)
        raise PasswordWrong
    hashed, version = hash_password(new, hasher), login.session_version + 1
    with database.writing() as conn:
        now = database.now(conn)
        require_open(conn, signed_in, now)
        if not _change(conn, login, password_hash=hashed, must_change_password=False, session_version=version):
            raise SessionEnded
        throttles.forgive(conn, counts, now)
        of = holder_of(conn, signed_in.session_id)
        end_all(conn, login.id, SessionEnd.PASSWORD, now)
        opened = open_session(conn, login.id, now, of)
        record(conn, WRITER, [session_event("password.changed", opened.signed_in)], now)
    return opened


def _login(conn: Connection, which: sa.ColumnElement[bool]) -> Any:
    """The user and, for a tenant, whether the tenant has left; or None."""
    return conn.execute(
        sa.select(
            users.c.id,
            users.c.user_name,
            users.c.password_hash,
            users.c.session_version,
            users.c.locked_at,
            tenants.c.left_at,
            sa.func.coalesce(tenants.c.site_id, users.c.site_id).label("site_id"),
        )
        .outerjoin(tenants, sa.and_(tenants.c.id == users.c.tenant_id, users.c.role == Role.TENANT))
        .where(which)
    ).one_or_none()


def _is_welcome(login: Any, now: datetime) -> bool:
    return login.locked_at is None and (login.left_at is None or login.left_at > now)


def _change(conn: Connection, login: Any, **values: Any) -> bool:
    """Whether the user is still as read before, and so was changed."""
    unchanged = (users.c.id == login.id, users.c.session_version == login.session_version)
    return conn.execute(users.update().where(*unchanged).values(values)).rowcount == 1


def _record_refusal(database: Database, counts: Sequence[throttles.Count], login: Any, address: str | None) -> None:
    """One event when failures begin and one when a throttle does: a flood of failures makes no flood of events.

    Who it was is not known, and what was typed as a name may be a password: the event names the address only, and
    the user whose name it was.
    """
    if not any(each.throttle_began for each in counts) and counts[-1].failures > 1:
        return
    by = f"address:{address or 'unknown'}"
    refused = Event(
        action="session.refused",
        actor=by,
        subject=by if login is None else f"user:{login.id}",
        site_id=None if login is None else login.site_id,
        after={"failures": counts[0].failures, "throttled": any(each.throttle_began for each in counts)},
    )
    with database.writing() as conn:
        record(conn, WRITER, [refused], database.now(conn))
