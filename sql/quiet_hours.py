"""Quiet hours as columns of users and contacts, and those of a site with its zone."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.calendar import zone
from prepaid.quiet_hours import QuietHours
from prepaid.settings import site_settings
from sql.tables import settings, sites

_NAMES = ("quiet_from_h", "quiet_until_h")


class SiteHours(NamedTuple):
    """The quiet hours of a site, and whose wall clock they mean."""

    quiet: QuietHours
    zone: ZoneInfo


def quiet_of(row: Any) -> QuietHours | None:
    """The quiet hours of a user or contact; None: those of the site."""
    if row.quiet_from_minute is None:
        return None
    return QuietHours(from_minute=row.quiet_from_minute, until_minute=row.quiet_until_minute)


def quiet_columns(quiet: QuietHours | None) -> Mapping[str, int | None]:
    """The hours as they are written to a user or contact."""
    if quiet is None:
        return {"quiet_from_minute": None, "quiet_until_minute": None}
    return {"quiet_from_minute": quiet.from_minute, "quiet_until_minute": quiet.until_minute}


_OF_SITE = (
    sa.select(sites.c.time_zone, settings.c.name, settings.c.value)
    .outerjoin(settings, sa.and_(settings.c.site_id == sites.c.id, settings.c.name.in_(_NAMES)))
    .where(sites.c.id == sa.bindparam("site_id"))
)


def site_hours(conn: Connection, site_id: int) -> SiteHours:
    """The quiet hours of the site."""
    rows = conn.execute(_OF_SITE, {"site_id": site_id}).all()
    chosen = {row.name: row.value for row in rows if row.name is not None}
    return SiteHours(site_settings(chosen).quiet, zone(rows[0].time_zone))
