"""The live balance: what the ledger says, less what was consumed since the last charge."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from prepaid.records import Source
from prepaid.units import MAX_CHARGE_WH, ZERO, add, cost, negative


@dataclass(frozen=True, slots=True)
class Unbilled:
    """Consumption of one analyzer and source that is not charged yet, with the price it will be charged at."""

    source: Source
    wh: int
    price_per_kwh: Decimal


def unbilled_amount(open_ground: Iterable[Unbilled]) -> Decimal:
    """The price of consumption not yet charged, exactly."""
    return add(*(_price(part) for part in open_ground))


def live_balance(balance: Decimal, open_ground: Iterable[Unbilled]) -> Decimal:
    """Balance minus unbilled. Both must come from one statement, or a charge in between counts twice."""
    return add(balance, negative(unbilled_amount(open_ground)))


def share_left(live: Decimal, last_recharge: Decimal | None) -> Decimal | None:
    """What is left of the last recharge, as a share; None before the first recharge."""
    if last_recharge is None or last_recharge <= ZERO:
        return None
    return live / last_recharge


def _price(part: Unbilled) -> Decimal:
    """After a long silence more may be open than one charge can have."""
    charges, rest_wh = divmod(part.wh, MAX_CHARGE_WH)
    return add(*[cost(MAX_CHARGE_WH, part.price_per_kwh)] * charges, cost(rest_wh, part.price_per_kwh))
