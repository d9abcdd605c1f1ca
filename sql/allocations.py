"""Credit put on an account: booked once per key and caller, whatever is clicked, repeated or lost on the way."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from prepaid.alerts import Level
from prepaid.errors import AmountInvalid, CurrencyDiffers, KeyReused, NotFound
from prepaid.language import _
from prepaid.records import EntryKind
from prepaid.units import ZERO, add, negative, to_amount
from sql.connection import Database
from sql.events import Event, record
from sql.ledger import AllocationDetail, Posting, post
from sql.tables import accounts, allocations, crossings, entries

Allowed = Callable[[Connection, datetime], None]
"""Raises what forbids the booking, looked at in the transaction that books."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recharge:
    """What a till, a form or a program asks for. `key` is unique per `caller`."""

    account_id: int
    amount: Decimal
    currency: str
    caller: str
    key: str
    actor: str
    paid_amount: Decimal | None = None
    paid_currency: str | None = None
    paid_by: str | None = None
    reference: str | None = None
    user_id: int | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was booked. `repeated`: it had been booked before under the same key; nothing was added."""

    account_id: int
    entry_no: int
    amount: Decimal
    currency: str
    balance_after: Decimal
    posted_at: datetime
    repeated: bool

    @property
    def repaid(self) -> Decimal:
        """How much of it went into a debt, which every credit repays first."""
        return min(self.amount, max(ZERO, add(self.amount, negative(self.balance_after))))


def recharge(database: Database, wanted: Recharge, writer: str, allowed: Allowed | None = None) -> Receipt:
    """Books a recharge, or answers what the same key booked before.

    Raises what `allowed` raises, KeyReused (recorded as an event) when the key was used for anything else,
    CurrencyDiffers, AccountClosed, AmountInvalid, NotFound. Two callers racing with one key: the database admits one,
    the other gets its receipt.
    """
    for _attempt in range(3):
        try:
            with database.writing() as conn:
                now = database.now(conn)
                if allowed is not None:
                    allowed(conn, now)
                return _book(conn, wanted, writer, now)
        except IntegrityError as error:
            if "uq_Allocations_key" not in str(error.orig) and "Allocations.caller" not in str(error.orig):
                raise
        except KeyReused:
            with database.writing() as conn:
                refused = Event(
                    action="recharge.refused",
                    actor=wanted.actor,
                    subject=f"account:{wanted.account_id}",
                    site_id=conn.scalar(sa.select(accounts.c.site_id).where(accounts.c.id == wanted.account_id)),
                    after={
                        "caller": wanted.caller,
                        "key": wanted.key,
                        "amount": wanted.amount,
                        "why": "key reused",
                        "address": wanted.address,
                    },
                )
                record(conn, writer, [refused], database.now(conn))
            raise
    raise AssertionError("a key that collides is found at the next look")


def _book(conn: Connection, wanted: Recharge, writer: str, now: datetime) -> Receipt:
    before = booked(conn, wanted.caller, wanted.key)
    if before is not None:
        same = (before.account_id, before.amount, before.currency) == (
            wanted.account_id,
            wanted.amount,
            wanted.currency,
        )
        if not same:
            raise KeyReused(key=wanted.key)
        return before
    amount = to_amount(wanted.amount)
    if amount <= ZERO:
        raise AmountInvalid(value=wanted.amount, why=_("a recharge is more than zero"))
    site_id = _check_account(conn, wanted)
    posted = post(conn, [_posting(wanted, amount)], now)[0]
    conn.execute(
        crossings.update()
        .where(crossings.c.account_id == wanted.account_id)
        .values(level=Level.FINE, crossed_at=None, exhausted_at=None, armed_by_entry_no=posted.entry_no)
    )
    sold = Event(
        action="recharge.sold",
        actor=wanted.actor,
        subject=f"account:{wanted.account_id}",
        site_id=site_id,
        after={
            "entry_no": posted.entry_no,
            "amount": amount,
            "currency": wanted.currency,
            "balance_after": posted.balance_after,
            "caller": wanted.caller,
            "key": wanted.key,
            "address": wanted.address,
        },
    )
    record(conn, writer, [sold], now)
    return Receipt(
        account_id=posted.account_id,
        entry_no=posted.entry_no,
        amount=amount,
        currency=wanted.currency,
        balance_after=posted.balance_after,
        posted_at=now,
        repeated=False,
    )


def _posting(wanted: Recharge, amount: Decimal) -> Posting:
    return Posting(
        account_id=wanted.account_id,
        kind=EntryKind.ALLOCATION,
        amount=amount,
        cause="recharge",
        actor=wanted.actor,
        note=wanted.reference,
        allocation=AllocationDetail(
            caller=wanted.caller,
            key=wanted.key,
            currency=wanted.currency,
            paid_amount=wanted.paid_amount,
            paid_currency=wanted.paid_currency,
            paid_by=wanted.paid_by,
            reference=wanted.reference,
            user_id=wanted.user_id,
        ),
    )


def _check_account(conn: Connection, wanted: Recharge) -> int:
    found = conn.execute(
        sa.select(accounts.c.site_id, accounts.c.number, accounts.c.currency).where(accounts.c.id == wanted.account_id)
    ).one_or_none()
    if found is None:
        raise NotFound(what=_("account"), name=wanted.account_id)
    if found.currency != wanted.currency:
        raise CurrencyDiffers(account=found.number, wanted=found.currency, found=wanted.currency)
    return int(found.site_id)


def booked(conn: Connection, caller: str, key: str) -> Receipt | None:
    """What the caller has booked under that key; None: nothing yet."""
    question = (
        sa.select(
            allocations.c.account_id,
            allocations.c.entry_no,
            allocations.c.amount,
            allocations.c.currency,
            entries.c.balance_after,
            entries.c.posted_at,
        )
        .join(
            entries,
            sa.and_(entries.c.account_id == allocations.c.account_id, entries.c.entry_no == allocations.c.entry_no),
        )
        .where(allocations.c.caller == caller, allocations.c.key == key)
    )
    found = conn.execute(question).one_or_none()
    if found is None:
        return None
    return Receipt(
        account_id=found.account_id,
        entry_no=found.entry_no,
        amount=found.amount,
        currency=found.currency,
        balance_after=found.balance_after,
        posted_at=found.posted_at,
        repeated=True,
    )
