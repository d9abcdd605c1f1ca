"""Which tenants run out of credit next: those that are cut now first, then by the hour at which their credit ends."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from prepaid.alerts import Level
from prepaid.forecast import present
from prepaid.records import AccountKind, Stage
from prepaid.switching import Supply
from sql.accounts import live_balances
from sql.forecasts import latest_forecasts
from sql.questions.overview import count_where
from sql.tables import accounts, assignments, crossings, supply_states, tenants

ACCOUNTS_AT_MOST = 2000
DEEPEST_FIRST = (Level.EXHAUSTED, Level.CRITICAL, Level.LOW, Level.FINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningOut:
    """One open account. `days_left` None: not known yet. `cut_analyzers` of its `analyzers` are cut since
    `cut_since_at`."""

    tenant_id: int
    tenant: str
    unit: str | None
    account_id: int
    number: str
    currency: str
    stage: Stage
    live: Decimal
    level: Level
    days_left: float | None
    ends_at: datetime | None
    analyzers: int
    cut_analyzers: int
    cut_since_at: datetime | None


def running_out(
    conn: Connection, viewer: Viewer, site_id: int, now: datetime, most: int = 12
) -> tuple[RunningOut, ...]:
    """At most `most` accounts of tenants, the most urgent first; exempt ones are never cut and left out."""
    permit_site(viewer, Right.SEE_SITE, site_id)
    balances = live_balances(conn, site_id)
    forecasts = latest_forecasts(conn, site_id)
    found = []
    for row in conn.execute(_question(site_id)).mappings():
        account_id = row["account_id"]
        if account_id not in balances:
            continue
        live = balances[account_id].live
        outlook = present(forecasts.get(account_id), live, now)
        found.append(
            RunningOut(
                **row,
                live=live,
                days_left=None if outlook is None else outlook.days_left,
                ends_at=None if outlook is None else outlook.ends_at,
            )
        )
    return tuple(sorted(found, key=_urgency)[:most])


def _urgency(account: RunningOut) -> tuple[bool, float, int, Decimal]:
    """Cut ones first, the deepest debt on top; then the fewest days; without a forecast the deepest level."""
    if account.cut_analyzers:
        return (False, 0.0, 0, account.live)
    days = float("inf") if account.days_left is None else account.days_left
    return (True, days, DEEPEST_FIRST.index(account.level), account.live)


def _question(site_id: int) -> sa.Select[Any]:
    """Who could be cut for credit, with the supplies of the account."""
    cut = supply_states.c.supply == Supply.CUT
    supplies = (
        sa.select(
            assignments.c.account_id,
            sa.func.count().label("analyzers"),
            count_where(cut).label("cut_analyzers"),
            sa.func.min(sa.case((cut, supply_states.c.since_at))).label("cut_since_at"),
        )
        .outerjoin(supply_states, supply_states.c.analyzer_id == assignments.c.analyzer_id)
        .where(assignments.c.from_at.is_not(None), assignments.c.until_at.is_(None))
        .group_by(assignments.c.account_id)
        .subquery("supplies")
    )
    return (
        sa.select(
            tenants.c.id.label("tenant_id"),
            tenants.c.name.label("tenant"),
            tenants.c.unit,
            accounts.c.id.label("account_id"),
            accounts.c.number,
            accounts.c.currency,
            accounts.c.stage,
            sa.func.coalesce(crossings.c.level, Level.FINE.value, type_=crossings.c.level.type).label("level"),
            sa.func.coalesce(supplies.c.analyzers, 0).label("analyzers"),
            sa.func.coalesce(supplies.c.cut_analyzers, 0).label("cut_analyzers"),
            supplies.c.cut_since_at,
        )
        .select_from(accounts)
        .join(tenants, tenants.c.id == accounts.c.tenant_id)
        .outerjoin(crossings, crossings.c.account_id == accounts.c.id)
        .outerjoin(supplies, supplies.c.account_id == accounts.c.id)
        .where(
            accounts.c.site_id == site_id,
            accounts.c.kind == AccountKind.TENANT,
            accounts.c.stage.not_in((Stage.DRAFT, Stage.CLOSED)),
            accounts.c.exempt == sa.false(),
        )
        .order_by(accounts.c.id)
        .limit(ACCOUNTS_AT_MOST)
    )
