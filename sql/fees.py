"""Fees: what a tenant owes for something else than consumption, taken from the account by a person."""

from dataclasses import dataclass
from decimal import Decimal

from prepaid.bookings import positive_amount, reason_given
from prepaid.records import EntryKind
from prepaid.units import negative, to_text
from sql.bookings import Booked, Order, book
from sql.connection import Database
from sql.ledger import Posting
from sql.sessions import SignedIn


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """A fee to be taken: a positive amount in the account's currency, and what it is for."""

    account_id: int
    amount: Decimal
    reason: str
    key: str


def charge_fee(database: Database, signed_in: SignedIn, fee: Fee) -> Booked:
    """Takes the fee, once per key; the balance may become a debt.

    Raises AmountInvalid, BookingReasonMissing, TextInvalid and what `sql.bookings.book` raises.
    """
    amount, reason = positive_amount(fee.amount), reason_given(fee.reason)
    posting = Posting(
        account_id=fee.account_id,
        kind=EntryKind.FEE,
        amount=negative(amount),
        cause="fee",
        actor=signed_in.actor,
        note=reason,
    )
    order = Order(
        key=fee.key,
        action="fee.booked",
        account_ids=(fee.account_id,),
        asked={"account_id": fee.account_id, "fee": to_text(amount), "reason": reason},
        make=lambda _act, _accounts: [posting],
    )
    return book(database, signed_in, order)
