"""Who stands at the counter: one account as a recharge needs it, and what a seller has sold."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit, permit_site
from prepaid.accounts import live_balance
from prepaid.errors.access import NotFound
from prepaid.language import _
from prepaid.recharges import Customer
from prepaid.records import AccountKind
from prepaid.units import ZERO
from sql.accounts import balance_question, open_ground
from sql.forecasts import latest_forecasts
from sql.holds import provisional_of
from sql.policies import policy_of
from sql.questions.account_points import points_of
from sql.selling import Counter
from sql.sessions import SignedIn
from sql.sites import load_largest_recharge_alone
from sql.tables import accounts, allocations, entries, tenants

MOST_SALES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterpart:
    """The account that credit is sold to, with its tenant. Above `most_alone` a second person confirms."""

    site_id: int
    tenant_id: int
    account_id: int
    name: str
    unit: str | None
    number: str
    currency: str
    customer: Customer
    most_alone: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """One recharge that a seller has booked."""

    account_id: int
    entry_no: int
    posted_at: datetime
    number: str
    tenant: str
    amount: Decimal
    currency: str
    balance_after: Decimal
    paid_by: str | None
    reference: str | None


def counterpart(conn: Connection, viewer: Viewer, account_id: int, now: datetime) -> Counterpart:
    """The account as it stands now, for who sells at its site. Raises NotAllowed, NotFound."""
    permit(viewer, Right.SELL)
    rows = conn.execute(_question(account_id), {"now": now}).all()
    if not rows:
        raise NotFound(what=_("account"), name=account_id)
    one = rows[0]
    permit_site(viewer, Right.SELL, one.site_id)
    return Counterpart(
        site_id=one.site_id,
        tenant_id=one.tenant_id,
        account_id=account_id,
        name=one.tenant,
        unit=one.unit,
        number=one.number,
        currency=one.currency,
        customer=Customer(
            at=now,
            live=live_balance(one.balance, open_ground(rows)),
            policy=policy_of(one),
            points=points_of(conn, [account_id])[account_id],
            foreseen=latest_forecasts(conn, one.site_id, of=[account_id]).get(account_id),
            provisional=one.provisional_amount or ZERO,
        ),
        most_alone=load_largest_recharge_alone(conn, one.site_id),
    )


def sold_by(conn: Connection, signed_in: SignedIn, site_id: int, from_at: datetime, most: int = 50) -> tuple[Sold, ...]:
    """What this person sold at the site since the instant, the newest first."""
    permit_site(signed_in.viewer, Right.SELL, site_id)
    # The callers of a user are named one by one: the unique key on (caller, key) finds their rows.
    callers = [f"{counter}:{signed_in.user_id}" for counter in Counter]
    question = (
        sa.select(
            allocations.c.account_id,
            allocations.c.entry_no,
            entries.c.posted_at,
            accounts.c.number,
            tenants.c.name.label("tenant"),
            allocations.c.amount,
            allocations.c.currency,
            entries.c.balance_after,
            allocations.c.paid_by,
            allocations.c.reference,
        )
        .join(
            entries,
            sa.and_(entries.c.account_id == allocations.c.account_id, entries.c.entry_no == allocations.c.entry_no),
        )
        .join(accounts, accounts.c.id == allocations.c.account_id)
        .join(tenants, tenants.c.id == accounts.c.tenant_id)
        .where(
            allocations.c.caller.in_(callers),
            allocations.c.user_id == signed_in.user_id,
            accounts.c.site_id == site_id,
            entries.c.posted_at >= from_at,
        )
        .order_by(entries.c.posted_at.desc(), allocations.c.account_id, allocations.c.entry_no.desc())
        .limit(max(1, min(most, MOST_SALES)))
    )
    return tuple(Sold(**row) for row in conn.execute(question).mappings())


def _question(account_id: int) -> sa.Select[Any]:
    """The account with its tenant and its open ground, a row for each open base, by `now`."""
    return (
        balance_question()
        .add_columns(
            accounts.c.site_id,
            accounts.c.tenant_id,
            accounts.c.number,
            accounts.c.currency,
            accounts.c.stage,
            accounts.c.emergency_credit,
            accounts.c.restore_threshold,
            accounts.c.exempt,
            accounts.c.exempt_why,
            accounts.c.debt_floor,
            provisional_of(accounts.c.id).label("provisional_amount"),
            tenants.c.name.label("tenant"),
            tenants.c.unit,
        )
        .join(tenants, tenants.c.id == accounts.c.tenant_id)
        .where(accounts.c.id == account_id, accounts.c.kind == AccountKind.TENANT)
    )
