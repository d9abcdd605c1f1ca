"""Corrections and reversals: new entries that name the entry they undo, once, in part or as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.bookings import Named, correction_of, positive_amount, reason_given, reversal_of
from prepaid.errors.access import NotFound
from prepaid.language import _
from prepaid.records import EntryKind
from prepaid.units import ZERO, to_text
from sql.acts import Act
from sql.bookings import Booked, Locked, Order, book
from sql.connection import Database
from sql.late_handovers import CAUSE, moved_to
from sql.ledger import Posting
from sql.sessions import SignedIn
from sql.tables import entries


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """So much of what an entry did is to be undone: a positive amount, at most the entry's own."""

    account_id: int
    entry_no: int
    amount: Decimal
    reason: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """A recharge is to be taken back, all of it."""

    account_id: int
    entry_no: int
    reason: str
    key: str


def correct(database: Database, signed_in: SignedIn, wanted: Correction) -> Booked:
    """Books the correction, once per key. What the supply does then follows the balance, as always.

    Raises NotCorrectable, ChargeMoved, CorrectedAlready, CorrectionTooLarge, AmountInvalid, BookingReasonMissing,
    TextInvalid, NotFound and what `sql.bookings.book` raises.
    """
    amount, reason = positive_amount(wanted.amount), reason_given(wanted.reason)

    def make(act: Act, _accounts: Sequence[Locked]) -> list[Posting]:
        named = named_entry(act.conn, wanted.account_id, wanted.entry_no)
        undone = correction_of(named, amount)
        return [_posting(signed_in, wanted.account_id, EntryKind.CORRECTION, named, undone, reason)]

    facts = {"entry_corrected": wanted.entry_no, "by": to_text(amount), "reason": reason}
    order = Order(
        key=wanted.key,
        action="entry.corrected",
        account_ids=(wanted.account_id,),
        asked={"account_id": wanted.account_id, **facts},
        make=make,
    )
    return book(database, signed_in, order)


def reverse(database: Database, signed_in: SignedIn, wanted: Reversal) -> Booked:
    """Takes a recharge back, once; the balance may become a debt.

    Raises NotReversible, CorrectedAlready, BookingReasonMissing, TextInvalid, NotFound and what `sql.bookings.book`
    raises.
    """
    reason = reason_given(wanted.reason)

    def make(act: Act, _accounts: Sequence[Locked]) -> list[Posting]:
        named = named_entry(act.conn, wanted.account_id, wanted.entry_no)
        return [_posting(signed_in, wanted.account_id, EntryKind.REVERSAL, named, reversal_of(named), reason)]

    order = Order(
        key=wanted.key,
        action="recharge.reversed",
        account_ids=(wanted.account_id,),
        asked={"account_id": wanted.account_id, "entry_reversed": wanted.entry_no, "reason": reason},
        make=make,
    )
    return book(database, signed_in, order)


def named_entry(conn: Connection, account_id: int, entry_no: int) -> Named:
    """The entry of that number, which one corrects it, and whether a late handover moved it. Raises NotFound."""
    correcting = entries.alias("correcting")
    names_it = sa.and_(
        correcting.c.account_id == entries.c.account_id, correcting.c.corrects_entry_no == entries.c.entry_no
    )
    question = (
        sa.select(entries.c.kind, entries.c.amount, entries.c.cause, correcting.c.entry_no.label("corrected_by"))
        .outerjoin(correcting, names_it)
        .where(entries.c.account_id == account_id, entries.c.entry_no == entry_no)
    )
    row = conn.execute(question).one_or_none()
    if row is None:
        raise NotFound(what=_("entry"), name=entry_no)
    return Named(
        entry_no=entry_no,
        kind=row.kind,
        amount=row.amount,
        corrected_by=row.corrected_by,
        moved=moved_to(conn, account_id, entry_no) if row.kind is EntryKind.CHARGE else None,
        took=row.cause == CAUSE and row.amount < ZERO,
    )


def _posting(
    signed_in: SignedIn, account_id: int, kind: EntryKind, named: Named, amount: Decimal, reason: str
) -> Posting:
    return Posting(
        account_id=account_id,
        kind=kind,
        amount=amount,
        cause=f"{kind}.{named.kind}",
        actor=signed_in.actor,
        note=reason,
        corrects_entry_no=named.entry_no,
    )
