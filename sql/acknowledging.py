"""Acknowledging an alert: somebody has seen it and takes care of it. Once, with a name and an event."""

import sqlalchemy as sa

from prepaid.access import Right
from prepaid.errors.access import NotFound
from prepaid.language import _
from sql.acts import acting
from sql.connection import Database
from sql.repeating import repeated
from sql.sessions import SignedIn
from sql.tables import alerts


@repeated
def acknowledge(database: Database, signed_in: SignedIn, alert_id: int) -> bool:
    """Notes who has seen the alert; answers False when somebody had before. Raises NotAllowed, NotFound."""
    with acting(database, signed_in, Right.ACKNOWLEDGE) as act:
        found = act.conn.execute(
            sa.select(alerts.c.site_id, alerts.c.kind, alerts.c.cause).where(alerts.c.id == alert_id)
        ).one_or_none()
        if found is None:
            raise NotFound(what=_("alert"), name=alert_id)
        act.permit_site(Right.ACKNOWLEDGE, found.site_id)
        changed = act.conn.execute(
            alerts.update()
            .where(alerts.c.id == alert_id, alerts.c.acknowledged_at.is_(None))
            .values(acknowledged_at=act.now, acknowledged_by=act.person.display_name)
        )
        if changed.rowcount != 1:
            return False
        act.note(
            "alert.acknowledged",
            f"alert:{alert_id}",
            found.site_id,
            after={"kind": found.kind, "cause": found.cause},
        )
        return True
