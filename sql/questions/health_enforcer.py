"""Does the enforcer live: its heartbeat, its lease, its reads, its clock."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from prepaid.errors.access import NotFound
from prepaid.language import _
from sql.questions.overview import ENFORCER
from sql.sites import load_settings
from sql.tables import heartbeats, leases, site_states, sites


@dataclass(frozen=True, slots=True, kw_only=True)
class EnforcerHealth:
    """The enforcer of a site as it stood at `at`. Reads are counted since `started_at`; `beat_at` None: it never ran.
    `holder` is who has the lease now, `worked_by` who gave the last sign of life."""

    at: datetime
    old_after_s: Decimal
    beat_at: datetime | None
    started_at: datetime | None
    worked_by: str | None
    version: str | None
    passes: int
    pass_ms: float | None
    reads_due: int
    reads_on_time: int
    reads_late: int
    reads_missed: int
    holder: str | None
    lease_ends_at: datetime | None
    clock_doubted_since_at: datetime | None

    @property
    def age_s(self) -> float | None:
        """How old the last sign of life is."""
        return None if self.beat_at is None else max(0.0, (self.at - self.beat_at).total_seconds())

    @property
    def lives(self) -> bool:
        return self.age_s is not None and self.age_s <= self.old_after_s

    @property
    def is_leased(self) -> bool:
        """Whether anybody may switch now."""
        return bool(self.holder) and self.lease_ends_at is not None and self.lease_ends_at > self.at


def enforcer_health(conn: Connection, viewer: Viewer, site_id: int, now: datetime) -> EnforcerHealth:
    """For whoever sees the site. Raises NotFound."""
    permit_site(viewer, Right.SEE_SITE, site_id)
    of_enforcer = sa.and_(heartbeats.c.site_id == sites.c.id, heartbeats.c.process == ENFORCER)
    question = (
        sa.select(
            heartbeats.c.beat_at,
            heartbeats.c.started_at,
            heartbeats.c.holder.label("worked_by"),
            heartbeats.c.version,
            heartbeats.c.pass_ms,
            *(sa.func.coalesce(heartbeats.c[name], 0).label(name) for name in _COUNTED),
            leases.c.holder,
            leases.c.ends_at.label("lease_ends_at"),
            site_states.c.clock_doubted_since_at,
        )
        .select_from(sites)
        .outerjoin(heartbeats, of_enforcer)
        .outerjoin(leases, leases.c.site_id == sites.c.id)
        .outerjoin(site_states, site_states.c.site_id == sites.c.id)
        .where(sites.c.id == site_id)
    )
    found = conn.execute(question).mappings().one_or_none()
    if found is None:
        raise NotFound(what=_("site"), name=site_id)
    old_after_s = load_settings(conn, site_id).heartbeat_old_after_s
    return EnforcerHealth(at=now, old_after_s=old_after_s, **found)


_COUNTED = ("passes", "reads_due", "reads_on_time", "reads_late", "reads_missed")
