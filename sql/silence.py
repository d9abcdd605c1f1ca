"""The silence of an enforcer as a standing alert: raised once for each silence, ended when there is a sign of life.

Several dashboards may watch. The unique cause of the alert decides which of them has raised it, a conditional update
which of them has ended it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from prepaid.alerts import AlertKind
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from sql.events import Event, record
from sql.operation import last_beat
from sql.questions.heartbeats import ENFORCER, SITES_AT_MOST
from sql.tables import alerts

WATCHDOG = "watchdog"
"""Who acts, in the audit trail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A silence that stands: the enforcer of the site gave its last sign of life at `beat_at`."""

    alert_id: int
    site_id: int
    beat_at: datetime


_STANDING = (
    sa.select(alerts.c.id, alerts.c.site_id, alerts.c.details)
    .where(alerts.c.kind == AlertKind.ENFORCER_SILENT, alerts.c.ended_at.is_(None))
    .order_by(alerts.c.id)
    .limit(SITES_AT_MOST)
)


def silences(conn: Connection) -> list[Silence]:
    """Those of all sites that stand."""
    return [
        Silence(alert_id=row.id, site_id=row.site_id, beat_at=datetime.fromisoformat(row.details["since"]))
        for row in conn.execute(_STANDING)
    ]


def begin_silence(database: Database, site_id: int, beat_at: datetime, writer: str) -> bool:
    """Raises the alert, unless another dashboard has, or there was a sign of life meanwhile; whether it was raised."""
    alert = NewAlert(
        site_id=site_id,
        kind=AlertKind.ENFORCER_SILENT,
        cause=f"silent:{site_id}:{beat_at.isoformat()}",
        details=_since(beat_at),
    )
    try:
        with database.writing() as conn:
            if last_beat(conn, site_id, ENFORCER) != beat_at:
                return False
            return _tell(conn, alert, writer, database.now(conn))
    except IntegrityError:  # another dashboard raised it between our look and our row
        return False


def end_silence(database: Database, silence: Silence, writer: str, *, back: bool) -> bool:
    """Ends the alert; whether this call did. `back`: the enforcer gives signs of life now, and staff are told so."""
    with database.writing() as conn:
        now = database.now(conn)
        of = (alerts.c.id == silence.alert_id, alerts.c.ended_at.is_(None))
        if conn.execute(alerts.update().where(*of).values(ended_at=now)).rowcount != 1:
            return False
        if back:
            alert = NewAlert(
                site_id=silence.site_id,
                kind=AlertKind.ENFORCER_BACK,
                cause=f"back:{silence.site_id}:{silence.beat_at.isoformat()}",
                details=_since(silence.beat_at),
            )
            _tell(conn, alert, writer, now)
        return True


def _since(beat_at: datetime) -> Mapping[str, str]:
    return {"since": beat_at.isoformat()}


def _tell(conn: Connection, alert: NewAlert, writer: str, now: datetime) -> bool:
    if not raise_alert(conn, alert, now):
        return False
    told = Event(
        action=f"alert.{alert.kind}",
        actor=WATCHDOG,
        subject=f"site:{alert.site_id}",
        site_id=alert.site_id,
        after={"cause": alert.cause},
    )
    record(conn, writer, [told], now)
    return True
