"""What all sites of a viewer sold today and this month, each in its own money and from its own midnight on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit
from prepaid.calendar import zone
from prepaid.records import AccountKind
from prepaid.spans import midnight
from prepaid.standing import Use
from prepaid.units import ZERO
from sql.questions.sites import SiteFacts, sites_of
from sql.tables import accounts, hours, sites

SLICE = timedelta(days=7)
"""Sums of money are taken of at most so much at a time: SQLite adds whole numbers below 2⁶³ only."""


class Since(StrEnum):
    """From when on is added."""

    TODAY = "today"
    THIS_MONTH = "this_month"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSold:
    """What the tenants of one site were charged since `from_at`, up to the last full hour."""

    currency: str
    from_at: datetime
    use: Use


def sold_by_site(conn: Connection, viewer: Viewer, since: Since, now: datetime) -> Mapping[int, SiteSold]:
    """By site, for whoever sees them; amounts are those of accounts kept in the site's own money."""
    permit(viewer, Right.SEE_SITE)
    known = sites_of(conn, viewer)
    if not known:
        return {}
    from_at = {each.site_id: _begin(each, since, now) for each in known}
    use = {each.site_id: Use() for each in known}
    for row in conn.execute(_question(from_at, now)):
        use[row.site_id] += Use(
            grid_wh=int(row.grid_wh),
            generator_wh=int(row.generator_wh),
            grid_amount=row.grid_amount or ZERO,
            generator_amount=row.generator_amount or ZERO,
        )
    return {
        each.site_id: SiteSold(currency=each.currency, from_at=from_at[each.site_id], use=use[each.site_id])
        for each in known
    }


def _begin(site: SiteFacts, since: Since, now: datetime) -> datetime:
    """Midnight at the site, of today or of the first of the month."""
    site_zone = zone(site.time_zone)
    day = now.astimezone(site_zone).date()
    return midnight(day if since is Since.TODAY else day.replace(day=1), site_zone)


def _question(from_at: Mapping[int, datetime], now: datetime) -> sa.Select[Any]:
    first_at = min(from_at.values())
    slices: Sequence[datetime] = [first_at + number * SLICE for number in range(1, (now - first_at) // SLICE + 1)]
    own_money = accounts.c.currency == sites.c.currency
    begins = {site_id: sa.literal(at, hours.c.hour_at.type) for site_id, at in from_at.items()}
    place = sa.case(*((hours.c.hour_at < edge, number) for number, edge in enumerate(slices)), else_=len(slices))
    each = (
        sa.select(
            accounts.c.site_id,
            (place if slices else sa.literal(0)).label("slice"),
            hours.c.grid_wh,
            hours.c.generator_wh,
            sa.case((own_money, hours.c.grid_amount)).label("grid_amount"),
            sa.case((own_money, hours.c.generator_amount)).label("generator_amount"),
        )
        .select_from(hours)
        .join(accounts, accounts.c.id == hours.c.account_id)
        .join(sites, sites.c.id == accounts.c.site_id)
        .where(
            hours.c.hour_at >= first_at,
            hours.c.hour_at < now,
            accounts.c.site_id.in_(from_at),
            accounts.c.kind == AccountKind.TENANT,
            hours.c.hour_at >= sa.case(begins, value=accounts.c.site_id),
        )
        .subquery("each_one")
    )
    return sa.select(
        each.c.site_id,
        sa.func.sum(each.c.grid_wh).label("grid_wh"),
        sa.func.sum(each.c.generator_wh).label("generator_wh"),
        sa.func.sum(each.c.grid_amount).label("grid_amount"),
        sa.func.sum(each.c.generator_amount).label("generator_amount"),
    ).group_by(each.c.site_id, each.c.slice)
