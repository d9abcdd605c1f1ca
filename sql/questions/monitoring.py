"""What a monitoring system is told of the database: messages on their way, alarms that stand. No names of people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.alerts import STANDING_KINDS, AlertKind, MessageState
from sql.tables import alerts, messages

UNSENT = (MessageState.WAITING, MessageState.CLAIMED, MessageState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """Messages of one state. `oldest_s` counts from the alert, `overdue_s` from the instant for the next try."""

    number: int = 0
    oldest_s: float = 0.0
    overdue_s: float = 0.0


_UNSENT = (
    sa.select(
        messages.c.state,
        sa.func.count().label("number"),
        sa.func.min(alerts.c.raised_at).label("raised_at"),
        sa.func.min(messages.c.due_at).label("due_at"),
    )
    .join(alerts, alerts.c.id == messages.c.alert_id)
    .where(messages.c.state.in_(UNSENT))
    .group_by(messages.c.state)
)
_STANDING = (
    sa.select(alerts.c.kind, sa.func.count().label("number"))
    .where(
        alerts.c.site_id == sa.bindparam("site_id"),
        alerts.c.ended_at.is_(None),
        alerts.c.kind.in_(sorted(STANDING_KINDS)),
    )
    .group_by(alerts.c.kind)
)


def unsent(conn: Connection, now: datetime) -> Mapping[MessageState, Unsent]:
    """The messages of all sites that were not sent, by state; each state is there. Those sent are not counted: there
    are ever more of them."""
    found = {
        row.state: Unsent(number=row.number, oldest_s=_seconds(now, row.raised_at), overdue_s=_seconds(now, row.due_at))
        for row in conn.execute(_UNSENT)
    }
    return {state: found.get(state, Unsent()) for state in UNSENT}


def standing_alarms(conn: Connection, site_id: int) -> Mapping[AlertKind, int]:
    """How many alarms of a site stand until their cause ends, by kind; each such kind is there."""
    found = {row.kind: int(row.number) for row in conn.execute(_STANDING, {"site_id": site_id})}
    return {kind: found.get(kind, 0) for kind in sorted(STANDING_KINDS)}


def _seconds(now: datetime, since: datetime) -> float:
    return max(0.0, (now - since).total_seconds())
