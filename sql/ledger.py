"""The ledger: one function posts every entry, for both processes, after locking the heads of its accounts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.charging import Part
from prepaid.errors import AccountClosed
from prepaid.records import EntryKind, Source, Stage
from prepaid.units import add, cost, negative, to_amount
from sql.tables import account_heads, accounts, allocations, charges, entries

ACCOUNTS_AT_ONCE = 500


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
    if not postings:
        return []
    heads = lock_heads(conn, sorted({posting.account_id for posting in postings}))
    done = []
    for posting in postings:
        entry_no, balance = heads[posting.account_id]
        after = to_amount(add(balance, posting.amount))
        heads[posting.account_id] = (entry_no + 1, after)
        done.append(Posted(posting.account_id, entry_no + 1, posting.amount, after))
    conn.execute(entries.insert(), [_entry(*pair, posted_at) for pair in zip(postings, done, strict=True)])
    _insert_details(conn, postings, done, posted_at)
    conn.execute(
        account_heads.update()
        .where(account_heads.c.account_id == sa.bindparam("head_of"))
        .values(entry_no=sa.bindparam("last_no"), balance=sa.bindparam("new_balance"), posted_at=posted_at),
        [
            {"head_of": account_id, "last_no": entry_no, "new_balance": balance}
            for account_id, (entry_no, balance) in heads.items()
        ],
    )
    return done


def lock_heads(conn: Connection, account_ids: Sequence[int]) -> dict[int, tuple[int, Decimal]]:
    """Locks the heads of open accounts until the transaction ends: account -> (last entry number, balance).

    On SQLite the transaction itself is the lock (BEGIN IMMEDIATE); on SQL Server the rows are.
    """
    heads: dict[int, tuple[int, Decimal]] = {}
    for start in range(0, len(account_ids), ACCOUNTS_AT_ONCE):
        some = list(account_ids[start : start + ACCOUNTS_AT_ONCE])
        question = (
            sa.select(
                account_heads.c.account_id,
                account_heads.c.entry_no,
                account_heads.c.balance,
                accounts.c.stage,
                accounts.c.number,
            )
            .join(accounts, accounts.c.id == account_heads.c.account_id)
            .where(account_heads.c.account_id.in_(some))
            .order_by(account_heads.c.account_id)
            .with_hint(account_heads, "WITH (UPDLOCK, HOLDLOCK)", "mssql")
        )
        for row in conn.execute(question):
            if row.stage is Stage.CLOSED:
                raise AccountClosed(account=row.number)
            heads[row.account_id] = (row.entry_no, row.balance)
    assert len(heads) == len(account_ids), "every account has a head row from the moment it is opened"
    return heads


def _entry(posting: Posting, done: Posted, posted_at: datetime) -> dict[str, Any]:
    return {
        "account_id": done.account_id,
        "entry_no": done.entry_no,
        "kind": posting.kind,
        "amount": posting.amount,
        "balance_after": done.balance_after,
        "posted_at": posted_at,
        "cause": posting.cause,
        "actor": posting.actor,
        "note": posting.note,
        "corrects_entry_no": posting.corrects_entry_no,
        "linked_account_id": posting.linked_account_id,
        "linked_entry_no": posting.linked_entry_no,
    }


def _insert_details(conn: Connection, postings: Iterable[Posting], done: Iterable[Posted], posted_at: datetime) -> None:
    charge_rows = []
    allocation_rows = []
    for posting, posted in zip(postings, done, strict=True):
        if posting.charge is not None:
            charge_rows.append(_charge(posting.charge, posted, posted_at))
        if posting.allocation is not None:
            allocation_rows.append(_allocation(posting.allocation, posted))
    if charge_rows:
        conn.execute(charges.insert(), charge_rows)
    if allocation_rows:
        conn.execute(allocations.insert(), allocation_rows)


def _charge(detail: ChargeDetail, posted: Posted, posted_at: datetime) -> dict[str, Any]:
    return {
        "account_id": posted.account_id,
        "entry_no": posted.entry_no,
        "analyzer_id": detail.analyzer_id,
        "base_id": detail.base_id,
        "source": detail.source,
        "from_wh": detail.part.begin.wh,
        "to_wh": detail.part.end.wh,
        "wh": detail.part.wh,
        "plan_id": detail.plan_id,
        "price_per_kwh": detail.price_per_kwh,
        "amount": negative(posted.amount),
        "period_from": detail.part.begin.at,
        "period_to": detail.part.end.at,
        "posted_at": posted_at,
        "cause": detail.part.cause,
        "spread": detail.part.spread,
    }


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
