"""The analyzers of a site at one glance, in one statement, and one of them as it stands now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit, permit_site
from prepaid.errors.access import NotFound
from prepaid.language import _
from prepaid.records import Source, WishKind
from sql.questions.analyzer_lines import AnalyzerLine, line_of
from sql.questions.analyzer_rows import lines_question
from sql.sites import load_settings
from sql.tables import analyzers, site_states, wishes

__all__ = ["AnalyzerLine", "Pause", "SiteAnalyzers", "analyzer_line", "permit_analyzer", "site_analyzers", "site_pause"]

MOST_ANALYZERS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Cuts of the site are paused by a person. `wish_id` is what can be withdrawn."""

    wish_id: int
    until_at: datetime
    asked_by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteAnalyzers:
    """The analyzers of a site in the order of their names, as they stood at `at`; retired ones are left out."""

    site_id: int
    at: datetime
    stale_after_s: float
    source: Source | None
    pause: Pause | None
    lines: tuple[AnalyzerLine, ...]


def site_analyzers(conn: Connection, viewer: Viewer, site_id: int, now: datetime) -> SiteAnalyzers:
    """Every analyzer of the site that is in use, at most 1000."""
    permit_site(viewer, Right.SEE_SITE, site_id)
    stale_after_s = float(load_settings(conn, site_id).stale_after_s)
    question = (
        lines_question(now)
        .where(analyzers.c.site_id == site_id, analyzers.c.retired_at.is_(None))
        .order_by(analyzers.c.name)
        .limit(MOST_ANALYZERS)
    )
    stale_after = timedelta(seconds=stale_after_s)
    lines = tuple(line_of(row, now, stale_after) for row in conn.execute(question).mappings())
    source: Source | None = conn.scalar(sa.select(site_states.c.source).where(site_states.c.site_id == site_id))
    return SiteAnalyzers(
        site_id=site_id,
        at=now,
        stale_after_s=stale_after_s,
        source=source,
        pause=site_pause(conn, viewer, site_id, now),
        lines=lines,
    )


def site_pause(conn: Connection, viewer: Viewer, site_id: int, now: datetime) -> Pause | None:
    """The pause of the site that ends last."""
    permit_site(viewer, Right.SEE_SITE, site_id)
    question = (
        sa.select(wishes.c.id, wishes.c.until_at, wishes.c.asked_by, wishes.c.reason)
        .where(
            wishes.c.site_id == site_id,
            wishes.c.kind == WishKind.PAUSE,
            wishes.c.ended_at.is_(None),
            wishes.c.until_at > now,
        )
        .order_by(wishes.c.until_at.desc(), wishes.c.id.desc())
        .limit(1)
    )
    found = conn.execute(question).one_or_none()
    if found is None:
        return None
    return Pause(wish_id=found.id, until_at=found.until_at, asked_by=found.asked_by, reason=found.reason)


def analyzer_line(conn: Connection, viewer: Viewer, analyzer_id: int, now: datetime) -> AnalyzerLine:
    """One analyzer, retired or not. Raises NotFound, and NotAllowed for one of another site."""
    site_id = permit_analyzer(conn, viewer, Right.SEE_SITE, analyzer_id)
    stale_after = timedelta(seconds=float(load_settings(conn, site_id).stale_after_s))
    row = conn.execute(lines_question(now).where(analyzers.c.id == analyzer_id)).mappings().one()
    return line_of(row, now, stale_after)


def permit_analyzer(conn: Connection, viewer: Viewer, right: Right, analyzer_id: int) -> int:
    """The site of an analyzer, if the viewer has the right there. Who has no such right anywhere learns nothing."""
    permit(viewer, right)
    site_id: int | None = conn.scalar(sa.select(analyzers.c.site_id).where(analyzers.c.id == analyzer_id))
    if site_id is None:
        raise NotFound(what=_("analyzer"), name=analyzer_id)
    permit_site(viewer, right, site_id)
    return site_id
