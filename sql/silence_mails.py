"""The mails that the dashboard sends itself, because the enforcer that would send them is the one that is silent.

They are rows of the outbox like all others: claimed by a conditional update, the outcome kept. When the enforcer is
back, it sends what is left.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.alerts import AlertKind, Channel, MessageState
from prepaid.retries import retry_after
from sql.outbox import CLAIM_FOR
from sql.tables import alerts, messages, sites


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceMail:
    """A claimed message about a silent enforcer."""

    id: int
    message_id: str
    recipient: str
    recipient_name: str
    language: str
    site_name: str
    zone_name: str
    sender: str | None
    raised_at: datetime
    beat_at: datetime
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


def claim_silence_mails(conn: Connection, holder: str, now: datetime, most: int) -> list[SilenceMail]:
    """Claims at most so many that are due, of silences that stand; answers those that were won."""
    won = []
    for row in conn.execute(_due(most), {"now": now}).all():
        bound = {"of_message": row.id, "now": now, "holder": holder, "until": now + CLAIM_FOR}
        if conn.execute(_CLAIM, bound).rowcount == 1:
            won.append(_mail(row))
    return won


def mark_taken(conn: Connection, mail: SilenceMail, at: datetime) -> None:
    """The mail server took it."""
    taken = {"state": MessageState.SENT, "sent_at": at, "error": None, "claimed_until_at": None}
    conn.execute(messages.update().where(messages.c.id == mail.id).values(taken))


def mark_not_taken(conn: Connection, mail: SilenceMail, why: str, at: datetime, *, for_good: bool) -> None:
    """It was refused for good, or is tried again after a growing while; what another has sent meanwhile stays sent."""
    values: dict[str, Any] = {
        "state": MessageState.FAILED if for_good else MessageState.WAITING,
        "error": why[:400],
        "due_at": at if for_good else at + retry_after(mail.message_id, mail.tries),
        "claimed_until_at": None,
    }
    mine = (messages.c.id == mail.id, messages.c.state != MessageState.SENT)
    conn.execute(messages.update().where(*mine).values(values))


def _due(most: int) -> sa.Select[Any]:
    return (
        sa.select(
            messages.c.id,
            messages.c.message_id,
            messages.c.recipient,
            messages.c.recipient_name,
            messages.c.language,
            messages.c.tries,
            alerts.c.raised_at,
            alerts.c.details,
            sites.c.name.label("site_name"),
            sites.c.time_zone,
            sites.c.mail_sender,
        )
        .join(alerts, alerts.c.id == messages.c.alert_id)
        .join(sites, sites.c.id == alerts.c.site_id)
        .where(
            _FREE,
            messages.c.channel == Channel.MAIL,
            alerts.c.kind == AlertKind.ENFORCER_SILENT,
            alerts.c.ended_at.is_(None),
        )
        .order_by(messages.c.due_at, messages.c.id)
        .limit(most)
    )


def _mail(row: Any) -> SilenceMail:
    return SilenceMail(
        id=row.id,
        message_id=row.message_id,
        recipient=row.recipient,
        recipient_name=row.recipient_name,
        language=row.language,
        site_name=row.site_name,
        zone_name=row.time_zone,
        sender=row.mail_sender,
        raised_at=row.raised_at,
        beat_at=datetime.fromisoformat(row.details["since"]),
        tries=row.tries + 1,
    )
