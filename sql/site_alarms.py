"""Standing alarms about a whole site, of which there is one of a kind at a time."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.alerts import AlertKind
from sql.tables import alerts

_STANDING = (
    alerts.c.site_id == sa.bindparam("of_site"),
    alerts.c.kind == sa.bindparam("of_kind", type_=alerts.c.kind.type),
    alerts.c.ended_at.is_(None),
)
_STANDS = sa.select(alerts.c.id).where(*_STANDING)
_END = alerts.update().where(*_STANDING)


def alarm_stands(conn: Connection, site_id: int, kind: AlertKind) -> bool:
    """Whether an alarm of that kind stands."""
    return conn.scalar(_STANDS, {"of_site": site_id, "of_kind": kind}) is not None


def end_alarm(conn: Connection, site_id: int, kind: AlertKind, at: datetime) -> None:
    """What the alarm of that kind was about is over."""
    conn.execute(_END, {"of_site": site_id, "of_kind": kind, "ended_at": at})
