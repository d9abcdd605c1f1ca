"""What a person books by hand: a reason is always given, and an entry is corrected once, at most for its amount."""

from dataclasses import dataclass
from decimal import Decimal

from prepaid.errors.ledger import (
    BookingReasonMissing,
    ChargeMoved,
    CorrectedAlready,
    CorrectionTooLarge,
    NotCorrectable,
    NotReversible,
)
from prepaid.errors.numbers import AmountInvalid
from prepaid.language import _
from prepaid.records import EntryKind
from prepaid.tenancy import optional
from prepaid.units import ZERO, negative, to_amount, to_text

LONGEST_REASON = 400
PAIRED = frozenset({EntryKind.TRANSFER, EntryKind.REFUND})
"""A transfer is sent back by another one; behind a refund the account is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedTo:
    """A late handover gave a charge back to its account: `by` is the entry of the other account that took it, `stays`
    how much of the charge lies before the true instant."""

    account: str
    by: int
    stays: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The entry that a correction or a reversal names. `corrected_by` is the entry that corrects it already. `took`:
    with a late handover it charged what another account had been charged."""

    entry_no: int
    kind: EntryKind
    amount: Decimal
    corrected_by: int | None = None
    moved: MovedTo | None = None
    took: bool = False

    @property
    def most(self) -> Decimal:
        """How much of it can be undone."""
        return abs(self.amount) if self.moved is None else self.moved.stays


def reason_given(reason: str) -> str:
    """The reason, trimmed. Raises BookingReasonMissing, TextInvalid."""
    found = optional(_("Reason"), reason, LONGEST_REASON)
    if found is None:
        raise BookingReasonMissing
    return found


def positive_amount(amount: Decimal) -> Decimal:
    """An amount above zero; which way it goes is said by the kind of booking. Raises AmountInvalid."""
    found = to_amount(amount)
    if found <= ZERO:
        raise AmountInvalid(value=to_text(found), why=_("it is more than zero"))
    return found


def correction_of(named: Named, amount: Decimal) -> Decimal:
    """The amount of the correcting entry: so much of what the entry did is undone.

    What a late handover moved is undone where it is charged now. Raises NotCorrectable, ChargeMoved, CorrectedAlready,
    CorrectionTooLarge, AmountInvalid.
    """
    if named.moved is not None and named.moved.stays == ZERO:
        raise ChargeMoved(entry_no=named.entry_no, account=named.moved.account, by=named.moved.by)
    wanted = positive_amount(amount)
    if named.kind in PAIRED and not named.took:
        raise NotCorrectable(entry_no=named.entry_no, why=_("money went out of the account with it"))
    if named.corrected_by is not None:
        raise CorrectedAlready(entry_no=named.entry_no, by=named.corrected_by)
    if wanted > named.most:
        raise CorrectionTooLarge(entry_no=named.entry_no, most=to_text(named.most))
    return negative(wanted) if named.amount > ZERO else wanted


def reversal_of(named: Named) -> Decimal:
    """The amount of the entry that takes a recharge back, all of it. Raises NotReversible, CorrectedAlready."""
    if named.kind is not EntryKind.ALLOCATION:
        raise NotReversible(entry_no=named.entry_no)
    if named.corrected_by is not None:
        raise CorrectedAlready(entry_no=named.entry_no, by=named.corrected_by)
    return negative(named.amount)
