"""Whether every site is watched: how old the enforcer's last sign of life is. For anybody, so it tells no more."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.settings import site_settings
from sql.tables import heartbeats, settings, sites

ENFORCER = "enforcer"
OLD_AFTER = "heartbeat_old_after_s"
SITES_AT_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """The last heartbeat of a site, and how old it is; None: there was none yet."""

    site_id: int
    beat_at: datetime | None
    age_s: float | None
    old_after_s: Decimal

    @property
    def alive(self) -> bool:
        return self.age_s is not None and self.age_s <= self.old_after_s


def pulses(conn: Connection, now: datetime) -> list[Pulse]:
    """The pulse of every site that is not retired, in the order of their numbers."""
    of_enforcer = sa.and_(heartbeats.c.site_id == sites.c.id, heartbeats.c.process == ENFORCER)
    own = sa.and_(settings.c.site_id == sites.c.id, settings.c.name == OLD_AFTER)
    question = (
        sa.select(sites.c.id, heartbeats.c.beat_at, settings.c.value)
        .outerjoin(heartbeats, of_enforcer)
        .outerjoin(settings, own)
        .where(sites.c.retired_at.is_(None))
        .order_by(sites.c.id)
        .limit(SITES_AT_MOST)
    )
    return [
        Pulse(
            site_id=row.id,
            beat_at=row.beat_at,
            age_s=None if row.beat_at is None else max(0.0, (now - row.beat_at).total_seconds()),
            old_after_s=site_settings({} if row.value is None else {OLD_AFTER: row.value}).heartbeat_old_after_s,
        )
        for row in conn.execute(question)
    ]
