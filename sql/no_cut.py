"""No-cut windows of a site and of its accounts with its calendar, and how far they protect each account."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.calendar import zone
from prepaid.no_cut import HOLIDAYS, NoCutHours, Window, window_floor
from prepaid.records import Stage
from sql.holiday_calendar import public_holidays
from sql.tables import accounts, forecasts, holidays, no_cut_windows, sites

WINDOWS_AT_MOST = 100
"""Of a site itself, and of each account."""
WINDOWS_OF_ALL_AT_MOST = 100_000
OWN_DAYS_AT_MOST = 1000


def _windows(of: sa.ColumnElement[bool], most: int) -> sa.Select[Any]:
    """The site with those of its windows; without any it is one row all the same."""
    return (
        sa.select(
            sites.c.time_zone,
            sites.c.country,
            sites.c.subdivision,
            no_cut_windows.c.account_id,
            no_cut_windows.c.weekday,
            no_cut_windows.c.from_minute,
            no_cut_windows.c.until_minute,
        )
        .outerjoin(no_cut_windows, sa.and_(no_cut_windows.c.site_id == sites.c.id, of))
        .where(sites.c.id == sa.bindparam("site_id"))
        .order_by(no_cut_windows.c.id)
        .limit(most)
    )


_OF_ALL = _windows(sa.true(), WINDOWS_OF_ALL_AT_MOST)
_OF_ONE = _windows(
    sa.or_(no_cut_windows.c.account_id.is_(None), no_cut_windows.c.account_id == sa.bindparam("account_id")),
    2 * WINDOWS_AT_MOST,
)
_OWN_DAYS = (
    sa.select(holidays.c.held_on)
    .where(holidays.c.site_id == sa.bindparam("site_id"))
    .order_by(holidays.c.held_on.desc())
    .limit(OWN_DAYS_AT_MOST)
)


def load_no_cut_hours(conn: Connection, site_id: int) -> NoCutHours:
    """The windows of the site and of all its accounts; its calendar is read only where a window needs it."""
    return _hours(conn, site_id, conn.execute(_OF_ALL, {"site_id": site_id}).all())


def load_hours_of(conn: Connection, site_id: int, account_id: int | None) -> NoCutHours:
    """The same for one account, or for the site alone."""
    return _hours(conn, site_id, conn.execute(_OF_ONE, {"site_id": site_id, "account_id": account_id}).all())


def _hours(conn: Connection, site_id: int, rows: Sequence[Any]) -> NoCutHours:
    found = _by_owner(row for row in rows if row.weekday is not None)
    windows = found.pop(None, frozenset())
    own = {account_id: each for account_id, each in found.items() if account_id is not None}
    site_zone = zone(rows[0].time_zone)
    if not any(window.weekday == HOLIDAYS for each in (windows, *own.values()) for window in each):
        return NoCutHours(zone=site_zone, windows=windows, own=own)
    own_days = frozenset(conn.scalars(_OWN_DAYS, {"site_id": site_id}))
    country, subdivision = rows[0].country, rows[0].subdivision

    def is_holiday(day: date) -> bool:
        return day in own_days or (country is not None and day in public_holidays(country, subdivision, day.year))

    return NoCutHours(zone=site_zone, windows=windows, is_holiday=is_holiday, own=own)


def _by_owner(rows: Iterable[Any]) -> dict[int | None, frozenset[Window]]:
    """By account; those of the site under None."""
    found: dict[int | None, set[Window]] = defaultdict(set)
    for row in rows:
        window = Window(weekday=row.weekday, from_minute=row.from_minute, until_minute=row.until_minute)
        found[row.account_id].add(window)
    return {owner: frozenset(windows) for owner, windows in found.items()}


def windows_of_site(conn: Connection, site_id: int) -> frozenset[Window]:
    """The windows that hold for all accounts of the site, as they are stored."""
    question = _STORED.where(no_cut_windows.c.site_id == site_id, no_cut_windows.c.account_id.is_(None))
    return _by_owner(conn.execute(question.limit(WINDOWS_AT_MOST))).get(None, frozenset())


def own_windows(conn: Connection, account_ids: Collection[int]) -> Mapping[int, frozenset[Window]]:
    """The windows that these accounts have of their own, as they are stored."""
    question = _STORED.where(no_cut_windows.c.account_id.in_(account_ids))
    found = _by_owner(conn.execute(question.limit(len(account_ids) * WINDOWS_AT_MOST)))
    return {account_id: found.get(account_id, frozenset()) for account_id in account_ids}


def accounts_with_hours(conn: Connection, site_id: int) -> int:
    """How many accounts of the site that are open have windows of their own."""
    question = (
        sa.select(sa.func.count(no_cut_windows.c.account_id.distinct()))
        .join(accounts, accounts.c.id == no_cut_windows.c.account_id)
        .where(no_cut_windows.c.site_id == site_id, accounts.c.stage != Stage.CLOSED)
    )
    return int(conn.scalar(question) or 0)


_STORED = sa.select(
    no_cut_windows.c.account_id, no_cut_windows.c.weekday, no_cut_windows.c.from_minute, no_cut_windows.c.until_minute
).order_by(no_cut_windows.c.id)


def replace_windows(conn: Connection, site_id: int, account_id: int | None, wanted: frozenset[Window]) -> None:
    """Puts the wanted windows in place of those of the account, or of the site where there is none."""
    of_site = no_cut_windows.c.site_id == site_id
    conn.execute(no_cut_windows.delete().where(of_site, no_cut_windows.c.account_id == account_id))
    rows = [
        {"site_id": site_id, "account_id": account_id, **asdict(each)}
        for each in sorted(wanted, key=lambda each: (each.weekday, each.from_minute, each.until_minute))
    ]
    if rows:
        conn.execute(no_cut_windows.insert(), rows)


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
