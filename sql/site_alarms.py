"""Standing alarms about a whole site, of which there is one of a kind at a time."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.alerts import AlertKind
from sql.alerts import NewAlert, raise_alert
from sql.events import Event, record
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


def stand_alarm(conn: Connection, site_id: int, kind: AlertKind, writer: str, why: str, at: datetime) -> None:
    """Raises the alarm of that kind, and writes it into the chain of events."""
    cause = f"{kind}:{site_id}:{at.isoformat()}"
    raise_alert(conn, NewAlert(site_id=site_id, kind=kind, cause=cause, details={"why": why}), at)
    told = Event(
        action=f"alert.{kind}",
        actor="enforcer",
        subject=f"site:{site_id}",
        site_id=site_id,
        after={"cause": cause},
    )
    record(conn, writer, [told], at)


def tell_alarm(conn: Connection, site_id: int, kind: AlertKind, writer: str, why: str | None, at: datetime) -> None:
    """Raises the alarm once, or ends it when nothing is wrong (None)."""
    stands = alarm_stands(conn, site_id, kind)
    if why is not None and not stands:
        stand_alarm(conn, site_id, kind, writer, why, at)
    elif why is None and stands:
        end_alarm(conn, site_id, kind, at)
