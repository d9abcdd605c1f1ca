"""What a recharge would bring, before it is sold: the new balance, how long it lasts, whether the supply comes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal

from prepaid.calendar import LocalHours
from prepaid.effects import Effects, effects
from prepaid.errors import AmountInvalid
from prepaid.forecast import Forecast, forecast
from prepaid.language import _
from prepaid.price_steps import PriceStep
from prepaid.standing import Point
from prepaid.tenancy import Policy
from prepaid.units import ZERO, add, negative, to_amount, to_text
from prepaid.usual import Usual

WEEK_DAYS, MONTH_DAYS = 7, 30
LEADING_DIGITS = 2
"""A proposed amount has so many digits that are not zero: people pay 87 000, not 86 415.30."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who is about to recharge, as the account stands at `at`. `usual` None: too little is known to foresee an end."""

    at: datetime
    live: Decimal
    policy: Policy
    points: tuple[Point, ...]
    usual: Usual | None
    steps: Sequence[PriceStep]
    ahead: LocalHours


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a recharge brings. `repaid` is how much of it pays a debt; `before` and `after` foresee the end of the
    credit without it and with it (None: nobody can say)."""

    amount: Decimal
    balance_before: Decimal
    balance_after: Decimal
    repaid: Decimal
    before: Forecast | None
    after: Forecast | None
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
        before=foreseen(customer, customer.live),
        after=foreseen(customer, balance_after),
        effects=effects(customer.points, balance_after, customer.policy),
    )


def foreseen(customer: Customer, live: Decimal) -> Forecast | None:
    """When the credit ends, starting from that balance."""
    if customer.usual is None or not customer.steps:
        return None
    return forecast(customer.usual, live, customer.policy.emergency_credit, customer.steps, customer.ahead, customer.at)


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
