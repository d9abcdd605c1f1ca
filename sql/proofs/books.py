"""Invariant 2, per account: balance = sum of entries = last `balance_after`; entry numbers without gaps; details."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.language import _
from prepaid.records import EntryKind
from prepaid.units import ZERO
from sql.proofs.breach import MOST_TOLD, Breach, Scope, told
from sql.proofs.proven import proven_no, rows_from, rows_to_prove
from sql.tables import account_heads, accounts, allocations, bases, charges, entries, proven_entries

WITHOUT_CREDIT = (EntryKind.CHARGE, EntryKind.FEE, EntryKind.TRANSFER, EntryKind.ESTIMATE, EntryKind.REFUND)


def prove_books(conn: Connection, scope: Scope) -> Iterator[Breach]:
    """Each question is one statement, so that it sees one instant on either engine."""
    yield from _numbers(conn, scope)
    yield from _heads(conn)
    yield from _balances(conn, scope)
    yield from _details(conn, scope)
    yield from _orphans(conn)


def _numbers(conn: Connection, scope: Scope) -> Iterator[Breach]:
    """As many entries as the head says, the first and the last one in their places: then none is missing."""
    before = sa.literal(0) if scope.everything else proven_no()
    found = (
        sa.select(
            entries.c.account_id,
            sa.func.count().label("number"),
            sa.func.min(entries.c.entry_no).label("first"),
            sa.func.max(entries.c.entry_no).label("last"),
        )
        .select_from(entries if scope.everything else rows_to_prove(entries, scope))
        .group_by(entries.c.account_id)
        .subquery()
    )
    question = (
        sa.select(accounts.c.number.label("account"), account_heads.c.entry_no, found.c.number, found.c.last)
        .outerjoin(account_heads, account_heads.c.account_id == accounts.c.id)
        .outerjoin(proven_entries, proven_entries.c.account_id == accounts.c.id)
        .outerjoin(found, found.c.account_id == accounts.c.id)
        .where(
            sa.or_(
                account_heads.c.account_id.is_(None),
                sa.func.coalesce(found.c.number, 0) != account_heads.c.entry_no - before,
                found.c.first != before + 1,
                found.c.last != account_heads.c.entry_no,
            )
        )
        .order_by(accounts.c.id)
        .limit(MOST_TOLD)
    )
    for row in conn.execute(question).mappings():
        said = _(
            "The entries of account {account} have a gap or no end: number {last} is the last one, {entry_no} is due."
        )
        yield told(2, "ledger.numbers", said, row, "account")


def _heads(conn: Connection) -> Iterator[Breach]:
    question = (
        sa.select(accounts.c.number.label("account"), account_heads.c.balance, entries.c.balance_after)
        .join(accounts, accounts.c.id == account_heads.c.account_id)
        .outerjoin(
            entries,
            sa.and_(entries.c.account_id == account_heads.c.account_id, entries.c.entry_no == account_heads.c.entry_no),
        )
        .where(
            sa.or_(
                sa.and_(account_heads.c.entry_no == 0, account_heads.c.balance != ZERO),
                account_heads.c.balance != entries.c.balance_after,
            )
        )
        .order_by(accounts.c.id)
        .limit(MOST_TOLD)
    )
    for row in conn.execute(question).mappings():
        said = _("The head of account {account} says {balance}, its last entry {balance_after}.")
        yield told(2, "ledger.head", said, row, "account")


def _balances(conn: Connection, scope: Scope) -> Iterator[Breach]:
    """The sum of all entries up to each one is the balance written behind it; from a proven head on, of all behind it.

    The proven entry itself is looked at, too: the balance behind it is the one that was proven.
    """
    source: sa.FromClause = entries
    amount: sa.ColumnElement[Any] = entries.c.amount
    if not scope.everything:
        source = rows_from(entries, entries.c.entry_no >= proven_no())
        begins = entries.c.entry_no == proven_entries.c.entry_no
        amount = sa.case((begins, proven_entries.c.balance), else_=entries.c.amount)
    total = sa.func.sum(amount).over(partition_by=entries.c.account_id, order_by=entries.c.entry_no, rows=(None, 0))
    summed = (
        sa.select(entries.c.account_id, entries.c.entry_no, entries.c.balance_after, total.label("total"))
        .select_from(source)
        .subquery()
    )
    wrong = (
        sa.select(summed.c.account_id, sa.func.min(summed.c.entry_no).label("entry_no"))
        .where(summed.c.total != summed.c.balance_after)
        .group_by(summed.c.account_id)
        .subquery()
    )
    question = (
        sa.select(accounts.c.number.label("account"), wrong.c.entry_no, entries.c.amount, entries.c.balance_after)
        .select_from(wrong)
        .join(entries, sa.and_(entries.c.account_id == wrong.c.account_id, entries.c.entry_no == wrong.c.entry_no))
        .join(accounts, accounts.c.id == wrong.c.account_id)
        .order_by(accounts.c.id)
        .limit(MOST_TOLD)
    )
    for row in conn.execute(question).mappings():
        said = _(
            "Entry {entry_no} of account {account} says {balance_after} behind {amount}: not the sum of the entries."
        )
        yield told(2, "ledger.balance", said, row, "account", "entry_no")


def _details(conn: Connection, scope: Scope) -> Iterator[Breach]:
    """A charge has its detail and takes what it says; a recharge has its detail and brings what it says."""
    kind = entries.c.kind
    question = (
        sa.select(accounts.c.number.label("account"), entries.c.entry_no, kind, entries.c.amount)
        .select_from(rows_to_prove(entries, scope))
        .outerjoin(charges, _same_entry(charges))
        .outerjoin(allocations, _same_entry(allocations))
        .outerjoin(bases, bases.c.id == charges.c.base_id)
        .where(
            sa.or_(
                sa.and_(kind == EntryKind.CHARGE, charges.c.entry_no.is_(None)),
                sa.and_(kind != EntryKind.CHARGE, charges.c.entry_no.is_not(None)),
                charges.c.amount != -entries.c.amount,
                charges.c.analyzer_id != bases.c.analyzer_id,
                charges.c.source != bases.c.source,
                sa.and_(kind == EntryKind.ALLOCATION, allocations.c.entry_no.is_(None)),
                sa.and_(kind.in_(WITHOUT_CREDIT), allocations.c.entry_no.is_not(None)),
                allocations.c.amount != entries.c.amount,
            )
        )
        .limit(MOST_TOLD)
    )
    for row in conn.execute(question).mappings():
        said = _("Entry {entry_no} of account {account} ({kind}, {amount}) and its detail do not fit together.")
        yield told(2, "ledger.detail", said, row, "account", "entry_no")


def _orphans(conn: Connection) -> Iterator[Breach]:
    """A recharge whose entry is gone. (A charge whose entry is gone leaves a gap in the numbers.)"""
    question = (
        sa.select(allocations.c.account_id, allocations.c.entry_no, allocations.c.caller, allocations.c.key)
        .outerjoin(entries, _same_entry(allocations))
        .where(entries.c.entry_no.is_(None))
        .limit(MOST_TOLD)
    )
    for row in conn.execute(question).mappings():
        said = _("The recharge {key} of {caller} has no entry {entry_no} in the ledger of account {account_id}.")
        yield told(2, "ledger.recharge", said, row, "account_id", "entry_no")


def _same_entry(details: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(details.c.account_id == entries.c.account_id, details.c.entry_no == entries.c.entry_no)
