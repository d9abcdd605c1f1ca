"""Accounts: opening them, and the live balance read by one statement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.accounts import Unbilled, live_balance
from prepaid.alerts import Level
from prepaid.records import AccountKind, EntryKind, Stage
from prepaid.tenancy import stages_reached
from prepaid.units import ZERO
from sql.ledger import Posting, post
from sql.tables import (
    account_heads,
    account_plans,
    accounts,
    allocations,
    assignments,
    bases,
    crossings,
    entries,
    prices,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """What is needed to open an account. `opening` is the balance it starts with; `opening_note` stands beside it."""

    site_id: int
    number: str
    kind: AccountKind
    tenant_id: int | None
    currency: str
    plan_id: int
    stage: Stage
    emergency_credit: Decimal = ZERO
    restore_threshold: Decimal = ZERO
    opening: Decimal = ZERO
    plan_from_at: datetime | None = None
    opening_note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """An account's ledger balance and what is left after consumption not yet charged."""

    account_id: int
    entry_no: int
    balance: Decimal
    live: Decimal


def open_account(conn: Connection, wanted: NewAccount, actor: str, at: datetime) -> int:
    """Opens an account with its head, its plan and, where there is one, its opening entry."""
    return open_accounts(conn, [wanted], actor, at)[0]


def open_accounts(conn: Connection, wanted: Sequence[NewAccount], actor: str, at: datetime) -> list[int]:
    """Opens several, in their order."""
    if not wanted:
        return []
    account_ids = [_insert(conn, each, at) for each in wanted]
    conn.execute(account_heads.insert(), [{"account_id": each, "entry_no": 0, "balance": ZERO} for each in account_ids])
    fine = {"level": Level.FINE, "armed_by_entry_no": 0}
    conn.execute(crossings.insert(), [{"account_id": each, **fine} for each in account_ids])
    opened = list(zip(account_ids, wanted, strict=True))
    conn.execute(
        account_plans.insert(),
        [
            {
                "account_id": account_id,
                "from_at": each.plan_from_at or at,
                "plan_id": each.plan_id,
                "entered_at": at,
                "entered_by": actor,
            }
            for account_id, each in opened
        ],
    )
    post(
        conn,
        [
            opening_posting(account_id, each.opening, actor, each.opening_note)
            for account_id, each in opened
            if each.opening != ZERO
        ],
        at,
    )
    return account_ids


def opening_posting(account_id: int, amount: Decimal, actor: str, note: str | None) -> Posting:
    """What the old books say, as the posting with which the new ones begin."""
    return Posting(
        account_id=account_id, kind=EntryKind.OPENING, amount=amount, cause="opening", actor=actor, note=note
    )


def _insert(conn: Connection, wanted: NewAccount, at: datetime) -> int:
    inserted = conn.execute(
        accounts.insert().values(
            site_id=wanted.site_id,
            tenant_id=wanted.tenant_id,
            kind=wanted.kind,
            number=wanted.number,
            currency=wanted.currency,
            stage=wanted.stage,
            opened_at=at,
            **instants_of(Stage.DRAFT, wanted.stage, at),
            emergency_credit=wanted.emergency_credit,
            restore_threshold=wanted.restore_threshold,
        )
    )
    assert inserted.inserted_primary_key is not None, "the database numbers accounts"
    return int(inserted.inserted_primary_key[0])


def instants_of(before: Stage, after: Stage, at: datetime) -> dict[str, datetime]:
    """The columns that keep when a stage was reached, for those that are reached now."""
    return {f"{stage}_at": at for stage in stages_reached(before, after)}


def price_in_force() -> sa.ScalarSelect[Any]:
    """The price at which the open ground of a base is charged: in force where its charges end, on the account's plan
    (the first one also before it began).

    Correlates with `bases` and `accounts` of the statement around it.
    """
    plan_id = sa.func.coalesce(
        _plan(account_plans.c.from_at <= bases.c.charged_at, account_plans.c.from_at.desc()),
        _plan(sa.true(), account_plans.c.from_at.asc()),
    )
    return (
        sa.select(prices.c.price_per_kwh)
        .where(
            prices.c.plan_id == plan_id,
            prices.c.source == bases.c.source,
            prices.c.withdrawn_at.is_(None),
            prices.c.from_at <= bases.c.charged_at,
        )
        .order_by(prices.c.from_at.desc())
        .limit(1)
        .correlate(accounts, bases)
        .scalar_subquery()
    )


def _plan(condition: sa.ColumnElement[bool], order: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    return (
        sa.select(account_plans.c.plan_id)
        .where(account_plans.c.account_id == accounts.c.id, condition)
        .order_by(order)
        .limit(1)
        .correlate(accounts, bases)
        .scalar_subquery()
    )


def balance_question() -> sa.Select[Any]:
    """Accounts with the ends of their ledgers and, a row each, the open bases of their analyzers: what a live balance
    is made of, to be read by one statement. Add columns and conditions."""
    return (
        sa.select(
            accounts.c.id,
            account_heads.c.entry_no,
            account_heads.c.balance,
            bases.c.source,
            bases.c.highest_wh,
            bases.c.charged_wh,
            price_in_force().label("price_per_kwh"),
        )
        .join(account_heads, account_heads.c.account_id == accounts.c.id)
        .outerjoin(
            assignments,
            sa.and_(
                assignments.c.account_id == accounts.c.id,
                assignments.c.from_at.is_not(None),
                assignments.c.until_at.is_(None),
            ),
        )
        .outerjoin(bases, sa.and_(bases.c.analyzer_id == assignments.c.analyzer_id, bases.c.closed_at.is_(None)))
    )


_LIVE = balance_question().where(accounts.c.site_id == sa.bindparam("site_id"))


def live_balances(conn: Connection, site_id: int) -> dict[int, Balance]:
    """Every account of the site with its live balance, from one statement: ledger and counters of one instant."""
    rows: dict[int, list[Any]] = {}
    for row in conn.execute(_LIVE, {"site_id": site_id}):
        rows.setdefault(row.id, []).append(row)
    return {
        account_id: Balance(
            account_id=account_id,
            entry_no=of[0].entry_no,
            balance=of[0].balance,
            live=live_balance(of[0].balance, open_ground(of)),
        )
        for account_id, of in rows.items()
    }


def open_ground(rows: Iterable[Any]) -> list[Unbilled]:
    """The unbilled ground in rows with source, highest_wh, charged_wh and price_per_kwh."""
    return [
        Unbilled(row.source, row.highest_wh - row.charged_wh, row.price_per_kwh or ZERO)
        for row in rows
        if row.source is not None and row.highest_wh > row.charged_wh
    ]


_HEADS = (
    sa.select(account_heads.c.account_id, account_heads.c.entry_no, account_heads.c.balance)
    .join(accounts, accounts.c.id == account_heads.c.account_id)
    .where(accounts.c.site_id == sa.bindparam("site_id"))
)


def heads(conn: Connection, site_id: int) -> dict[int, tuple[int, Decimal]]:
    """Last entry number and ledger balance of every account of the site."""
    return {row.account_id: (row.entry_no, row.balance) for row in conn.execute(_HEADS, {"site_id": site_id})}


_NEWEST_RECHARGES = (
    sa.select(entries.c.account_id, sa.func.max(entries.c.entry_no).label("entry_no"))
    .join(accounts, accounts.c.id == entries.c.account_id)
    .where(
        accounts.c.site_id == sa.bindparam("site_id"),
        entries.c.kind.in_([EntryKind.ALLOCATION, EntryKind.OPENING]),
        entries.c.amount > ZERO,
    )
    .group_by(entries.c.account_id)
    .subquery()
)
_LAST_RECHARGES = sa.select(entries.c.account_id, entries.c.amount).join(
    _NEWEST_RECHARGES,
    sa.and_(_NEWEST_RECHARGES.c.account_id == entries.c.account_id, _NEWEST_RECHARGES.c.entry_no == entries.c.entry_no),
)


def last_recharges(conn: Connection, site_id: int) -> dict[int, Decimal]:
    """The newest recharge (or opening) of every account of the site."""
    return {row.account_id: row.amount for row in conn.execute(_LAST_RECHARGES, {"site_id": site_id})}


def emergency_credit_in_force() -> sa.Case[Any]:
    """The emergency credit of an account as it holds now: it starts with the first recharge, and is 0 before.

    Correlates with `accounts` of the statement around it.
    """
    recharged = sa.exists().where(allocations.c.account_id == accounts.c.id).correlate(accounts)
    none_yet = sa.literal(ZERO, accounts.c.emergency_credit.type)
    return sa.case((recharged, accounts.c.emergency_credit), else_=none_yet)
