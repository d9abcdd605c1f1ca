"""Alerts: written in the transaction of their cause, once, with a message for everybody who must get it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.alerts import TENANT_KINDS, WAITING_KINDS, AlertKind, Channel
from prepaid.overtaken import ENDED_BY
from sql.recipients import ways_to_staff, ways_to_tenant
from sql.tables import alerts
from sql.telling import About, hurry, tell


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAlert:
    """An alert to raise. `cause` names what made it; a second one of the same cause is not raised. `would_have`: it is
    kept, and nobody is told."""

    site_id: int
    kind: AlertKind
    cause: str
    account_id: int | None = None
    analyzer_id: int | None = None
    details: Mapping[str, Any]
    would_have: bool = False


_KNOWN = sa.select(alerts.c.id).where(alerts.c.cause == sa.bindparam("cause"))


def raise_alert(conn: Connection, new: NewAlert, at: datetime) -> bool:
    """Writes the alert and one message for each way to its recipients; answers False when the same cause had raised it
    before. What the new one says the opposite of is over.

    Of what would have been told only the number of messages is kept: there is none that could be sent.
    """
    if conn.scalar(_KNOWN, {"cause": new.cause}) is not None:
        return False
    _end_overtaken(conn, new, at)
    if new.kind in TENANT_KINDS:
        ways = ways_to_tenant(conn, new.account_id, new.kind)
    else:
        ways = ways_to_staff(conn, new.site_id, new.kind)
    if new.kind is AlertKind.MAIL_FAILING:
        ways = [way for way in ways if way.channel is not Channel.MAIL]
    inserted = conn.execute(
        alerts.insert().values(
            site_id=new.site_id,
            account_id=new.account_id,
            analyzer_id=new.analyzer_id,
            kind=new.kind,
            cause=new.cause,
            raised_at=at,
            details=dict(new.details),
            would_tell=len(ways) if new.would_have else None,
        )
    )
    assert inserted.inserted_primary_key is not None, "the database numbers alerts"
    if ways and not new.would_have:
        tell(conn, About(int(inserted.inserted_primary_key[0]), new.site_id, new.kind, new.cause), ways, at)
        if new.account_id is not None and new.kind in TENANT_KINDS - WAITING_KINDS:
            hurry(conn, new.account_id, at)
    return True


_OVERTAKEN = (
    alerts.c.kind.in_(sa.bindparam("kinds", expanding=True, type_=alerts.c.kind.type)),
    alerts.c.ended_at.is_(None),
)
_END_OF_ACCOUNT = alerts.update().where(alerts.c.account_id == sa.bindparam("of_account"), *_OVERTAKEN)
_END_OF_ANALYZER = _END_OF_ACCOUNT.where(alerts.c.analyzer_id == sa.bindparam("of_analyzer"))
_END_OF_SITE = alerts.update().where(alerts.c.site_id == sa.bindparam("of_site"), *_OVERTAKEN)


def end_alerts_of_account(conn: Connection, account_id: int, kinds: Collection[AlertKind], at: datetime) -> None:
    """What alerts of these kinds told about the account is over."""
    conn.execute(_END_OF_ACCOUNT, {"of_account": account_id, "kinds": sorted(kinds), "ended_at": at})


def end_alerts(conn: Connection, site_id: int, kind: AlertKind, analyzer_id: int, at: datetime) -> int:
    """Ends the standing alerts of a kind for an analyzer; answers how many there were."""
    ended = conn.execute(
        alerts.update()
        .where(
            alerts.c.site_id == site_id,
            alerts.c.kind == kind,
            alerts.c.analyzer_id == analyzer_id,
            alerts.c.ended_at.is_(None),
        )
        .values(ended_at=at)
    )
    return ended.rowcount


_STANDING = sa.select(alerts.c.analyzer_id, alerts.c.raised_at).where(
    alerts.c.site_id == sa.bindparam("site_id"),
    alerts.c.kind == sa.bindparam("kind"),
    alerts.c.ended_at.is_(None),
    alerts.c.analyzer_id.is_not(None),
)


def standing(conn: Connection, site_id: int, kind: AlertKind) -> dict[int, datetime]:
    """Analyzers of the site with a standing alert of that kind, and since when."""
    return {row.analyzer_id: row.raised_at for row in conn.execute(_STANDING, {"site_id": site_id, "kind": kind})}


def _end_overtaken(conn: Connection, new: NewAlert, at: datetime) -> None:
    kinds = sorted(ENDED_BY.get(new.kind, ()))
    if not kinds:
        return
    if new.analyzer_id is not None:
        about = {"of_account": new.account_id, "of_analyzer": new.analyzer_id}
        conn.execute(_END_OF_ANALYZER, {**about, "kinds": kinds, "ended_at": at})
    elif new.account_id is None:
        conn.execute(_END_OF_SITE, {"of_site": new.site_id, "kinds": kinds, "ended_at": at})
