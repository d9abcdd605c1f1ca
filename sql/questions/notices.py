"""What people and doubts have put in force at a site: pauses, wishes about supplies, safety locks, billing holds."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from prepaid.records import HoldCause, WishKind
from sql.tables import accounts, analyzers, assignments, holds, locks, tenants, wishes

OF_EACH_AT_MOST = 50


class NoticeKind(StrEnum):
    """What is in force."""

    PAUSE = "pause"
    KEEP_ON = "keep_on"
    CUT = "cut"
    LOCK = "lock"
    HOLD = "hold"


_OF_WISH = {
    WishKind.PAUSE: NoticeKind.PAUSE,
    WishKind.KEEP_ON: NoticeKind.KEEP_ON,
    WishKind.CUT: NoticeKind.CUT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing in force. `until_at` None: without an end of its own (a lock; a hold that protects nobody).

    `by` is who asked for it or owns the lock; a hold has none, its `cause` says what the counter did.
    """

    kind: NoticeKind
    since_at: datetime
    until_at: datetime | None
    by: str | None
    why: str
    phone: str | None
    cause: HoldCause | None
    analyzer_id: int | None
    analyzer: str | None
    tenant_id: int | None
    tenant: str | None


def notices(conn: Connection, viewer: Viewer, site_id: int, now: datetime) -> tuple[Notice, ...]:
    """All that is in force, at most 50 of each kind: pauses first, then the newest."""
    permit_site(viewer, Right.SEE_SITE, site_id)
    found = [*_wishes(conn, site_id, now), *_locks(conn, site_id), *_holds(conn, site_id)]
    found.sort(key=lambda notice: notice.since_at, reverse=True)
    return tuple(sorted(found, key=lambda notice: notice.kind is not NoticeKind.PAUSE))


def _wishes(conn: Connection, site_id: int, now: datetime) -> list[Notice]:
    question = (
        sa.select(
            wishes.c.kind,
            wishes.c.asked_at,
            wishes.c.until_at,
            wishes.c.asked_by,
            wishes.c.reason,
            *_WHOSE,
        )
        .select_from(_with_tenant(wishes.outerjoin(analyzers, analyzers.c.id == wishes.c.analyzer_id)))
        .where(
            wishes.c.site_id == site_id,
            wishes.c.ended_at.is_(None),
            wishes.c.until_at > now,
            wishes.c.kind.in_(sorted(_OF_WISH)),
        )
        .order_by(wishes.c.id.desc())
        .limit(OF_EACH_AT_MOST)
    )
    return [
        _notice(
            row,
            kind=_OF_WISH[row.kind],
            since_at=row.asked_at,
            until_at=row.until_at,
            by=row.asked_by,
            why=row.reason,
        )
        for row in conn.execute(question)
    ]


def _locks(conn: Connection, site_id: int) -> list[Notice]:
    question = (
        sa.select(locks.c.owner, locks.c.reason, locks.c.phone, locks.c.placed_at, *_WHOSE)
        .select_from(_with_tenant(locks.join(analyzers, analyzers.c.id == locks.c.analyzer_id)))
        .where(analyzers.c.site_id == site_id, locks.c.removed_at.is_(None))
        .order_by(locks.c.id.desc())
        .limit(OF_EACH_AT_MOST)
    )
    return [
        _notice(
            row,
            kind=NoticeKind.LOCK,
            since_at=row.placed_at,
            by=row.owner,
            why=row.reason,
            phone=row.phone,
        )
        for row in conn.execute(question)
    ]


def _holds(conn: Connection, site_id: int) -> list[Notice]:
    question = (
        sa.select(holds.c.cause, holds.c.why, holds.c.began_at, holds.c.protects_until_at, *_WHOSE)
        .select_from(_with_tenant(holds.join(analyzers, analyzers.c.id == holds.c.analyzer_id)))
        .where(analyzers.c.site_id == site_id, holds.c.ended_at.is_(None))
        .order_by(holds.c.id.desc())
        .limit(OF_EACH_AT_MOST)
    )
    return [
        _notice(
            row,
            kind=NoticeKind.HOLD,
            since_at=row.began_at,
            until_at=row.protects_until_at,
            cause=row.cause,
            why=row.why,
        )
        for row in conn.execute(question)
    ]


_WHOSE = (
    analyzers.c.id.label("analyzer_id"),
    analyzers.c.name.label("analyzer"),
    tenants.c.id.label("tenant_id"),
    tenants.c.name.label("tenant"),
)


def _with_tenant(joined: sa.Join) -> sa.Join:
    """The analyzer's tenant now, if it has one."""
    current = sa.and_(
        assignments.c.analyzer_id == analyzers.c.id,
        assignments.c.from_at.is_not(None),
        assignments.c.until_at.is_(None),
    )
    return (
        joined.outerjoin(assignments, current)
        .outerjoin(accounts, accounts.c.id == assignments.c.account_id)
        .outerjoin(tenants, tenants.c.id == accounts.c.tenant_id)
    )


def _notice(
    row: Any,
    *,
    kind: NoticeKind,
    since_at: datetime,
    until_at: datetime | None = None,
    by: str | None = None,
    why: str,
    phone: str | None = None,
    cause: HoldCause | None = None,
) -> Notice:
    return Notice(
        kind=kind,
        since_at=since_at,
        until_at=until_at,
        by=by,
        why=why,
        phone=phone,
        cause=cause,
        analyzer_id=row.analyzer_id,
        analyzer=row.analyzer,
        tenant_id=row.tenant_id,
        tenant=row.tenant,
    )
