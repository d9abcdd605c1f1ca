"""Messages about an alert: one row for each way, due at once or when quiet hours are over."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.alerts import TENANT_KINDS, WAITING_KINDS, AlertKind, MessageState
from prepaid.quiet_hours import quiet_until
from sql.quiet_hours import site_hours
from sql.recipients import Way
from sql.tables import alerts, messages

HURRIED_BACK = timedelta(days=2)
"""Quiet hours are shorter than a day, so nothing older waits for their end."""


class About(NamedTuple):
    """What messages are about."""

    alert_id: int
    site_id: int
    kind: AlertKind
    cause: str


_INSERT = messages.insert()


def tell(conn: Connection, about: About, ways: Sequence[Way], at: datetime) -> None:
    """Writes one message for each way."""
    due = _due(conn, about, ways, at)
    rows = [
        {
            "alert_id": about.alert_id,
            "site_id": about.site_id,
            "to_staff": about.kind not in TENANT_KINDS,
            "channel": way.channel,
            "channel_id": way.channel_id,
            "recipient": way.recipient,
            "recipient_name": way.name,
            "language": way.language,
            "message_id": message_id(about.cause, way.key),
            "state": MessageState.WAITING,
            "due_at": due_at,
            "tries": 0,
        }
        for way, due_at in zip(ways, due, strict=True)
    ]
    conn.execute(_INSERT, rows)


_HURRY = messages.update().where(
    messages.c.alert_id.in_(
        sa.select(alerts.c.id).where(
            alerts.c.account_id == sa.bindparam("of_account"), alerts.c.raised_at >= sa.bindparam("of_since")
        )
    ),
    messages.c.state == MessageState.WAITING,
    messages.c.to_staff == sa.false(),
    messages.c.tries == 0,
    messages.c.due_at > sa.bindparam("of_now"),
)


def hurry(conn: Connection, account_id: int, at: datetime) -> None:
    """Who is told something at once is told at once, too, what still waited for the end of quiet hours: else good news
    of the evening would follow the bad ones of the night."""
    conn.execute(_HURRY, {"of_account": account_id, "of_since": at - HURRIED_BACK, "of_now": at, "due_at": at})


def message_id(cause: str, key: str) -> str:
    """The same for every try, and different for every alert and way."""
    digest = hashlib.sha256(f"{cause}\n{key}".encode()).hexdigest()
    return f"<{digest[:40]}@prepaid.energy>"


def _due(conn: Connection, about: About, ways: Sequence[Way], at: datetime) -> list[datetime]:
    if about.kind not in WAITING_KINDS:
        return [at] * len(ways)
    site = site_hours(conn, about.site_id)
    return [quiet_until(at, site.quiet if way.quiet is None else way.quiet, site.zone) for way in ways]
