"""What a site sold and was supplied with: a span beside the span before it, the last day by hour, recharges by day.

Sold is what tenants used; supplied is what the incomers counted; recharged is the credit that was sold. Amounts are
those of accounts kept in the site's own money.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from prepaid.calendar import HOUR, hour_of, zone
from prepaid.errors.access import NotFound
from prepaid.language import _
from prepaid.spans import Span, midnight, months_later
from prepaid.standing import Use
from sql.questions.site_hours import Line, lines_of
from sql.questions.site_recharges import recharged_in
from sql.tables import sites

HOURS_SHOWN = 24
DAYS_SHOWN = 14
NOTHING = Use()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """One span: what tenants used, what the incomers counted (None: the source has none), and what was recharged
    less what was taken back of it."""

    span: Span
    use: Use
    grid_supplied_wh: int | None
    generator_supplied_wh: int | None
    recharged: Decimal
    recharges: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A span until now, and as much of the one before it."""

    now: Sold
    before: Sold


@dataclass(frozen=True, slots=True, kw_only=True)
class HourSold:
    """What tenants used in one local hour."""

    hour_at: datetime
    use: Use


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRecharged:
    """What was recharged on one local day."""

    day: date
    amount: Decimal
    recharges: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sales:
    """Today beside yesterday until the same time, the last 24 hours, the last 14 days; the newest hour and day are
    still running."""

    at: datetime
    currency: str
    zone_name: str
    today: Compared
    hours: tuple[HourSold, ...]
    days: tuple[DayRecharged, ...]


def sales(conn: Connection, viewer: Viewer, site_id: int, now: datetime) -> Sales:
    """Today, the last hours and the last days, with what is used and not charged yet. For whoever sees the site."""
    permit_site(viewer, Right.SEE_SITE, site_id)
    currency, site_zone = _money_of(conn, site_id)
    local_day = now.astimezone(site_zone).date()
    dates = [local_day - timedelta(days=back) for back in range(DAYS_SHOWN)]
    midnights = [midnight(day, site_zone) for day in dates]
    today, yesterday = _beside(midnights[0], midnights[1], now)
    days = [Span(begin, end) for begin, end in zip(midnights, [now, *midnights], strict=False)]
    first_at = hour_of(now, site_zone) - (HOURS_SHOWN - 1) * HOUR
    lines = lines_of(conn, site_id, currency, site_zone, Span(min(yesterday.from_at, first_at), now))
    recharged = recharged_in(conn, site_id, currency, [today, yesterday, *days])
    return Sales(
        at=now,
        currency=currency,
        zone_name=site_zone.key,
        today=Compared(now=_sold(today, lines, recharged[0]), before=_sold(yesterday, lines, recharged[1])),
        hours=_by_hour(lines, first_at),
        days=tuple(
            DayRecharged(day=day, amount=amount, recharges=number)
            for day, (amount, number) in reversed(list(zip(dates, recharged[2:], strict=True)))
        ),
    )


def month_sales(conn: Connection, viewer: Viewer, site_id: int, now: datetime) -> Compared:
    """This month until now beside the same part of the month before. Reads up to two months of hours: ask seldom."""
    permit_site(viewer, Right.SEE_SITE, site_id)
    currency, site_zone = _money_of(conn, site_id)
    first = now.astimezone(site_zone).date().replace(day=1)
    this, before = _beside(midnight(first, site_zone), midnight(months_later(first, -1), site_zone), now)
    lines = lines_of(conn, site_id, currency, site_zone, before, running=False)
    lines += lines_of(conn, site_id, currency, site_zone, this)
    recharged = recharged_in(conn, site_id, currency, [this, before])
    return Compared(now=_sold(this, lines, recharged[0]), before=_sold(before, lines, recharged[1]))


def _money_of(conn: Connection, site_id: int) -> tuple[str, ZoneInfo]:
    found = conn.execute(sa.select(sites.c.currency, sites.c.time_zone).where(sites.c.id == site_id)).one_or_none()
    if found is None:
        raise NotFound(what=_("site"), name=site_id)
    return found.currency, zone(found.time_zone)


def _beside(begin: datetime, begin_before: datetime, now: datetime) -> tuple[Span, Span]:
    """The span until now, and as much of the one before; where that was shorter, all of it."""
    return Span(begin, now), Span(begin_before, min(begin_before + (now - begin), begin))


def _sold(span: Span, lines: Iterable[Line], recharged: tuple[Decimal, int]) -> Sold:
    """The sum of the hours in the span; of an hour that reaches beyond it, the part in proportion."""
    inside = [line.part(span) for line in lines if line.from_at < span.until_at and line.until_at > span.from_at]
    return Sold(
        span=span,
        use=sum((line.use for line in inside), NOTHING),
        grid_supplied_wh=_sum([line.grid_supplied_wh for line in inside]),
        generator_supplied_wh=_sum([line.generator_supplied_wh for line in inside]),
        recharged=recharged[0],
        recharges=recharged[1],
    )


def _sum(parts: Sequence[int | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


def _by_hour(lines: Iterable[Line], first_at: datetime) -> tuple[HourSold, ...]:
    return tuple(HourSold(hour_at=line.from_at, use=line.use) for line in lines if line.from_at >= first_at)
