"""Estimates: consumption that no counter knows, posted by a person only, from a proposal that is kept with it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from prepaid.bookings import reason_given
from prepaid.errors import EnergyInvalid
from prepaid.records import EntryKind, Source
from prepaid.units import cost, negative, to_price, to_text
from sql.bookings import Booked, Order, book
from sql.connection import Database
from sql.ledger import Posting
from sql.sessions import SignedIn


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What an estimate comes from: so many Wh of one source in a period, at a price; `basis` says how it was found."""

    analyzer_id: int
    source: Source
    wh: int
    price_per_kwh: Decimal
    period_from: datetime
    period_to: datetime
    basis: str

    @property
    def amount(self) -> Decimal:
        return cost(self.wh, self.price_per_kwh)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A proposal that a person accepts for an account, and why."""

    account_id: int
    proposal: Proposal
    reason: str
    key: str


def post_estimate(database: Database, signed_in: SignedIn, wanted: Estimate) -> Booked:
    """Takes what the proposal costs, once per key. No counter moves, and no hour: an estimate is money only.

    Raises EnergyInvalid, PriceInvalid, BookingReasonMissing, TextInvalid and what `sql.bookings.book` raises.
    """
    proposal, reason = wanted.proposal, reason_given(wanted.reason)
    if proposal.wh <= 0:
        raise EnergyInvalid(value=proposal.wh, why="an estimate is of 1 Wh and more")
    price = to_price(proposal.price_per_kwh)
    posting = Posting(
        account_id=wanted.account_id,
        kind=EntryKind.ESTIMATE,
        amount=negative(cost(proposal.wh, price)),
        cause="estimate",
        actor=signed_in.actor,
        note=reason,
    )
    order = Order(
        key=wanted.key,
        action="estimate.booked",
        account_ids=(wanted.account_id,),
        asked={
            "account_id": wanted.account_id,
            "analyzer_id": proposal.analyzer_id,
            "source": str(proposal.source),
            "wh": proposal.wh,
            "price_per_kwh": to_text(price),
            "period_from": proposal.period_from.isoformat(),
            "period_to": proposal.period_to.isoformat(),
            "basis": proposal.basis,
            "reason": reason,
        },
        make=lambda _act, _accounts: [posting],
    )
    return book(database, signed_in, order)
