"""Credit put on an account: booked once per key and caller, whatever is clicked, repeated or lost on the way."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from prepaid.errors.access import NotFound
from prepaid.errors.ledger import AccountClosed, CurrencyDiffers, KeyReused
from prepaid.errors.numbers import AmountInvalid
from prepaid.language import _
from prepaid.records import EntryKind, Stage
from prepaid.units import ZERO, add, negative, to_amount
from sql.connection import Database
from sql.crossings import rearm
from sql.events import Event, record
from sql.ledger import AllocationDetail, Posting, post
from sql.repeating import repeated_by_key
from sql.tables import accounts, allocations, entries, users

T = TypeVar("T")
KEYS = ("uq_Allocations_key", "Allocations.caller", "uq_Requests_key", "Requests.caller")
"""How the engines name the unique keys of what is booked and of what waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recharge:
    """What a till, a form or a program asks for. `key` is unique per `caller`; `second_by` has confirmed it."""

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
    second_user_id: int | None = None
    second_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was booked. `repeated`: it had been booked before under the same key; nothing was added. `sold_by` and
    `confirmed_by` are the names of users; the second is there only for what waited for a second person."""

    account_id: int
    entry_no: int
    amount: Decimal
    currency: str
    balance_after: Decimal
    posted_at: datetime
    repeated: bool
    sold_by: str | None = None
    confirmed_by: str | None = None

    @property
    def repaid(self) -> Decimal:
        """How much of it went into a debt, which every credit repays first."""
        return min(self.amount, max(ZERO, add(self.amount, negative(self.balance_after))))


def recharge(database: Database, wanted: Recharge, writer: str) -> Receipt:
    """Books a recharge, or answers what the same key booked before. Raises what `once` and `book` raise."""
    return once(database, wanted, writer, lambda conn, now: book(conn, wanted, writer, now))


@repeated_by_key
def once(database: Database, wanted: Recharge, writer: str, act: Callable[[Connection, datetime], T]) -> T:
    """Does what belongs to a key in one transaction, at its instant.

    Raises what `act` raises; KeyReused is recorded as an event. Two callers racing with one key: the database admits
    one, the other looks again.
    """
    for _attempt in range(3):
        try:
            with database.writing() as conn:
                return act(conn, database.now(conn))
        except IntegrityError as error:
            if not any(key in str(error.orig) for key in KEYS):
                raise
        except KeyReused:
            with database.writing() as conn:
                _record_refused(conn, wanted, writer, database.now(conn))
            raise
    raise AssertionError("a key that collides is found at the next look")


def _record_refused(conn: Connection, wanted: Recharge, writer: str, now: datetime) -> None:
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
    record(conn, writer, [refused], now)


def book(conn: Connection, wanted: Recharge, writer: str, now: datetime) -> Receipt:
    """Books it in this transaction, or answers what the same key booked before.

    Raises KeyReused when the key was used for anything else, CurrencyDiffers, AccountClosed, AmountInvalid, NotFound.
    """
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
    site_id = check_account(conn, wanted)
    posted = post(conn, [_posting(wanted, amount)], now)[0]
    rearm(conn, wanted.account_id, now, posted.entry_no)
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
            **({"second_by": wanted.second_by} if wanted.second_by else {"address": wanted.address}),
        },
    )
    record(conn, writer, [sold], now)
    found = booked(conn, wanted.caller, wanted.key)
    assert found is not None, "it was booked a moment ago"
    return replace(found, repeated=False)


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
            second_user_id=wanted.second_user_id,
        ),
    )


def check_account(conn: Connection, wanted: Recharge) -> int:
    """The site of the account. Raises what forbids to book so much on it: AmountInvalid, NotFound, CurrencyDiffers,
    AccountClosed (which is looked at again behind the lock of the account)."""
    if wanted.amount <= ZERO:
        raise AmountInvalid(value=wanted.amount, why=_("a recharge is more than zero"))
    question = sa.select(accounts.c.site_id, accounts.c.number, accounts.c.currency, accounts.c.stage)
    found = conn.execute(question.where(accounts.c.id == wanted.account_id)).one_or_none()
    if found is None:
        raise NotFound(what=_("account"), name=wanted.account_id)
    if found.currency != wanted.currency:
        raise CurrencyDiffers(account=found.number, wanted=found.currency, found=wanted.currency)
    if found.stage is Stage.CLOSED:
        raise AccountClosed(account=found.number)
    return int(found.site_id)


def booked(conn: Connection, caller: str, key: str) -> Receipt | None:
    """What the caller has booked under that key; None: nothing yet."""
    seller, second = users.alias("seller"), users.alias("second")
    question = (
        sa.select(
            allocations.c.account_id,
            allocations.c.entry_no,
            allocations.c.amount,
            allocations.c.currency,
            entries.c.balance_after,
            entries.c.posted_at,
            seller.c.display_name.label("sold_by"),
            second.c.display_name.label("confirmed_by"),
        )
        .join(
            entries,
            sa.and_(entries.c.account_id == allocations.c.account_id, entries.c.entry_no == allocations.c.entry_no),
        )
        .outerjoin(seller, seller.c.id == allocations.c.user_id)
        .outerjoin(second, second.c.id == allocations.c.second_user_id)
        .where(allocations.c.caller == caller, allocations.c.key == key)
    )
    found = conn.execute(question).mappings().one_or_none()
    return None if found is None else Receipt(**found, repeated=True)
