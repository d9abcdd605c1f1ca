"""The ledger: one function posts every entry, for both processes, after locking the heads of its accounts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.charging import Part
from prepaid.errors.ledger import AccountClosed
from prepaid.records import EntryKind, Source, Stage
from prepaid.units import add, cost, negative, to_amount
from sql.hot import Bulk
from sql.tables import account_heads, accounts, allocations, charges, entries

ACCOUNTS_AT_ONCE = 500
_ENTRIES = Bulk(
    entries,
    (
        "account_id",
        "entry_no",
        "kind",
        "amount",
        "balance_after",
        "posted_at",
        "cause",
        "actor",
        "note",
        "corrects_entry_no",
        "linked_account_id",
        "linked_entry_no",
    ),
)
_CHARGES = Bulk(
    charges,
    (
        "account_id",
        "entry_no",
        "analyzer_id",
        "base_id",
        "source",
        "from_wh",
        "to_wh",
        "wh",
        "plan_id",
        "price_per_kwh",
        "amount",
        "period_from",
        "period_to",
        "posted_at",
        "cause",
        "spread",
    ),
)
_HEADS = Bulk(account_heads, ("entry_no", "balance", "posted_at"), of=("account_id",))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeDetail:
    """What a charge is for: a stretch of one counter at one price."""

    analyzer_id: int
    base_id: int
    source: Source
    part: Part
    plan_id: int
    price_per_kwh: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationDetail:
    """How credit came in: who asked under which key, and what was paid."""

    caller: str
    key: str
    currency: str
    paid_amount: Decimal | None = None
    paid_currency: str | None = None
    paid_by: str | None = None
    reference: str | None = None
    user_id: int | None = None
    second_user_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One entry to be posted. `amount` is positive for credit, negative for a debit."""

    account_id: int
    kind: EntryKind
    amount: Decimal
    cause: str
    actor: str
    note: str | None = None
    corrects_entry_no: int | None = None
    linked_account_id: int | None = None
    linked_entry_no: int | None = None
    charge: ChargeDetail | None = None
    allocation: AllocationDetail | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a posting went: its number in the account, and the balance behind it."""

    account_id: int
    entry_no: int
    amount: Decimal
    balance_after: Decimal


def charge_posting(account_id: int, detail: ChargeDetail, actor: str) -> Posting:
    """The posting of one charge: its amount follows from Wh and price, exactly."""
    amount = negative(cost(detail.part.wh, detail.price_per_kwh))
    return Posting(
        account_id=account_id,
        kind=EntryKind.CHARGE,
        amount=amount,
        cause=f"charge.{detail.part.cause}",
        actor=actor,
        charge=detail,
    )


def post(conn: Connection, postings: Sequence[Posting], posted_at: datetime) -> list[Posted]:
    """Posts the entries in their order, in this transaction.

    1. Lock the head row of each account, in ascending order (no two posters wait for each other in a circle).
    2. Number the entries and run the balance on, in exact decimals.
    3. Write entries and their details, then advance the heads.
    """
    return post_in_order(conn, [(posted_at, postings)])


def post_in_order(conn: Connection, batches: Sequence[tuple[datetime, Sequence[Posting]]]) -> list[Posted]:
    """Posts batches of several instants, oldest first, as `post` does one by one, with fewer statements."""
    everything = [posting for _, postings in batches for posting in postings]
    heads = lock_heads(
        conn,
        sorted({posting.account_id for posting in everything}),
        {posting.account_id for posting in everything if posting.charge is None},
    )
    last_at: dict[int, datetime] = {}
    done = []
    entry_rows, charge_rows, allocation_rows = [], [], []
    for posted_at, postings in batches:
        for posting in postings:
            entry_no, balance = heads[posting.account_id]
            posted = Posted(posting.account_id, entry_no + 1, posting.amount, to_amount(add(balance, posting.amount)))
            heads[posting.account_id] = (posted.entry_no, posted.balance_after)
            last_at[posting.account_id] = posted_at
            done.append(posted)
            entry_rows.append(_entry(posting, posted, posted_at))
            if posting.charge is not None:
                charge_rows.append(_charge(posting.charge, posted, posted_at))
            if posting.allocation is not None:
                allocation_rows.append(_allocation(posting.allocation, posted))
    _ENTRIES.write(conn, entry_rows)
    _CHARGES.write(conn, charge_rows)
    if allocation_rows:
        conn.execute(allocations.insert(), allocation_rows)
    _HEADS.write(conn, [(*head, last_at[account_id], account_id) for account_id, head in heads.items()])
    return done


_LOCK_HEADS = (
    sa.select(account_heads.c.account_id, account_heads.c.entry_no, account_heads.c.balance)
    .where(account_heads.c.account_id.in_(sa.bindparam("account_ids", expanding=True)))
    .order_by(account_heads.c.account_id)
    .with_hint(account_heads, "WITH (UPDLOCK, HOLDLOCK)", "mssql")
)


def lock_heads(conn: Connection, account_ids: Sequence[int], booked: Collection[int]) -> dict[int, tuple[int, Decimal]]:
    """Locks the heads of accounts until the transaction ends: account -> (last entry number, balance).

    Those that something is `booked` on must be open. Consumption is charged to a closed account, too: it happened, and
    one account must never stop the charges of a whole site.
    On SQLite the transaction itself is the lock (BEGIN IMMEDIATE); on SQL Server the rows are.
    """
    heads: dict[int, tuple[int, Decimal]] = {}
    for start in range(0, len(account_ids), ACCOUNTS_AT_ONCE):
        some = list(account_ids[start : start + ACCOUNTS_AT_ONCE])
        for row in conn.execute(_LOCK_HEADS, {"account_ids": some}):
            heads[row.account_id] = (row.entry_no, row.balance)
    assert len(heads) == len(account_ids), "every account has a head row from the moment it is opened"
    _require_open(conn, sorted(booked))
    return heads


def _require_open(conn: Connection, account_ids: Sequence[int]) -> None:
    """Asked behind the lock, by a statement of its own: one that had waited for the lock would see an account as it was
    before somebody closed it."""
    for start in range(0, len(account_ids), ACCOUNTS_AT_ONCE):
        some = list(account_ids[start : start + ACCOUNTS_AT_ONCE])
        question = sa.select(accounts.c.number).where(accounts.c.id.in_(some), accounts.c.stage == Stage.CLOSED)
        number = conn.scalar(question.order_by(accounts.c.id).limit(1))
        if number is not None:
            raise AccountClosed(account=number)


def _entry(posting: Posting, done: Posted, posted_at: datetime) -> tuple[Any, ...]:
    return (
        done.account_id,
        done.entry_no,
        posting.kind,
        done.amount,
        done.balance_after,
        posted_at,
        posting.cause,
        posting.actor,
        posting.note,
        posting.corrects_entry_no,
        posting.linked_account_id,
        posting.linked_entry_no,
    )


def _charge(detail: ChargeDetail, posted: Posted, posted_at: datetime) -> tuple[Any, ...]:
    part = detail.part
    return (
        posted.account_id,
        posted.entry_no,
        detail.analyzer_id,
        detail.base_id,
        detail.source,
        part.begin.wh,
        part.end.wh,
        part.wh,
        detail.plan_id,
        detail.price_per_kwh,
        negative(posted.amount),
        part.begin.at,
        part.end.at,
        posted_at,
        part.cause,
        part.spread,
    )


def _allocation(detail: AllocationDetail, posted: Posted) -> dict[str, Any]:
    return {
        "account_id": posted.account_id,
        "entry_no": posted.entry_no,
        "caller": detail.caller,
        "key": detail.key,
        "amount": posted.amount,
        "currency": detail.currency,
        "paid_amount": detail.paid_amount,
        "paid_currency": detail.paid_currency,
        "paid_by": detail.paid_by,
        "reference": detail.reference,
        "user_id": detail.user_id,
        "second_user_id": detail.second_user_id,
    }
