"""Do messages leave the house: how many wait and since when, which failed, and when the last one went."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from prepaid.alerts import MessageState
from sql.questions.overview import count_where
from sql.tables import alerts, messages

LATELY = timedelta(days=1)
WAITING = (MessageState.WAITING, MessageState.CLAIMED)
UNSENT = (*WAITING, MessageState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesHealth:
    """The outbox of a site. `oldest_at`: since when the oldest alert waits to be told; `failed`: given up within a day;
    `error`: what the newest try that failed said."""

    waiting: int
    oldest_at: datetime | None
    failed: int
    error: str | None
    sent_at: datetime | None


def messages_health(conn: Connection, viewer: Viewer, site_id: int, now: datetime) -> MessagesHealth:
    """For whoever sees the site."""
    permit_site(viewer, Right.SEE_SITE, site_id)
    of_site = alerts.c.site_id == site_id
    lately = alerts.c.raised_at >= now - LATELY
    waits = messages.c.state.in_(WAITING)
    counted = conn.execute(
        sa.select(
            count_where(waits).label("waiting"),
            sa.func.min(sa.case((waits, alerts.c.raised_at))).label("oldest_at"),
            count_where(sa.and_(messages.c.state == MessageState.FAILED, lately)).label("failed"),
        )
        .join(alerts, alerts.c.id == messages.c.alert_id)
        .where(of_site, messages.c.state.in_(UNSENT))
    ).one()
    sent_at = conn.scalar(
        sa.select(messages.c.sent_at)
        .join(alerts, alerts.c.id == messages.c.alert_id)
        .where(of_site, messages.c.state == MessageState.SENT)
        .order_by(messages.c.due_at.desc())
        .limit(1)
    )
    error = conn.scalar(
        sa.select(messages.c.error)
        .join(alerts, alerts.c.id == messages.c.alert_id)
        .where(of_site, messages.c.state.in_(UNSENT), messages.c.error.is_not(None), sa.or_(waits, lately))
        .order_by(messages.c.id.desc())
        .limit(1)
    )
    return MessagesHealth(
        waiting=counted.waiting or 0,
        oldest_at=counted.oldest_at,
        failed=counted.failed or 0,
        error=error,
        sent_at=sent_at,
    )
