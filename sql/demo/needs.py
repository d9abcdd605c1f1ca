"""What the people of a demo site see on their meters: what is left, what a day costs, and who sits in the dark."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.records import AccountKind, Stage
from prepaid.switching import CREDIT_REASONS, Supply
from prepaid.units import ZERO, add
from sql.accounts import last_recharges, live_balances
from sql.tables import accounts, assignments, hours, supply_states

WEEK = timedelta(days=7)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One tenant's account. `daily`: what a day costs lately, 0 without use. `dark`: cut, and not paid yet."""

    account_id: int
    currency: str
    entry_no: int
    live: Decimal
    last_recharge: Decimal | None
    daily: Decimal
    dark: bool


def needs(conn: Connection, site_id: int, now: datetime) -> list[Need]:
    """All tenants of the site, in the order of their accounts."""
    question = (
        sa.select(accounts.c.id, accounts.c.currency, accounts.c.restore_threshold)
        .where(accounts.c.site_id == site_id, accounts.c.kind == AccountKind.TENANT, accounts.c.stage != Stage.CLOSED)
        .order_by(accounts.c.id)
    )
    lives = live_balances(conn, site_id)
    recharges = last_recharges(conn, site_id)
    week, day = _used(conn, site_id, now - WEEK), _used(conn, site_id, now - DAY)
    dark = _dark(conn, site_id)
    return [
        Need(
            account_id=row.id,
            currency=row.currency,
            entry_no=lives[row.id].entry_no,
            live=lives[row.id].live,
            last_recharge=recharges.get(row.id),
            daily=max(week.get(row.id, ZERO) / 7, day.get(row.id, ZERO)),
            dark=row.id in dark and lives[row.id].live <= row.restore_threshold,
        )
        for row in conn.execute(question)
    ]


def _used(conn: Connection, site_id: int, since_at: datetime) -> dict[int, Decimal]:
    question = (
        sa.select(
            hours.c.account_id,
            sa.func.sum(hours.c.grid_amount).label("grid"),
            sa.func.sum(hours.c.generator_amount).label("generator"),
        )
        .join(accounts, accounts.c.id == hours.c.account_id)
        .where(accounts.c.site_id == site_id, hours.c.hour_at >= since_at)
        .group_by(hours.c.account_id)
    )
    return {row.account_id: add(row.grid, row.generator) for row in conn.execute(question)}


def _dark(conn: Connection, site_id: int) -> set[int]:
    """Accounts with an analyzer that is cut for credit."""
    question = (
        sa.select(assignments.c.account_id)
        .join(supply_states, supply_states.c.analyzer_id == assignments.c.analyzer_id)
        .join(accounts, accounts.c.id == assignments.c.account_id)
        .where(
            accounts.c.site_id == site_id,
            assignments.c.from_at.is_not(None),
            assignments.c.until_at.is_(None),
            supply_states.c.supply == Supply.CUT,
            supply_states.c.reason.in_(CREDIT_REASONS),
        )
    )
    return set(conn.scalars(question))
