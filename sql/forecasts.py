"""Forecasts: made for all accounts of a site at once, kept for some days, and the newest of each account."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.calendar import LocalHours
from prepaid.forecast import BOUND, Forecast, forecast
from prepaid.price_steps import price_steps
from prepaid.site import Site
from prepaid.usual import usual
from sql.hot import Bulk
from sql.lists import among
from sql.past_use import past_use
from sql.tables import accounts, forecasts

KEPT = timedelta(days=8)
"""Long enough to ask what was foreseen a week ago."""
PURGE_SLICE = timedelta(hours=1)
_NAMES = (
    "account_id",
    "made_at",
    "days_left",
    "ends_at",
    "ends_early_at",
    "ends_late_at",
    "generator_share",
    "daily_amount",
    "live_balance",
    "emergency_credit",
)
_FORECASTS = Bulk(forecasts, _NAMES)


def forecast_site(
    conn: Connection, site: Site, live_balances: Mapping[int, Decimal], now: datetime
) -> dict[int, Forecast]:
    """The forecast of every tenant's account that is known for long enough, from its live balance at `now`."""
    past = past_use(conn, site, now)
    ahead = LocalHours(now, site.zone)
    made = {}
    for account_id, counted in past.accounts.items():
        account = site.accounts[account_id]
        steps = price_steps(site, account_id, now, now + BOUND)
        found = usual(past.hours, counted, steps[0])
        if found is not None:
            live = live_balances[account_id]
            made[account_id] = forecast(found, live, account.emergency_credit, steps, ahead, now)
    return made


def save_forecasts(conn: Connection, made: Mapping[int, Forecast]) -> None:
    """Appends the forecasts of these accounts."""
    _FORECASTS.write(
        conn, [(account_id, *(getattr(each, name) for name in _NAMES[1:])) for account_id, each in made.items()]
    )


def latest_forecasts(conn: Connection, site_id: int, of: Collection[int] | None = None) -> dict[int, Forecast]:
    """The newest forecast of every account of the site (or of these) that has one.

    Show it through `prepaid.forecast.present`, which knows what the balance did since, and when it is too old.
    """
    return _newest(conn, site_id, [] if of is None else [among(accounts.c.id, of)])


_NEWEST_OF_EACH = (
    sa.select(
        sa.select(sa.func.max(forecasts.c.made_at))
        .where(forecasts.c.account_id == accounts.c.id)
        .correlate(accounts)
        .scalar_subquery()
        .label("made_at")
    )
    .where(accounts.c.site_id == sa.bindparam("site_id"))
    .subquery()
)
_NEWEST_AT = sa.select(sa.func.max(_NEWEST_OF_EACH.c.made_at))


def newest_forecast_at(conn: Connection, site_id: int) -> datetime | None:
    """When the newest forecast of the site was made: cheap to ask again and again."""
    found: datetime | None = conn.scalar(_NEWEST_AT, {"site_id": site_id})
    return found


def forecast_at(conn: Connection, site_id: int, at: datetime, of: Collection[int] | None = None) -> dict[int, Forecast]:
    """What was foreseen for every account (or for these) at that instant: the newest forecast that is not younger."""
    return _newest(conn, site_id, [] if of is None else [among(accounts.c.id, of)], at)


def purge_forecasts(conn: Connection, site_id: int, before: datetime) -> int:
    """Removes the oldest hour of the site's forecasts that lies before the instant; answers how many rows went."""
    of_the_site = sa.select(accounts.c.id).where(accounts.c.site_id == site_id)
    of = forecasts.c.account_id.in_(of_the_site)
    oldest = conn.scalar(sa.select(sa.func.min(forecasts.c.made_at)).where(of, forecasts.c.made_at < before))
    if oldest is None:
        return 0
    until = min(oldest + PURGE_SLICE, before)
    return conn.execute(forecasts.delete().where(of, forecasts.c.made_at < until)).rowcount


def _newest(
    conn: Connection, site_id: int, chosen: Iterable[sa.ColumnElement[bool]], at: datetime | None = None
) -> dict[int, Forecast]:
    older = forecasts.alias("older")
    newest = sa.select(sa.func.max(older.c.made_at)).where(older.c.account_id == accounts.c.id).correlate(accounts)
    if at is not None:
        newest = newest.where(older.c.made_at <= at)
    question = (
        sa.select(*(forecasts.c[name] for name in _NAMES))
        .select_from(accounts)
        .join(
            forecasts,
            sa.and_(forecasts.c.account_id == accounts.c.id, forecasts.c.made_at == newest.scalar_subquery()),
        )
        .where(accounts.c.site_id == site_id, *chosen)
    )
    return {row.account_id: _forecast(row) for row in conn.execute(question)}


def _forecast(row: Any) -> Forecast:
    return Forecast(
        made_at=row.made_at,
        days_left=row.days_left,
        ends_at=row.ends_at,
        ends_early_at=row.ends_early_at,
        ends_late_at=row.ends_late_at,
        generator_share=row.generator_share,
        daily_amount=row.daily_amount,
        live_balance=row.live_balance,
        emergency_credit=row.emergency_credit,
    )
