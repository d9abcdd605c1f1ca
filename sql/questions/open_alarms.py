"""How many alarms of each kind somebody of the staff must look at: the same ones that the pages show as open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from prepaid.alerts import AlertKind
from sql.questions.alerts import open_alarm
from sql.tables import alerts


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAlarms:
    """Those of one kind."""

    kind: AlertKind
    number: int
    since_at: datetime


def open_alarms(conn: Connection, viewer: Viewer, site_id: int) -> Mapping[AlertKind, OpenAlarms]:
    """By kind; kinds with none are left out. An acknowledged one counts while its cause still stands."""
    permit_site(viewer, Right.SEE_SITE, site_id)
    question = (
        sa.select(alerts.c.kind, sa.func.count().label("number"), sa.func.min(alerts.c.raised_at).label("since_at"))
        .where(alerts.c.site_id == site_id, *open_alarm())
        .group_by(alerts.c.kind)
        .order_by(alerts.c.kind)
    )
    return {
        row.kind: OpenAlarms(kind=row.kind, number=row.number, since_at=row.since_at) for row in conn.execute(question)
    }
