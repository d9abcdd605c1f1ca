"""Invariant 2, per account: balance = sum of entries = last `balance_after`; entry numbers without gaps; details."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.language import _
from prepaid.records import EntryKind
from prepaid.units import ZERO
from sql.proofs.breach import MOST_TOLD, Breach, Scope
from sql.tables import account_heads, accounts, allocations, bases, charges, entries

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
    before = _before(scope)
    counted = _of_scope(
        sa.select(
            entries.c.account_id,
            sa.func.count().label("number"),
            sa.func.min(entries.c.entry_no).label("first"),
            sa.func.max(entries.c.entry_no).label("last"),
        ),
        scope,
    )
    found = counted.group_by(entries.c.account_id).subquery()
    question = (
        sa.select(accounts.c.number.label("account"), account_heads.c.entry_no, found.c.number, found.c.last)
        .outerjoin(account_heads, account_heads.c.account_id == accounts.c.id)
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
        yield _breach("ledger.numbers", said, row)


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
        yield _breach("ledger.head", said, row)


def _balances(conn: Connection, scope: Scope) -> Iterator[Breach]:
    """The sum of all entries up to each one is the balance written behind it. The first one looked at is believed."""
    before = _before(scope)
    amount: sa.ColumnElement[Any] = entries.c.amount
    if not scope.everything:
        begins = sa.and_(before > 0, entries.c.entry_no == before + 1)
        amount = sa.case((begins, entries.c.balance_after), else_=entries.c.amount)
    total = sa.func.sum(amount).over(partition_by=entries.c.account_id, order_by=entries.c.entry_no, rows=(None, 0))
    summed = _of_scope(
        sa.select(entries.c.account_id, entries.c.entry_no, entries.c.balance_after, total.label("total")), scope
    ).subquery()
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
        yield _breach("ledger.balance", said, row)


def _details(conn: Connection, scope: Scope) -> Iterator[Breach]:
    """A charge has its detail and takes what it says; a recharge has its detail and brings what it says."""
    kind = entries.c.kind
    question = _of_scope(
        sa.select(accounts.c.number.label("account"), entries.c.entry_no, kind, entries.c.amount)
        .join(accounts, accounts.c.id == entries.c.account_id)
        .outerjoin(charges, _same_entry(charges))
        .outerjoin(allocations, _same_entry(allocations))
        .outerjoin(bases, bases.c.id == charges.c.base_id),
        scope,
    ).where(
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
    for row in conn.execute(question.limit(MOST_TOLD)).mappings():
        said = _("Entry {entry_no} of account {account} ({kind}, {amount}) and its detail do not fit together.")
        yield _breach("ledger.detail", said, row)


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
        yield _breach("ledger.recharge", said, row)


def _before(scope: Scope) -> sa.ColumnElement[Any]:
    """The number of the last entry that is not looked at."""
    if scope.everything:
        return sa.literal(0)
    more = account_heads.c.entry_no > scope.newest
    return sa.case((more, account_heads.c.entry_no - scope.newest), else_=0)


def _of_scope(question: sa.Select[Any], scope: Scope) -> sa.Select[Any]:
    """The question about the entries of the scope only: of each account a range of its primary key."""
    if scope.everything:
        return question
    return question.join(account_heads, account_heads.c.account_id == entries.c.account_id).where(
        entries.c.entry_no > _before(scope)
    )


def _same_entry(details: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(details.c.account_id == entries.c.account_id, details.c.entry_no == entries.c.entry_no)


def _breach(name: str, said: str, row: sa.RowMapping) -> Breach:
    return Breach(number=2, name=name, sentence=said.format(**row), rows=(dict(row),))
