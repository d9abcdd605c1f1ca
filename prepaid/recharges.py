"""What a recharge would bring, before it is sold: the new balance, how long it lasts, whether the supply comes back."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

from prepaid.effects import Effects, effects
from prepaid.errors.numbers import AmountInvalid
from prepaid.forecast import Forecast, Outlook, present
from prepaid.language import _
from prepaid.standing import Point
from prepaid.tenancy import Policy
from prepaid.units import ZERO, add, negative, to_amount, to_text

WEEK_DAYS, MONTH_DAYS = 7, 30
LEADING_DIGITS = 2
"""A proposed amount has so many digits that are not zero: people pay 87 000, not 86 415.30."""


class PaidBy(StrEnum):
    """How a recharge was paid at the counter; programs of the API may send other words."""

    CASH = "cash"
    CARD = "card"
    TRANSFER = "transfer"
    CHEQUE = "cheque"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who is about to recharge, as the account stands at `at`. `foreseen` None: too little is known of the use.
    `provisional`: what meters on hold have probably used counts against the supply, and is not in the balance."""

    at: datetime
    live: Decimal
    policy: Policy
    points: tuple[Point, ...]
    foreseen: Forecast | None
    provisional: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a recharge brings. `repaid` is how much of it pays a debt; `before` and `after` say when the credit ends
    without it and with it (None: nobody can say), as every page will say it once it is booked."""

    amount: Decimal
    balance_before: Decimal
    balance_after: Decimal
    repaid: Decimal
    before: Outlook | None
    after: Outlook | None
    effects: Effects


def preview(customer: Customer, amount: Decimal) -> Preview:
    """What would be if so much were booked now. Raises AmountInvalid."""
    wanted = to_amount(amount)
    if wanted <= ZERO:
        raise AmountInvalid(value=to_text(wanted), why=_("a recharge is more than zero"))
    balance_after = to_amount(add(customer.live, wanted))
    return Preview(
        amount=wanted,
        balance_before=customer.live,
        balance_after=balance_after,
        repaid=min(wanted, max(ZERO, negative(customer.live))),
        before=present(customer.foreseen, customer.live, customer.at),
        after=present(customer.foreseen, balance_after, customer.at),
        effects=effects(customer.points, add(balance_after, negative(customer.provisional)), customer.policy),
    )


def proposed(daily_amount: Decimal, days: int, decimals: int, most: Decimal | None = None) -> Decimal | None:
    """What so many usual days cost, rounded up to an amount that people pay; None where nothing is used.

    `decimals` are those of the currency, `most` is what the seller may sell at once.
    """
    exact = daily_amount * days
    if exact <= ZERO:
        return None
    step = max(Decimal(1).scaleb(exact.adjusted() - LEADING_DIGITS + 1), Decimal(1).scaleb(-decimals))
    found = (exact / step).to_integral_value(ROUND_CEILING) * step
    return found if most is None else min(found, most)
