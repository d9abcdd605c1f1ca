"""Who was told of alerts, by which ways, and what became of each message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.alerts import Channel, MessageState
from sql.tables import messages

MOST_MESSAGES = 50
"""About one alert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One message about an alert. The address is masked: enough to recognize it, not to use it. Of a channel only what
    may be seen was written down."""

    channel: Channel
    recipient: str
    recipient_name: str
    state: MessageState
    due_at: datetime
    sent_at: datetime | None
    tries: int
    error: str | None


def told_about(conn: Connection, alert_ids: Sequence[int]) -> Mapping[int, tuple[Told, ...]]:
    """The messages about each of these alerts that has any, in their order; for who was permitted to see the alerts."""
    place = sa.func.row_number().over(partition_by=messages.c.alert_id, order_by=messages.c.id).label("place")
    columns = [messages.c[name] for name in Told.__slots__]
    of_them = sa.select(messages.c.alert_id, place, *columns).where(messages.c.alert_id.in_(alert_ids)).subquery()
    question = sa.select(of_them).where(of_them.c.place <= MOST_MESSAGES).order_by(of_them.c.alert_id, of_them.c.place)
    found: dict[int, list[Told]] = {}
    for row in conn.execute(question).mappings():
        found.setdefault(row["alert_id"], []).append(_told(row))
    return {alert_id: tuple(told) for alert_id, told in found.items()}


def masked(address: str) -> str:
    """A mail address with only the ends of its name: `s…m@shop.example`."""
    name, at, domain = address.rpartition("@")
    if not at:
        return "…"
    return f"{name[:1]}…{name[-1:] if len(name) > 2 else ''}@{domain}"


def _told(row: sa.RowMapping) -> Told:
    shown = masked(row["recipient"]) if row["channel"] is Channel.MAIL else row["recipient"]
    return Told(**{name: row[name] for name in Told.__slots__} | {"recipient": shown})
