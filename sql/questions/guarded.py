"""Whom the guard against mass cuts holds at a site, for Overview and for whoever releases them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from sql.accounts import live_balances
from sql.guard_releases import RELEASED_AT_MOST
from sql.tables import accounts, crossings, tenants


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAccount:
    """One account whose cut the guard holds back. It ran out at `ran_out_at`."""

    account_id: int
    number: str
    tenant: str
    unit: str | None
    currency: str
    live: Decimal | None
    ran_out_at: datetime
    held_since_at: datetime


def held_accounts(conn: Connection, viewer: Viewer, site_id: int) -> tuple[HeldAccount, ...]:
    """At most 1000, by the name of their tenant."""
    permit_site(viewer, Right.SEE_SITE, site_id)
    rows = conn.execute(_question(site_id)).all()
    balances = live_balances(conn, site_id) if rows else {}
    return tuple(
        HeldAccount(
            account_id=row.id,
            number=row.number,
            tenant=row.tenant,
            unit=row.unit,
            currency=row.currency,
            live=balances[row.id].live if row.id in balances else None,
            ran_out_at=row.exhausted_at,
            held_since_at=row.guarded_at,
        )
        for row in rows
    )


def _question(site_id: int) -> sa.Select[Any]:
    return (
        sa.select(
            accounts.c.id,
            accounts.c.number,
            accounts.c.currency,
            tenants.c.name.label("tenant"),
            tenants.c.unit,
            crossings.c.exhausted_at,
            crossings.c.guarded_at,
        )
        .join(crossings, crossings.c.account_id == accounts.c.id)
        .join(tenants, tenants.c.id == accounts.c.tenant_id)
        .where(
            accounts.c.site_id == site_id, crossings.c.guarded_at.is_not(None), crossings.c.exhausted_at.is_not(None)
        )
        .order_by(tenants.c.name, accounts.c.id)
        .limit(RELEASED_AT_MOST)
    )
