"""One tenant's accounts as the tenant reads them: what is left, how long, from which source, and is the supply on."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Viewer, permit_tenant
from prepaid.accounts import Unbilled, live_balance, unbilled_amount
from prepaid.alerts import Level
from prepaid.calendar import zone
from prepaid.errors.access import NotFound
from prepaid.forecast import Forecast, present
from prepaid.language import _
from prepaid.records import Source, Stage
from prepaid.standing import Point, PriceLine, Standing, TenantPicture, Use
from prepaid.units import ZERO
from sql.accounts import balance_question, emergency_credit_in_force, open_ground
from sql.forecasts import latest_forecasts
from sql.holds import provisional_of
from sql.questions.account_points import points_of
from sql.questions.account_prices import prices_of
from sql.sites import load_settings
from sql.tables import accounts, allocations, bases, crossings, entries, hours, site_states, sites, tenants

ACCOUNTS_AT_MOST = 20


def tenant_picture(conn: Connection, viewer: Viewer, site_id: int, tenant_id: int, now: datetime) -> TenantPicture:
    """The tenant with every open account, as they stand now. Raises NotAllowed; NotFound only to the staff.

    Ledger, counters and the hours of today of all accounts come from one statement, so that nothing counts twice.
    """
    permit_tenant(viewer, site_id, tenant_id)
    whose = _whose(conn, site_id, tenant_id)
    midnights = _midnights(now, whose.time_zone)
    money = _money(conn, site_id, tenant_id, midnights, now)
    account_ids = list(money)
    points = points_of(conn, account_ids)
    prices = prices_of(conn, account_ids, now)
    foreseen = latest_forecasts(conn, site_id, account_ids)
    recharges = _last_recharges(conn, account_ids)
    return TenantPicture(
        site_id=site_id,
        site_name=whose.site_name,
        zone_name=whose.time_zone,
        tenant_id=tenant_id,
        tenant_name=whose.name,
        unit=whose.unit,
        source=whose.source,
        source_since_at=whose.source_since_at,
        stale_after_s=float(load_settings(conn, site_id).stale_after_s),
        at=now,
        accounts=tuple(
            _standing(
                rows,
                prices=prices[account_id],
                points=points[account_id],
                foreseen=foreseen.get(account_id),
                recharge=recharges.get(account_id),
                site_source=whose.source,
                now=now,
            )
            for account_id, rows in money.items()
        ),
    )


def uncharged_use(conn: Connection, account_id: int) -> Use:
    """What the counters of an account have gone on since its last charges. Asks nobody's leave."""
    return _uncharged(open_ground(conn.execute(balance_question().where(accounts.c.id == account_id)).all()))


def _whose(conn: Connection, site_id: int, tenant_id: int) -> Any:
    question = (
        sa.select(
            tenants.c.name,
            tenants.c.unit,
            sites.c.name.label("site_name"),
            sites.c.time_zone,
            site_states.c.source,
            site_states.c.source_since_at,
        )
        .join(sites, sites.c.id == tenants.c.site_id)
        .outerjoin(site_states, site_states.c.site_id == sites.c.id)
        .where(tenants.c.id == tenant_id, tenants.c.site_id == site_id)
    )
    found = conn.execute(question).one_or_none()
    if found is None:
        raise NotFound(what=_("tenant"), name=tenant_id)
    return found


def _midnights(now: datetime, time_zone: str) -> tuple[datetime, datetime]:
    """Where yesterday and today began by the site's wall clock."""
    site_zone = zone(time_zone)
    today = now.astimezone(site_zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    yesterday = today - timedelta(days=1)
    return yesterday.astimezone(now.tzinfo), today.astimezone(now.tzinfo)


def _money(
    conn: Connection, site_id: int, tenant_id: int, midnights: tuple[datetime, datetime], now: datetime
) -> Mapping[int, Sequence[Any]]:
    """The rows of each open account, a row for each open base; the sums of the days stand on every row."""
    own = sa.and_(accounts.c.site_id == site_id, accounts.c.tenant_id == tenant_id, accounts.c.stage != Stage.CLOSED)
    first = (
        sa.select(accounts.c.id).where(own).order_by(accounts.c.number).limit(ACCOUNTS_AT_MOST).subquery("first_ones")
    )
    days = _days(site_id, tenant_id, midnights)
    question = (
        balance_question()
        .add_columns(
            accounts.c.number,
            accounts.c.currency,
            accounts.c.stage,
            accounts.c.opened_at,
            accounts.c.exempt,
            emergency_credit_in_force().label("emergency_credit"),
            accounts.c.restore_threshold,
            crossings.c.level,
            crossings.c.crossed_at,
            crossings.c.notice_until_at,
            provisional_of(accounts.c.id).label("provisional_amount"),
            *(column for column in days.c if column.name != "account_id"),
        )
        .join(first, first.c.id == accounts.c.id)
        .outerjoin(crossings, crossings.c.account_id == accounts.c.id)
        .outerjoin(days, days.c.account_id == accounts.c.id)
        .order_by(accounts.c.number, bases.c.id)
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for row in conn.execute(question, {"now": now}):
        found[row.id].append(row)
    return found


def _days(site_id: int, tenant_id: int, midnights: tuple[datetime, datetime]) -> sa.Subquery:
    """What was charged for the hours of yesterday and of today, for each account of the tenant."""
    yesterday_at, today_at = midnights
    of_today, of_yesterday = hours.c.hour_at >= today_at, hours.c.hour_at < today_at
    parts = ("grid_wh", "generator_wh", "grid_amount", "generator_amount")
    sums = [
        sa.func.sum(sa.case((of_day, hours.c[part]))).label(f"{day}_{part}")
        for day, of_day in (("today", of_today), ("yesterday", of_yesterday))
        for part in parts
    ]
    return (
        sa.select(hours.c.account_id, *sums)
        .join(accounts, accounts.c.id == hours.c.account_id)
        .where(accounts.c.site_id == site_id, accounts.c.tenant_id == tenant_id, hours.c.hour_at >= yesterday_at)
        .group_by(hours.c.account_id)
        .subquery("days")
    )


def _last_recharges(conn: Connection, account_ids: Sequence[int]) -> dict[int, tuple[Decimal, datetime]]:
    newest = (
        sa.select(allocations.c.account_id, sa.func.max(allocations.c.entry_no).label("entry_no"))
        .where(allocations.c.account_id.in_(account_ids))
        .group_by(allocations.c.account_id)
        .subquery()
    )
    question = sa.select(entries.c.account_id, entries.c.amount, entries.c.posted_at).join(
        newest, sa.and_(newest.c.account_id == entries.c.account_id, newest.c.entry_no == entries.c.entry_no)
    )
    return {row.account_id: (row.amount, row.posted_at) for row in conn.execute(question)}


def _standing(
    rows: Sequence[Any],
    *,
    prices: Mapping[Source, PriceLine],
    points: tuple[Point, ...],
    foreseen: Forecast | None,
    recharge: tuple[Decimal, datetime] | None,
    site_source: Source | None,
    now: datetime,
) -> Standing:
    one = rows[0]
    ground = open_ground(rows)
    live = live_balance(one.balance, ground)
    return Standing(
        account_id=one.id,
        number=one.number,
        currency=one.currency,
        stage=one.stage,
        opened_at=one.opened_at,
        exempt=one.exempt,
        entry_no=one.entry_no,
        balance=one.balance,
        live=live,
        emergency_credit=one.emergency_credit,
        restore_threshold=one.restore_threshold,
        level=one.level or Level.FINE,
        crossed_at=one.crossed_at,
        notice_until_at=one.notice_until_at,
        last_recharge=None if recharge is None else recharge[0],
        last_recharge_at=None if recharge is None else recharge[1],
        today=_charged(one, "today") + _uncharged(ground),
        yesterday=_charged(one, "yesterday"),
        prices=prices,
        outlook=present(foreseen, live, now),
        site_source=site_source,
        points=points,
        provisional=one.provisional_amount or ZERO,
    )


def _charged(row: Any, day: str) -> Use:
    values = row._mapping
    return Use(
        grid_wh=int(values[f"{day}_grid_wh"] or 0),
        generator_wh=int(values[f"{day}_generator_wh"] or 0),
        grid_amount=values[f"{day}_grid_amount"] or ZERO,
        generator_amount=values[f"{day}_generator_amount"] or ZERO,
    )


def _uncharged(ground: Iterable[Unbilled]) -> Use:
    """What the counters have gone on since the last charge: of the hour that runs, unless analyzers were silent."""
    by_source = {source: [part for part in ground if part.source is source] for source in Source}
    return Use(
        grid_wh=sum(part.wh for part in by_source[Source.GRID]),
        generator_wh=sum(part.wh for part in by_source[Source.GENERATOR]),
        grid_amount=unbilled_amount(by_source[Source.GRID]),
        generator_amount=unbilled_amount(by_source[Source.GENERATOR]),
    )
