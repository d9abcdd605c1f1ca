"""No-cut windows of a site with its calendar, and how far they protect each account."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.calendar import zone
from prepaid.no_cut import HOLIDAYS, NoCutHours, Window, window_floor
from sql.holiday_calendar import public_holidays
from sql.tables import accounts, forecasts, holidays, no_cut_windows, sites

WINDOWS_AT_MOST = 100
OWN_DAYS_AT_MOST = 1000

_WINDOWS = (
    sa.select(
        sites.c.time_zone,
        sites.c.country,
        sites.c.subdivision,
        no_cut_windows.c.weekday,
        no_cut_windows.c.from_minute,
        no_cut_windows.c.until_minute,
    )
    .outerjoin(no_cut_windows, sa.and_(no_cut_windows.c.site_id == sites.c.id, no_cut_windows.c.account_id.is_(None)))
    .where(sites.c.id == sa.bindparam("site_id"))
    .order_by(no_cut_windows.c.id)
    .limit(WINDOWS_AT_MOST)
)
_OWN_DAYS = (
    sa.select(holidays.c.held_on)
    .where(holidays.c.site_id == sa.bindparam("site_id"))
    .order_by(holidays.c.held_on.desc())
    .limit(OWN_DAYS_AT_MOST)
)


def load_no_cut_hours(conn: Connection, site_id: int) -> NoCutHours:
    """The windows of the site; its calendar is read only where a window needs it."""
    rows = conn.execute(_WINDOWS, {"site_id": site_id}).all()
    found = frozenset(
        Window(weekday=row.weekday, from_minute=row.from_minute, until_minute=row.until_minute)
        for row in rows
        if row.weekday is not None
    )
    site_zone = zone(rows[0].time_zone)
    if not any(window.weekday == HOLIDAYS for window in found):
        return NoCutHours(zone=site_zone, windows=found)
    own = frozenset(conn.scalars(_OWN_DAYS, {"site_id": site_id}))
    country, subdivision = rows[0].country, rows[0].subdivision

    def is_holiday(day: date) -> bool:
        return day in own or (country is not None and day in public_holidays(country, subdivision, day.year))

    return NoCutHours(zone=site_zone, windows=found, is_holiday=is_holiday)


def daily_amount_of(account_id: sa.ColumnElement[int]) -> sa.ScalarSelect[Any]:
    """What an average day of the account costs by its newest forecast, inside a statement; NULL: nobody knows."""
    return (
        sa.select(forecasts.c.daily_amount)
        .where(forecasts.c.account_id == account_id)
        .order_by(forecasts.c.made_at.desc())
        .limit(1)
        .scalar_subquery()
    )


_FLOORS = sa.select(accounts.c.id, accounts.c.debt_floor, daily_amount_of(accounts.c.id).label("daily_amount")).where(
    accounts.c.site_id == sa.bindparam("site_id")
)


def window_floors(conn: Connection, site_id: int) -> Mapping[int, Decimal | None]:
    """By account: the debt beyond the emergency credit down to which a window protects it."""
    return {
        row.id: window_floor(row.debt_floor, row.daily_amount) for row in conn.execute(_FLOORS, {"site_id": site_id})
    }
