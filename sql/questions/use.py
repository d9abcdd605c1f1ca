"""What a tenant used in a span and what it cost, divided by the wall clock, beside the span before."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Viewer, permit_tenant
from prepaid.calendar import hour_of, next_hour, zone
from prepaid.errors.access import NotFound
from prepaid.language import _
from prepaid.spans import Bucket, Span, before, edges
from prepaid.standing import Use
from prepaid.units import ZERO
from sql.questions.account import uncharged_use
from sql.questions.site_hours import Line
from sql.tables import accounts, hours, sites

HOURS_AT_MOST = 800 * 25
"""The longest span that is divided (prepaid.spans), and a little more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The use of one bucket of the span. `running`: it is not over; `spread`: some of it is divided by time."""

    from_at: datetime
    until_at: datetime
    use: Use
    running: bool
    spread: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """The hour of the span with the most energy."""

    hour_at: datetime
    wh: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Use over a span. `before` is that of the span before, as far as this one has come, with the hour in which that
    ends in proportion; None: nothing is known of it. `first_hour_at` is the first hour that anything is known of."""

    currency: str
    parts: tuple[Part, ...]
    total: Use
    before: Use | None
    before_span: Span
    peak: Peak | None
    first_hour_at: datetime | None


def used(
    conn: Connection,
    viewer: Viewer,
    site_id: int,
    tenant_id: int,
    account_id: int,
    span: Span,
    bucket: Bucket,
    now: datetime,
) -> Used:
    """What one account of the tenant used, from charged hours; the running part counts what is not charged yet, too.

    Raises NotAllowed; NotFound for an account that is not the tenant's.
    """
    permit_tenant(viewer, site_id, tenant_id)
    facts = _facts(conn, site_id, tenant_id, account_id)
    site_zone = zone(facts.time_zone)
    compared = _as_far(before(span, now, site_zone), span, now, site_zone)
    rows = _hour_rows(conn, account_id, span)
    parts = _parts(rows, edges(span, bucket, site_zone), now)
    if any(part.running for part in parts):
        uncharged = uncharged_use(conn, account_id)
        parts = [replace(part, use=part.use + uncharged) if part.running else part for part in parts]
    return Used(
        currency=facts.currency,
        parts=tuple(parts),
        total=sum((part.use for part in parts), Use()),
        before=_until(conn, account_id, compared, site_zone),
        before_span=compared,
        peak=_peak(rows),
        first_hour_at=_first_hour(conn, account_id),
    )


def _facts(conn: Connection, site_id: int, tenant_id: int, account_id: int) -> Any:
    question = (
        sa.select(accounts.c.currency, sites.c.time_zone)
        .join(sites, sites.c.id == accounts.c.site_id)
        .where(accounts.c.id == account_id, accounts.c.tenant_id == tenant_id, accounts.c.site_id == site_id)
    )
    found = conn.execute(question).one_or_none()
    if found is None:
        raise NotFound(what=_("account"), name=account_id)
    return found


def _sums() -> list[sa.Label[Any]]:
    names = ("grid_wh", "generator_wh", "grid_amount", "generator_amount")
    return [sa.func.sum(hours.c[name]).label(name) for name in names]


def _hour_rows(conn: Connection, account_id: int, span: Span) -> Sequence[Any]:
    """The hours of the span, of all analyzers together, in order."""
    spread = sa.func.max(sa.case((hours.c.spread == sa.true(), 1), else_=0)).label("spread")
    question = (
        sa.select(hours.c.hour_at, *_sums(), spread)
        .where(hours.c.account_id == account_id, hours.c.hour_at >= span.from_at, hours.c.hour_at < span.until_at)
        .group_by(hours.c.hour_at)
        .order_by(hours.c.hour_at)
        .limit(HOURS_AT_MOST)
    )
    return conn.execute(question).all()


def _as_far(compared: Span, span: Span, now: datetime, site_zone: ZoneInfo) -> Span:
    """The span to compare with, as far into its last hour as this one is into the running hour."""
    if not span.from_at <= now < span.until_at:
        return compared
    return Span(compared.from_at, hour_of(compared.until_at, site_zone) + (now - hour_of(now, site_zone)))


def _until(conn: Connection, account_id: int, span: Span, site_zone: ZoneInfo) -> Use | None:
    """The use of a span that may end inside an hour; of that hour, the part in proportion."""
    last_at = hour_of(span.until_at, site_zone)
    whole = _total(conn, account_id, Span(span.from_at, last_at))
    end_at = next_hour(last_at, site_zone)
    last = _total(conn, account_id, Span(last_at, end_at)) if last_at < span.until_at else None
    if last is None:
        return whole
    part = Line(last_at, end_at, last, None, None).part(span).use
    return part if whole is None else whole + part


def _total(conn: Connection, account_id: int, span: Span) -> Use | None:
    question = sa.select(sa.func.count().label("number"), *_sums()).where(
        hours.c.account_id == account_id, hours.c.hour_at >= span.from_at, hours.c.hour_at < span.until_at
    )
    row = conn.execute(question).one()
    return _use(row) if row.number else None


def _first_hour(conn: Connection, account_id: int) -> datetime | None:
    found: datetime | None = conn.scalar(
        sa.select(sa.func.min(hours.c.hour_at)).where(hours.c.account_id == account_id)
    )
    return found


def _parts(rows: Sequence[Any], bounds: Sequence[datetime], now: datetime) -> list[Part]:
    sums = [Use() for _bound in bounds[1:]]
    spread = [False for _bound in bounds[1:]]
    for row in rows:
        place = bisect_right(bounds, row.hour_at) - 1
        sums[place] += _use(row)
        spread[place] = spread[place] or bool(row.spread)
    return [
        Part(from_at=begin, until_at=end, use=use, running=begin <= now < end, spread=divided)
        for begin, end, use, divided in zip(bounds, bounds[1:], sums, spread, strict=False)
    ]


def _peak(rows: Sequence[Any]) -> Peak | None:
    """Hours inside a silence are left out: nobody knows what each of them had."""
    known = [row for row in rows if not row.spread and row.grid_wh + row.generator_wh > 0]
    if not known:
        return None
    most = max(known, key=lambda row: row.grid_wh + row.generator_wh)
    return Peak(hour_at=most.hour_at, wh=int(most.grid_wh + most.generator_wh))


def _use(row: Any) -> Use:
    return Use(
        grid_wh=int(row.grid_wh or 0),
        generator_wh=int(row.generator_wh or 0),
        grid_amount=row.grid_amount or ZERO,
        generator_amount=row.generator_amount or ZERO,
    )
