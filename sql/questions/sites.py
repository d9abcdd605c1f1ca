"""The sites a viewer may look at."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Viewer
from sql.tables import sites

MOST_SITES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """What every page needs of its site: its name, how it tells the time, its money."""

    site_id: int
    name: str
    time_zone: str
    currency: str
    language: str


def sites_of(conn: Connection, viewer: Viewer) -> tuple[SiteFacts, ...]:
    """The sites in use that the viewer belongs to, by name; for who belongs to none in particular, all of them."""
    question = (
        sa.select(sites.c.id, sites.c.name, sites.c.time_zone, sites.c.currency, sites.c.language)
        .where(sites.c.retired_at.is_(None))
        .order_by(sites.c.name)
        .limit(MOST_SITES)
    )
    if viewer.site_id is not None:
        question = question.where(sites.c.id == viewer.site_id)
    return tuple(
        SiteFacts(site_id=row.id, name=row.name, time_zone=row.time_zone, currency=row.currency, language=row.language)
        for row in conn.execute(question)
    )
