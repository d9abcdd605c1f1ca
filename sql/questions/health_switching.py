"""Which supplies are to change and have not: how many wait, and whose tries fail."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from prepaid.supply import Answer
from sql.questions.overview import count_where
from sql.tables import analyzers, supply_changes

FAILING_AT_MOST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingSwitch:
    """A change of supply whose tries have failed so far."""

    analyzer_id: int
    name: str
    wanted: Answer
    decided_at: datetime
    tries: int
    try_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchingHealth:
    """Supplies that wait to be cut or switched on, how many of them fail, and those that have failed longest."""

    cuts_waiting: int
    restores_waiting: int
    oldest_at: datetime | None
    failing: int
    longest: tuple[FailingSwitch, ...]


def switching_health(conn: Connection, viewer: Viewer, site_id: int) -> SwitchingHealth:
    """For whoever sees the site."""
    permit_site(viewer, Right.SEE_SITE, site_id)
    of_site = sa.and_(supply_changes.c.site_id == site_id, supply_changes.c.ended_at.is_(None))
    waits = supply_changes.c.confirmed_at.is_(None)
    fails = sa.and_(supply_changes.c.error.is_not(None), supply_changes.c.tries > 0, waits)
    counted = conn.execute(
        sa.select(
            count_where(sa.and_(waits, supply_changes.c.wanted == Answer.CUT)).label("cuts"),
            count_where(sa.and_(waits, supply_changes.c.wanted == Answer.ON)).label("restores"),
            count_where(fails).label("failing"),
            sa.func.min(sa.case((waits, supply_changes.c.decided_at))).label("oldest_at"),
        ).where(of_site)
    ).one()
    longest = conn.execute(
        sa.select(
            supply_changes.c.analyzer_id,
            analyzers.c.name,
            *(supply_changes.c[name] for name in ("wanted", "decided_at", "tries", "try_at", "error")),
        )
        .join(analyzers, analyzers.c.id == supply_changes.c.analyzer_id)
        .where(of_site, fails)
        .order_by(supply_changes.c.decided_at, supply_changes.c.id)
        .limit(FAILING_AT_MOST)
    )
    return SwitchingHealth(
        cuts_waiting=counted.cuts or 0,
        restores_waiting=counted.restores or 0,
        oldest_at=counted.oldest_at,
        failing=counted.failing or 0,
        longest=tuple(FailingSwitch(**row) for row in longest.mappings()),
    )
