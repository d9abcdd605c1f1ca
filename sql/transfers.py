"""Transfers: money that goes from one account to another as two entries that name each other, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from prepaid.bookings import positive_amount, reason_given
from prepaid.errors.ledger import CurrencyDiffers, TransferToItself
from prepaid.records import EntryKind
from prepaid.units import negative, to_text
from sql.acts import Act
from sql.bookings import Booked, Locked, Order, book
from sql.connection import Database
from sql.ledger import Posting
from sql.sessions import SignedIn


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A positive amount that goes from one account to another one of the same site and currency."""

    from_account_id: int
    to_account_id: int
    amount: Decimal
    reason: str
    key: str


def transfer(database: Database, signed_in: SignedIn, wanted: Transfer) -> Booked:
    """Moves the amount, once per key; answers the entry that takes it.

    Raises TransferToItself, CurrencyDiffers, AmountInvalid, BookingReasonMissing, TextInvalid and what
    `sql.bookings.book` raises.
    """
    amount, reason = positive_amount(wanted.amount), reason_given(wanted.reason)
    if wanted.from_account_id == wanted.to_account_id:
        raise TransferToItself(account=wanted.from_account_id)

    def make(_act: Act, accounts: Sequence[Locked]) -> list[Posting]:
        giving, taking = accounts
        return linked(giving, taking, negative(amount), amount, "transfer", signed_in.actor, reason)

    order = Order(
        key=wanted.key,
        action="transfer.booked",
        account_ids=(wanted.from_account_id, wanted.to_account_id),
        asked={
            "from_account_id": wanted.from_account_id,
            "to_account_id": wanted.to_account_id,
            "transferred": to_text(amount),
            "reason": reason,
        },
        make=make,
    )
    return book(database, signed_in, order)


def linked(
    one: Locked, other: Locked, of_one: Decimal, of_other: Decimal, cause: str, actor: str, reason: str
) -> list[Posting]:
    """Two entries that name each other; their numbers are known while both heads are locked. Raises CurrencyDiffers."""
    if one.currency != other.currency:
        raise CurrencyDiffers(account=other.number, wanted=other.currency, found=one.currency)
    return [
        Posting(
            account_id=own.account_id,
            kind=EntryKind.TRANSFER,
            amount=amount,
            cause=cause,
            actor=actor,
            note=reason,
            linked_account_id=beside.account_id,
            linked_entry_no=beside.next_no,
        )
        for own, beside, amount in ((one, other, of_one), (other, one, of_other))
    ]
