"""Closing an account: all its analyzers have left, what is left is paid out, and nothing is booked any more.

The final reading is the enforcer's: the charge at the handover of the last analyzer. A debt stays as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from prepaid.access import Right
from prepaid.bookings import reason_given
from prepaid.errors.access import NotFound
from prepaid.errors.tenants import AnalyzersAssigned, ChangedMeanwhile
from prepaid.language import _
from prepaid.records import AccountKind, EntryKind, Stage
from prepaid.units import ZERO, negative, to_text
from sql.acts import Act, acting
from sql.bookings import Booked, Locked, Order, book
from sql.connection import Connection, Database
from sql.ledger import Posting, lock_heads
from sql.repeating import repeated
from sql.sessions import SignedIn
from sql.tables import accounts, assignments


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """An account is to be closed with the balance that the person saw. `paid_by` is how a rest is handed out."""

    account_id: int
    balance: Decimal
    paid_by: str
    reason: str
    key: str


@repeated
def close_account(database: Database, signed_in: SignedIn, wanted: Closing) -> Booked | None:
    """Closes the account; answers the entry of the refund, None where nothing was left to pay out.

    Raises NotAllowed, NotFound, AccountClosed, AnalyzersAssigned, ChangedMeanwhile (the balance is another one),
    BookingReasonMissing, TextInvalid and what `sql.bookings.book` raises.
    """
    reason = reason_given(wanted.reason)
    if wanted.balance > ZERO:
        return book(database, signed_in, _refund(wanted, signed_in.actor, reason))
    with acting(database, signed_in, Right.ADMINISTER) as act:
        question = sa.select(accounts.c.site_id, accounts.c.kind, accounts.c.number).where(
            accounts.c.id == wanted.account_id
        )
        account = act.conn.execute(question).one_or_none()
        if account is None:
            raise NotFound(what=_("account"), name=wanted.account_id)
        act.permit_site(Right.ADMINISTER, account.site_id)
        heads = lock_heads(act.conn, [wanted.account_id], {wanted.account_id})
        balance = heads[wanted.account_id][1]
        _require_settled(act.conn, wanted, account.kind, account.number, balance)
        _close(act, wanted.account_id, account.site_id, balance, reason)
    return None


def analyzers_left(conn: Connection, account_id: int) -> int:
    """How many analyzers belong to the account now or wait to belong to it."""
    question = (
        sa.select(sa.func.count())
        .select_from(assignments)
        .where(assignments.c.account_id == account_id, assignments.c.until_at.is_(None))
    )
    return int(conn.scalar(question) or 0)


def _refund(wanted: Closing, actor: str, reason: str) -> Order:
    def make(act: Act, locked: Sequence[Locked]) -> list[Posting]:
        [account] = locked
        _require_settled(act.conn, wanted, account.kind, account.number, account.balance)
        refund = Posting(
            account_id=account.account_id,
            kind=EntryKind.REFUND,
            amount=negative(account.balance),
            cause="closing",
            actor=actor,
            note=reason,
        )
        return [refund]

    def finish(act: Act, locked: Sequence[Locked]) -> None:
        _close(act, wanted.account_id, locked[0].site_id, locked[0].balance, reason)

    return Order(
        key=wanted.key,
        action="refund.booked",
        account_ids=(wanted.account_id,),
        asked={
            "account_id": wanted.account_id,
            "refund": to_text(wanted.balance),
            "paid_by": wanted.paid_by,
            "reason": reason,
        },
        make=make,
        finish=finish,
    )


def _require_settled(conn: Connection, wanted: Closing, kind: AccountKind, number: str, balance: Decimal) -> None:
    """Behind the last handover everything that was used is charged, and the balance is the one that was seen. Whoever
    gives an analyzer to the account locks its row, too, and finds it closed."""
    if kind is not AccountKind.TENANT:
        raise NotFound(what=_("account"), name=wanted.account_id)
    row = sa.select(accounts.c.id).where(accounts.c.id == wanted.account_id)
    conn.scalar(row.with_hint(accounts, "WITH (UPDLOCK, HOLDLOCK)", "mssql"))
    left = analyzers_left(conn, wanted.account_id)
    if left:
        raise AnalyzersAssigned(account=number, number=left)
    if balance != wanted.balance:
        raise ChangedMeanwhile


def _close(act: Act, account_id: int, site_id: int, balance: Decimal, reason: str) -> None:
    closed = {"stage": Stage.CLOSED, "closed_at": act.now}
    act.conn.execute(accounts.update().where(accounts.c.id == account_id).values(**closed))
    act.note("account.closed", f"account:{account_id}", site_id, after={"balance": balance, "reason": reason})
