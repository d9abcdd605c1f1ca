"""What entries name, per invariant 2: a correction one entry, once and at most for its amount; transfers each other."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.accounts import Unbilled, unbilled_amount
from prepaid.language import _
from prepaid.records import EntryKind, Source
from prepaid.units import ZERO, negative
from sql.proofs.breach import MOST_TOLD, Breach, Scope, told
from sql.proofs.proven import rows_to_prove
from sql.tables import accounts, bookings, entries

TRANSFERRED = "transfer"
"""The cause of a transfer whose two amounts are the same; behind a late handover each account has its own price."""
BY_PERSONS = (EntryKind.ESTIMATE, EntryKind.REFUND)
_NOT_CHARGED = entries.c.kind != sa.literal_column("'charge'")
"""As the filtered index spells it; a charge names nothing, which the numbers of its columns say."""


def prove_links(conn: Connection, scope: Scope) -> Iterator[Breach]:
    """Each question is one statement over the entries that are no charges, or over the few that name something."""
    yield from _corrections(conn, scope)
    yield from _corrected_twice(conn)
    yield from _transfers(conn, scope)
    yield from _handovers(conn)
    yield from _strangers(conn, scope)


def _corrections(conn: Connection, scope: Scope) -> Iterator[Breach]:
    """It names an entry of its account from before, goes the other way, and at most as far; a reversal goes all the
    way and undoes a recharge. Nothing else names one."""
    named = entries.alias("named")
    kind, amount, other = entries.c.kind, entries.c.amount, named.c.amount
    back = sa.or_(sa.and_(amount < ZERO, amount >= -other), sa.and_(amount > ZERO, amount <= -other))
    corrects = kind.in_((EntryKind.CORRECTION, EntryKind.REVERSAL))
    question = (
        _of_scope(scope)
        .outerjoin(
            named,
            sa.and_(named.c.account_id == entries.c.account_id, named.c.entry_no == entries.c.corrects_entry_no),
        )
        .where(
            sa.or_(
                sa.and_(corrects, named.c.entry_no.is_(None)),
                sa.and_(sa.not_(corrects), entries.c.corrects_entry_no.is_not(None)),
                named.c.entry_no >= entries.c.entry_no,
                sa.and_(corrects, sa.not_(back)),
                sa.and_(kind == EntryKind.REVERSAL, named.c.kind != EntryKind.ALLOCATION),
                sa.and_(kind == EntryKind.REVERSAL, amount != -other),
            )
        )
    )
    said = _("Entry {entry_no} of account {account} ({kind}, {amount}) does not fit the entry that it names.")
    yield from _told(conn, question, "ledger.correction", said)


def _corrected_twice(conn: Connection) -> Iterator[Breach]:
    """The few entries that name another one are found by their own index."""
    twice = (
        sa.select(
            accounts.c.number.label("account"),
            entries.c.corrects_entry_no.label("entry_no"),
            sa.func.count().label("number"),
        )
        .join(accounts, accounts.c.id == entries.c.account_id)
        .where(entries.c.corrects_entry_no.is_not(None))
        .group_by(accounts.c.number, entries.c.account_id, entries.c.corrects_entry_no)
        .having(sa.func.count() > 1)
    )
    said = _("Entry {entry_no} of account {account} is corrected {number} times.")
    yield from _told(conn, twice, "ledger.correction", said)


def _transfers(conn: Connection, scope: Scope) -> Iterator[Breach]:
    """The entries of a transfer name each other, in two accounts of one currency; what one loses the other gets."""
    other, owner = entries.alias("other"), accounts.alias("owner")
    amount = entries.c.amount
    back = sa.and_(
        other.c.linked_account_id == entries.c.account_id,
        other.c.linked_entry_no == entries.c.entry_no,
        other.c.kind == EntryKind.TRANSFER,
        other.c.account_id != entries.c.account_id,
    )
    moved = sa.and_(entries.c.cause == TRANSFERRED, amount != -other.c.amount)
    same_way = sa.or_(sa.and_(amount > ZERO, other.c.amount > ZERO), sa.and_(amount < ZERO, other.c.amount < ZERO))
    question = (
        _of_scope(scope)
        .outerjoin(
            other,
            sa.and_(other.c.account_id == entries.c.linked_account_id, other.c.entry_no == entries.c.linked_entry_no),
        )
        .outerjoin(owner, owner.c.id == other.c.account_id)
        .where(
            entries.c.kind == EntryKind.TRANSFER,
            sa.or_(
                other.c.entry_no.is_(None),
                other.c.linked_account_id.is_(None),
                other.c.linked_entry_no.is_(None),
                sa.not_(back),
                owner.c.currency != accounts.c.currency,
                other.c.cause != entries.c.cause,
                moved,
                same_way,
            ),
        )
    )
    said = _("Entry {entry_no} of account {account} ({kind}, {amount}) has no other end that fits it.")
    yield from _told(conn, question, "ledger.transfer", said)


def _handovers(conn: Connection) -> Iterator[Breach]:
    """Both ends of a late handover have the same Wh, each at the price of its own account. There are few of them."""
    other = entries.alias("other")
    question = (
        sa.select(
            accounts.c.number.label("account"),
            entries.c.entry_no,
            entries.c.kind,
            entries.c.amount,
            other.c.amount.label("given_back"),
            bookings.c.asked,
        )
        .select_from(bookings)
        .join(
            entries,
            sa.and_(entries.c.account_id == bookings.c.account_id, entries.c.entry_no == bookings.c.entry_no),
        )
        .join(accounts, accounts.c.id == entries.c.account_id)
        .outerjoin(
            other,
            sa.and_(other.c.account_id == entries.c.linked_account_id, other.c.entry_no == entries.c.linked_entry_no),
        )
        .where(bookings.c.assignment_id.is_not(None))
        .order_by(bookings.c.assignment_id)
    )
    said = _("Entry {entry_no} of account {account} ({kind}, {amount}) is not the price of the Wh that it moved.")
    for row in conn.execute(question).mappings():
        moved = row["asked"].get("moved", ())
        if (row["amount"], row["given_back"]) != (negative(_cost(moved, "after")), _cost(moved, "before")):
            yield told(2, "ledger.handover", said, row, "account", "entry_no")


def _cost(moved: Iterable[Mapping[str, Any]], side: str) -> Decimal:
    return unbilled_amount(
        Unbilled(Source(each["source"]), each["wh"], Decimal(each[f"price_{side}"])) for each in moved
    )


def _strangers(conn: Connection, scope: Scope) -> Iterator[Breach]:
    """Only transfers have another end; estimates and refunds were booked by a person."""
    question = (
        _of_scope(scope)
        .outerjoin(
            bookings,
            sa.and_(bookings.c.account_id == entries.c.account_id, bookings.c.entry_no == entries.c.entry_no),
        )
        .where(
            sa.or_(
                sa.and_(entries.c.kind != EntryKind.TRANSFER, entries.c.linked_entry_no.is_not(None)),
                sa.and_(entries.c.kind.in_(BY_PERSONS), bookings.c.entry_no.is_(None)),
            )
        )
    )
    said = _("Entry {entry_no} of account {account} ({kind}, {amount}) names what its kind never names, or nobody.")
    yield from _told(conn, question, "ledger.booking", said)


def _of_scope(scope: Scope) -> sa.Select[Any]:
    """The entries that are no charges, with the numbers of their accounts."""
    return (
        sa.select(accounts.c.number.label("account"), entries.c.entry_no, entries.c.kind, entries.c.amount)
        .select_from(rows_to_prove(entries, scope))
        .where(_NOT_CHARGED)
    )


def _told(conn: Connection, question: sa.Select[Any], name: str, said: str) -> Iterator[Breach]:
    for row in conn.execute(question.limit(MOST_TOLD)).mappings():
        yield told(2, name, said, row, "account", "entry_no")
