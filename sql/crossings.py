"""Crossings: the level that each account has fallen to since its last recharge, noted once and armed again."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.alerts import Level
from prepaid.overtaken import ended_at_level
from prepaid.records import Stage
from sql.alerts import end_alerts_of_account
from sql.tables import accounts, crossings

_LEVELS = (
    sa.select(crossings.c.account_id, crossings.c.level, crossings.c.armed_by_entry_no)
    .join(accounts, accounts.c.id == crossings.c.account_id)
    .where(accounts.c.site_id == sa.bindparam("site_id"))
)


def load_levels(conn: Connection, site_id: int) -> dict[int, tuple[Level, int]]:
    """The level each account has fallen to, and the entry that armed it last."""
    return {row.account_id: (row.level, row.armed_by_entry_no) for row in conn.execute(_LEVELS, {"site_id": site_id})}


def cross(
    conn: Connection,
    account_id: int,
    stage: Stage,
    before: Level,
    now_level: Level,
    at: datetime,
    entry_no: int,
    notice_until_at: datetime | None = None,
) -> bool:
    """Notes a fall to a deeper level, as the balance behind entry `entry_no` shows it; answers whether it did: a later
    recharge or another stage may have re-armed the account meanwhile. `notice_until_at`: that it is out of credit was
    seen late, and it is not cut before."""
    unchanged = sa.exists().where(accounts.c.id == account_id, accounts.c.stage == stage)
    values: dict[str, Any] = {"level": now_level, "crossed_at": at}
    if now_level is Level.EXHAUSTED:
        values |= {"exhausted_at": at, "guarded_at": None, "released_until_at": None}
        if notice_until_at is not None:
            values["notice_until_at"] = notice_until_at
    changed = conn.execute(
        crossings.update()
        .where(
            crossings.c.account_id == account_id,
            crossings.c.level == before,
            crossings.c.armed_by_entry_no <= entry_no,
            unchanged,
        )
        .values(values)
    )
    return changed.rowcount == 1


_NOTICES = (
    sa.select(crossings.c.account_id, crossings.c.notice_until_at)
    .join(accounts, accounts.c.id == crossings.c.account_id)
    .where(accounts.c.site_id == sa.bindparam("site_id"), crossings.c.notice_until_at > sa.bindparam("now"))
)


def open_notices(conn: Connection, site_id: int, now: datetime) -> dict[int, datetime]:
    """By account: until when a crossing that was seen late is not cut. A recharge does not end it."""
    found = conn.execute(_NOTICES, {"site_id": site_id, "now": now})
    return {row.account_id: row.notice_until_at for row in found}


def lift(conn: Connection, account_id: int, before: Level, now_level: Level, at: datetime) -> bool:
    """Notes that an account stands less deep than was noted, and waits for no cut; answers whether it did. What its
    alerts told of deeper levels is over."""
    crossed_at = None if now_level is Level.FINE else at
    changed = conn.execute(
        crossings.update()
        .where(crossings.c.account_id == account_id, crossings.c.level == before)
        .values(level=now_level, crossed_at=crossed_at, exhausted_at=None, guarded_at=None)
    )
    if changed.rowcount == 1:
        end_alerts_of_account(conn, account_id, ended_at_level(now_level, recharged=False), at)
    return changed.rowcount == 1


def rearm(conn: Connection, account_id: int, at: datetime, by_entry_no: int | None = None) -> None:
    """The account has fallen to no level yet: what it has reached is told again, and what alerts told of it before is
    over. `by_entry_no` is the credit that came in, where one did."""
    values: dict[str, Any] = {"level": Level.FINE, "crossed_at": None, "exhausted_at": None, "guarded_at": None}
    if by_entry_no is not None:
        values["armed_by_entry_no"] = by_entry_no
    conn.execute(crossings.update().where(crossings.c.account_id == account_id).values(values))
    end_alerts_of_account(conn, account_id, ended_at_level(Level.FINE, recharged=True), at)
