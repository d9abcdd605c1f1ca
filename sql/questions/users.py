"""Users page by page, each with role, tenant, and the tenant's accounts as they stand: for programs that sell."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit, permit_site
from prepaid.accounts import live_balance
from prepaid.errors.access import AccountNeeded, NotFound
from prepaid.language import _
from prepaid.records import Role, Stage
from sql.accounts import balance_question, open_ground
from sql.tables import accounts, bases, tenants, users

MOST_USERS = 200
ACCOUNTS_AT_MOST = 20
"""Named in an error; a tenant with more than these is asked for the number all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLine:
    """An account of a user's tenant. `live` is the balance less what was consumed since the last charge."""

    account_id: int
    number: str
    currency: str
    stage: Stage
    balance: Decimal
    live: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """A login, and whose accounts it sees. Staff have no tenant and no accounts."""

    user_id: int
    user_name: str
    display_name: str
    role: Role
    site_id: int | None
    tenant_id: int | None
    tenant_name: str | None
    unit: str | None
    locked_at: datetime | None
    accounts: tuple[AccountLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsersPage:
    """Users in the order of their numbers. `next` asks for those behind; None: these were the last."""

    users: tuple[UserRow, ...]
    next: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOfUser:
    """The account that a sale to a user goes to."""

    account_id: int
    number: str


def users_page(conn: Connection, viewer: Viewer, behind: int | None = None, most: int = 50) -> UsersPage:
    """At most `most` users behind that number. Who may only see balances is shown tenants, no staff."""
    permit(viewer, Right.SEE_BALANCES)
    rows_at_most = max(1, min(most, MOST_USERS))
    question = (
        sa.select(
            users.c.id,
            users.c.user_name,
            users.c.display_name,
            users.c.role,
            sa.func.coalesce(tenants.c.site_id, users.c.site_id).label("site_id"),
            users.c.tenant_id,
            tenants.c.name.label("tenant_name"),
            tenants.c.unit,
            users.c.locked_at,
        )
        .outerjoin(tenants, tenants.c.id == users.c.tenant_id)
        .order_by(users.c.id)
        .limit(rows_at_most + 1)
    )
    if viewer.site_id is not None:
        question = question.where(sa.func.coalesce(tenants.c.site_id, users.c.site_id) == viewer.site_id)
    if not viewer.may(Right.SEE_SITE):
        question = question.where(users.c.role == Role.TENANT)
    if behind is not None:
        question = question.where(users.c.id > behind)
    found = conn.execute(question).all()
    page = found[:rows_at_most]
    lines = _accounts_of(conn, sorted({row.tenant_id for row in page if row.tenant_id is not None}))
    return UsersPage(
        users=tuple(_user(row, lines.get(row.tenant_id, ())) for row in page),
        next=page[-1].id if len(found) > rows_at_most else None,
    )


def account_to_sell_to(conn: Connection, viewer: Viewer, user_id: int, number: str | None) -> AccountOfUser:
    """The user's account of that number; without a number the only one that is not closed.

    Raises NotAllowed for a user of another site, NotFound, and AccountNeeded where there are several.
    """
    permit(viewer, Right.SELL)
    whose = conn.execute(
        sa.select(users.c.tenant_id, tenants.c.site_id)
        .join(tenants, tenants.c.id == users.c.tenant_id)
        .where(users.c.id == user_id)
    ).one_or_none()
    if whose is None:
        raise NotFound(what=_("tenant's user"), name=user_id)
    permit_site(viewer, Right.SELL, whose.site_id)
    question = (
        sa.select(accounts.c.id, accounts.c.number, accounts.c.stage)
        .where(accounts.c.tenant_id == whose.tenant_id)
        .order_by(accounts.c.number)
    )
    own = conn.execute(question).all()
    chosen = [row for row in own if row.number == number] if number is not None else _open_ones(own)
    if not chosen:
        raise NotFound(what=_("account of this tenant"), name=number or "")
    if len(chosen) > 1:
        raise AccountNeeded(numbers=", ".join(row.number for row in chosen[:ACCOUNTS_AT_MOST]))
    return AccountOfUser(account_id=chosen[0].id, number=chosen[0].number)


def _open_ones(own: Sequence[Any]) -> Sequence[Any]:
    """A closed account is answered only where there is no other: booking then says that it is closed."""
    return [row for row in own if row.stage is not Stage.CLOSED] or own


def _accounts_of(conn: Connection, tenant_ids: Sequence[int]) -> dict[int, tuple[AccountLine, ...]]:
    """The accounts of each tenant by number, from one statement: ledger and counters of one instant."""
    if not tenant_ids:
        return {}
    question = (
        balance_question()
        .add_columns(accounts.c.tenant_id, accounts.c.number, accounts.c.currency, accounts.c.stage)
        .where(accounts.c.tenant_id.in_(tenant_ids))
        .order_by(accounts.c.tenant_id, accounts.c.number, bases.c.id)
    )
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in conn.execute(question):
        rows[row.id].append(row)
    lines: dict[int, list[AccountLine]] = defaultdict(list)
    for of in rows.values():
        lines[of[0].tenant_id].append(_line(of))
    return {tenant_id: tuple(of) for tenant_id, of in lines.items()}


def _line(rows: Sequence[Any]) -> AccountLine:
    one = rows[0]
    return AccountLine(
        account_id=one.id,
        number=one.number,
        currency=one.currency,
        stage=one.stage,
        balance=one.balance,
        live=live_balance(one.balance, open_ground(rows)),
    )


def _user(row: Any, lines: Sequence[AccountLine]) -> UserRow:
    return UserRow(
        user_id=row.id,
        user_name=row.user_name,
        display_name=row.display_name,
        role=row.role,
        site_id=row.site_id,
        tenant_id=row.tenant_id,
        tenant_name=row.tenant_name,
        unit=row.unit,
        locked_at=row.locked_at,
        accounts=tuple(lines),
    )
