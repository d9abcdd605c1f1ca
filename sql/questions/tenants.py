"""The tenants of a site: a row an open account, with what is left, how long it lasts, the supply and recent use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from prepaid.calendar import zone
from prepaid.forecast import Outlook, present
from prepaid.records import AccountKind, Stage
from prepaid.standing import Point, Supplied, supplied_together
from prepaid.supply import Reason
from sql.accounts import emergency_credit_in_force, live_balances
from sql.forecasts import latest_forecasts
from sql.questions.account_points import points_of
from sql.tables import accounts, allocations, entries, hours, sites, tenants

ROWS_AT_MOST = 2000
DAYS_SHOWN = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantRow:
    """One open account with its tenant, as it stands now.

    `week_wh` are the last seven whole local days, oldest first. `days_left` None: too little is known of the use;
    400: longer than anybody looks, then there is no `ends_at`. `why` is the reason of the gravest supply.
    """

    tenant_id: int
    account_id: int
    name: str
    unit: str | None
    number: str
    currency: str
    stage: Stage
    exempt: bool
    balance: Decimal
    live: Decimal
    emergency_credit: Decimal
    restore_threshold: Decimal
    days_left: float | None
    ends_at: datetime | None
    daily_amount: Decimal | None
    supplied: Supplied
    why: Reason | None
    analyzers: int
    last_recharge: Decimal | None
    last_recharge_at: datetime | None
    week_wh: tuple[int, ...]


def tenant_rows(
    conn: Connection,
    viewer: Viewer,
    site_id: int,
    now: datetime,
    weeks: Mapping[int, tuple[int, ...]] | None = None,
) -> tuple[TenantRow, ...]:
    """Every open account of the site's tenants, by name. For whoever sees balances there.

    `weeks` is an answer of `week_uses`, which may be older: it is half of the work and changes once a day.
    """
    permit_site(viewer, Right.SEE_BALANCES, site_id)
    known = week_uses(conn, viewer, site_id, now) if weeks is None else weeks
    facts = conn.execute(_facts_question(site_id)).mappings().all()
    account_ids = [row["account_id"] for row in facts]
    live = live_balances(conn, site_id)
    points = points_of(conn, account_ids)
    foreseen = latest_forecasts(conn, site_id)
    return tuple(
        _row(
            row,
            live=live[row["account_id"]].live,
            balance=live[row["account_id"]].balance,
            points=points[row["account_id"]],
            outlook=present(foreseen.get(row["account_id"]), live[row["account_id"]].live, now),
            week_wh=known.get(row["account_id"], (0,) * DAYS_SHOWN),
        )
        for row in facts
        if row["account_id"] in live
    )


def _facts_question(site_id: int) -> sa.Select[Any]:
    newest = (
        sa.select(sa.func.max(allocations.c.entry_no))
        .where(allocations.c.account_id == accounts.c.id)
        .correlate(accounts)
        .scalar_subquery()
    )
    return (
        sa.select(
            tenants.c.id.label("tenant_id"),
            tenants.c.name,
            tenants.c.unit,
            accounts.c.id.label("account_id"),
            accounts.c.number,
            accounts.c.currency,
            accounts.c.stage,
            accounts.c.exempt,
            emergency_credit_in_force().label("emergency_credit"),
            accounts.c.restore_threshold,
            entries.c.amount.label("last_recharge"),
            entries.c.posted_at.label("last_recharge_at"),
        )
        .select_from(accounts)
        .join(tenants, tenants.c.id == accounts.c.tenant_id)
        .outerjoin(entries, sa.and_(entries.c.account_id == accounts.c.id, entries.c.entry_no == newest))
        .where(accounts.c.site_id == site_id, accounts.c.kind == AccountKind.TENANT, accounts.c.stage != Stage.CLOSED)
        .order_by(tenants.c.name, accounts.c.number)
        .limit(ROWS_AT_MOST)
    )


def week_uses(conn: Connection, viewer: Viewer, site_id: int, now: datetime) -> Mapping[int, tuple[int, ...]]:
    """What each account used on each of the last whole local days, oldest first; for whoever sees balances there."""
    permit_site(viewer, Right.SEE_BALANCES, site_id)
    days = _days_before(conn, site_id, now)
    sums = [
        sa.func.sum(
            sa.case(
                (sa.and_(hours.c.hour_at >= begin, hours.c.hour_at < end), hours.c.grid_wh + hours.c.generator_wh),
                else_=0,
            )
        ).label(f"day_{number}")
        for number, (begin, end) in enumerate(pairwise(days))
    ]
    question = (
        sa.select(hours.c.account_id, *sums)
        .join(accounts, accounts.c.id == hours.c.account_id)
        .where(accounts.c.site_id == site_id, hours.c.hour_at >= days[0], hours.c.hour_at < days[-1])
        .group_by(hours.c.account_id)
    )
    return {row[0]: tuple(int(wh) for wh in row[1:]) for row in conn.execute(question)}


def _days_before(conn: Connection, site_id: int, now: datetime) -> Sequence[datetime]:
    """The midnights between which the shown days lie, by the site's wall clock; the last one began today."""
    site_zone = zone(conn.execute(sa.select(sites.c.time_zone).where(sites.c.id == site_id)).scalar_one())
    today = now.astimezone(site_zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return [(today - timedelta(days=back)).astimezone(now.tzinfo) for back in range(DAYS_SHOWN, -1, -1)]


def _row(
    row: sa.RowMapping,
    *,
    live: Decimal,
    balance: Decimal,
    points: tuple[Point, ...],
    outlook: Outlook | None,
    week_wh: tuple[int, ...],
) -> TenantRow:
    return TenantRow(
        tenant_id=row["tenant_id"],
        account_id=row["account_id"],
        name=row["name"],
        unit=row["unit"],
        number=row["number"],
        currency=row["currency"],
        stage=row["stage"],
        exempt=row["exempt"],
        balance=balance,
        live=live,
        emergency_credit=row["emergency_credit"],
        restore_threshold=row["restore_threshold"],
        days_left=None if outlook is None else outlook.days_left,
        ends_at=None if outlook is None else outlook.ends_at,
        daily_amount=None if outlook is None else outlook.daily_amount,
        supplied=supplied_together(points),
        why=_why(points),
        analyzers=len(points),
        last_recharge=row["last_recharge"],
        last_recharge_at=row["last_recharge_at"],
        week_wh=week_wh,
    )


def _why(points: Sequence[Point]) -> Reason | None:
    """Why the supply is as it is; of several analyzers, of one that is cut."""
    ordered = sorted(points, key=lambda point: point.supplied not in (Supplied.CUT, Supplied.COMING_ON))
    return ordered[0].why if ordered else None
