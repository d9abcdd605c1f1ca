"""The outbox: messages of alerts, claimed by conditional updates and sent at least once, the outcome kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.alerts import AlertKind, MessageState
from sql.tables import accounts, alerts, messages, sites, tenants

CLAIM_FOR = timedelta(minutes=2)
FIRST_RETRY = timedelta(seconds=15)
LAST_RETRY = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message claimed for sending, with what its text is made of."""

    id: int
    message_id: str
    kind: AlertKind
    recipient: str
    recipient_name: str
    language: str
    site_name: str
    zone_name: str
    sender: str | None
    tenant_name: str
    unit: str
    account_number: str
    currency: str
    raised_at: datetime
    details: Mapping[str, Any]
    tries: int


_FREE = sa.or_(
    sa.and_(messages.c.state == MessageState.WAITING, messages.c.due_at <= sa.bindparam("now")),
    sa.and_(messages.c.state == MessageState.CLAIMED, messages.c.claimed_until_at <= sa.bindparam("now")),
)
_CLAIM = (
    messages.update()
    .where(messages.c.id == sa.bindparam("of_message"), _FREE)
    .values(
        state=MessageState.CLAIMED,
        claimed_by=sa.bindparam("holder"),
        claimed_until_at=sa.bindparam("until"),
        tries=messages.c.tries + 1,
    )
)


@cache
def _due(most: int) -> sa.Select[Any]:
    return sa.select(messages.c.id).where(_FREE).order_by(messages.c.due_at, messages.c.id).limit(most)


def claim(conn: Connection, holder: str, now: datetime, most: int) -> list[Outgoing]:
    """Claims messages that are due, or whose claimer died, by conditional updates; answers those that were won."""
    won = []
    for message_id in conn.scalars(_due(most), {"now": now}).all():
        taken = conn.execute(_CLAIM, {"of_message": message_id, "now": now, "holder": holder, "until": now + CLAIM_FOR})
        if taken.rowcount == 1:
            won.append(message_id)
    return _outgoing(conn, won)


def free_claims(conn: Connection, site_id: int, now: datetime) -> int:
    """What an enforcer that is gone had claimed is due again; asked for by the one that took the lease over."""
    of_site = sa.select(alerts.c.id).where(alerts.c.site_id == site_id)
    freed = conn.execute(
        messages.update()
        .where(messages.c.state == MessageState.CLAIMED, messages.c.alert_id.in_(of_site))
        .values(claimed_until_at=now)
    )
    return freed.rowcount


def mark_sent(conn: Connection, message: Outgoing, at: datetime) -> None:
    """The mail server took the message."""
    conn.execute(
        messages.update()
        .where(messages.c.id == message.id)
        .values(state=MessageState.SENT, sent_at=at, error=None, claimed_until_at=None)
    )


def mark_failed(conn: Connection, message: Outgoing, why: str, at: datetime, *, for_good: bool) -> None:
    """The message could not be handed over: for good, or to be tried again after a growing while. What another
    claimer has sent meanwhile stays sent."""
    if for_good:
        values: dict[str, Any] = {"state": MessageState.FAILED, "error": why[:400], "claimed_until_at": None}
    else:
        wait = min(LAST_RETRY, FIRST_RETRY * 2 ** min(message.tries, 10))
        values = {
            "state": MessageState.WAITING,
            "error": why[:400],
            "due_at": at + wait,
            "claimed_until_at": None,
        }
    mine = (messages.c.id == message.id, messages.c.state != MessageState.SENT)
    conn.execute(messages.update().where(*mine).values(values))


def _outgoing(conn: Connection, ids: Sequence[int]) -> list[Outgoing]:
    if not ids:
        return []
    question = (
        sa.select(
            messages.c.id,
            messages.c.message_id,
            messages.c.recipient,
            messages.c.recipient_name,
            messages.c.language,
            messages.c.tries,
            alerts.c.kind,
            alerts.c.raised_at,
            alerts.c.details,
            sites.c.name.label("site_name"),
            sites.c.time_zone,
            sites.c.mail_sender,
            sites.c.currency.label("site_currency"),
            accounts.c.number,
            accounts.c.currency,
            tenants.c.name.label("tenant_name"),
            tenants.c.unit,
        )
        .join(alerts, alerts.c.id == messages.c.alert_id)
        .join(sites, sites.c.id == alerts.c.site_id)
        .outerjoin(accounts, accounts.c.id == alerts.c.account_id)
        .outerjoin(tenants, tenants.c.id == accounts.c.tenant_id)
        .where(messages.c.id.in_(list(ids)))
        .order_by(messages.c.id)
    )
    return [
        Outgoing(
            id=row.id,
            message_id=row.message_id,
            kind=row.kind,
            recipient=row.recipient,
            recipient_name=row.recipient_name,
            language=row.language,
            site_name=row.site_name,
            zone_name=row.time_zone,
            sender=row.mail_sender,
            tenant_name=row.tenant_name or "",
            unit=row.unit or "",
            account_number=row.number or "",
            currency=row.currency or row.site_currency,
            raised_at=row.raised_at,
            details=row.details,
            tries=row.tries,
        )
        for row in conn.execute(question)
    ]
