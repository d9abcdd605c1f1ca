"""The guard against mass cuts in rows: crossings that nobody foresaw, and whom it holds."""

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.forecast import MOST_DAYS
from prepaid.guard import FORESEEN_BEFORE, SPAN, Unexpected
from sql.forecasts import forecast_at
from sql.lists import Numbers, among
from sql.tables import accounts, crossings

_OF_SITE = sa.select(accounts.c.id).where(accounts.c.site_id == sa.bindparam("site_id"))
_HELD = sa.select(crossings.c.account_id).where(
    crossings.c.account_id.in_(_OF_SITE), crossings.c.guarded_at.is_not(None)
)
_UNEXPECTED = sa.select(
    crossings.c.account_id,
    crossings.c.unexpected_at,
    crossings.c.exhausted_at,
    crossings.c.guarded_at,
    crossings.c.released_until_at,
).where(
    crossings.c.account_id.in_(_OF_SITE),
    crossings.c.unexpected_at.is_not(None),
    sa.or_(crossings.c.unexpected_at > sa.bindparam("since"), crossings.c.guarded_at.is_not(None)),
)
_OF_ACCOUNTS = crossings.update().where(among(crossings.c.account_id, sa.bindparam("of_accounts", type_=Numbers)))
_HOLD = _OF_ACCOUNTS.where(crossings.c.exhausted_at.is_not(None))


def guarded_accounts(conn: Connection, site_id: int) -> frozenset[int]:
    """The accounts of the site that the guard holds."""
    return frozenset(conn.scalars(_HELD, {"site_id": site_id}))


def unexpected_crossings(conn: Connection, site_id: int, now: datetime, told_at: datetime) -> list[Unexpected]:
    """What counts for the guard at `now`, and whom it holds already. Releases are dated by the database (`told_at`)."""
    return [
        Unexpected(
            account_id=row.account_id,
            at=row.unexpected_at,
            standing=row.exhausted_at is not None,
            held=row.guarded_at is not None,
            released=row.released_until_at is not None and row.released_until_at > told_at,
        )
        for row in conn.execute(_UNEXPECTED, {"site_id": site_id, "since": now - SPAN})
    ]


def days_foreseen(conn: Connection, site_id: int, of: Collection[int], now: datetime) -> Mapping[int, float]:
    """How long the credit of these accounts was to last, by the forecast of 24 hours ago; without those that had none.

    An older forecast counts from 24 hours ago on, too: the days in between have been used.
    """
    at = now - FORESEEN_BEFORE
    found = forecast_at(conn, site_id, at, of)
    return {
        account_id: each.days_left
        if each.days_left >= MOST_DAYS
        else max(0.0, each.days_left - (at - each.made_at).total_seconds() / 86_400)
        for account_id, each in found.items()
    }


def mark_unexpected(conn: Connection, account_ids: Collection[int], at: datetime) -> None:
    """These crossings of this pass were not foreseen."""
    if account_ids:
        conn.execute(_OF_ACCOUNTS, {"of_accounts": account_ids, "unexpected_at": at})


def hold(conn: Connection, account_ids: Collection[int], at: datetime) -> None:
    """The guard holds these accounts, unless they were recharged meanwhile."""
    if account_ids:
        conn.execute(_HOLD, {"of_accounts": account_ids, "guarded_at": at})


def let_go(conn: Connection, account_ids: Collection[int]) -> None:
    """The guard holds these accounts no longer."""
    if account_ids:
        conn.execute(_OF_ACCOUNTS, {"of_accounts": account_ids, "guarded_at": None})
