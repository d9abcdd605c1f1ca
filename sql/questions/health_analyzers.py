"""Which analyzers are not read now, since when, and what their last try said."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from sql.sites import load_settings
from sql.tables import analyzer_states, analyzers

FAILING_AT_MOST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingAnalyzer:
    """An analyzer without a fresh reading. `read_at` None: it was never read."""

    analyzer_id: int
    name: str
    read_at: datetime | None
    failures: int | None
    error: str | None
    try_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadsHealth:
    """How many analyzers are in use, how many of them fail, and those that have failed longest."""

    analyzers: int
    failing: int
    longest: tuple[FailingAnalyzer, ...]


def reads_health(conn: Connection, viewer: Viewer, site_id: int, now: datetime) -> ReadsHealth:
    """For whoever sees the site."""
    permit_site(viewer, Right.SEE_SITE, site_id)
    stale_at = now - timedelta(seconds=float(load_settings(conn, site_id).stale_after_s))
    states = analyzer_states.c
    fails = sa.or_(states.read_at.is_(None), states.read_at < stale_at)
    used = sa.and_(analyzers.c.site_id == site_id, analyzers.c.retired_at.is_(None))
    joined = analyzers.outerjoin(analyzer_states, states.analyzer_id == analyzers.c.id)
    counted = conn.execute(
        sa.select(sa.func.count().label("analyzers"), sa.func.sum(sa.case((fails, 1), else_=0)).label("failing"))
        .select_from(joined)
        .where(used)
    ).one()
    longest = conn.execute(
        sa.select(
            analyzers.c.id.label("analyzer_id"),
            analyzers.c.name,
            states.read_at,
            states.failures,
            states.link_error.label("error"),
            states.try_at,
        )
        .select_from(joined)
        .where(used, fails)
        .order_by(sa.case((states.read_at.is_(None), 0), else_=1), states.read_at, analyzers.c.name)
        .limit(FAILING_AT_MOST)
    )
    return ReadsHealth(
        analyzers=counted.analyzers,
        failing=counted.failing or 0,
        longest=tuple(FailingAnalyzer(**row) for row in longest.mappings()),
    )
