"""How a demo tenant's credit ran: recharges planned backwards from where the balance is to stand today."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from typing import NamedTuple

from prepaid.alerts import Depth, Level, Thresholds, deeper, level
from prepaid.units import ZERO, add, negative
from sql.demo.history import History

STEP = Decimal(5000)
"""People recharge whole notes."""
CENT = Decimal("0.01")
OPENS, CLOSES = 9, 21
"""Recharges are sold in these local hours."""


class Standing(StrEnum):
    """Where a tenant's credit stands on the day the demo is loaded."""

    COMFORTABLE = "comfortable"
    LOW = "low"
    CRITICAL = "critical"
    NEARLY_OUT = "nearly_out"
    CUT = "cut"


_FIRST = "fflfnffcfflffnffkflfcfnf"
_LATER = "ffffflfffffffffkffffffff" * 2 + "ffffflffffnffffkfffffcff"
_LETTERS = {
    "f": Standing.COMFORTABLE,
    "l": Standing.LOW,
    "k": Standing.CRITICAL,
    "n": Standing.NEARLY_OUT,
    "c": Standing.CUT,
}


def standing(number: int) -> Standing:
    """The standing of the tenant with this number, from 0: every kind among the first 24, fewer of them beyond."""
    letter = _FIRST[number] if number < len(_FIRST) else _LATER[(number - len(_FIRST)) % len(_LATER)]
    return _LETTERS[letter]


class TopUp(NamedTuple):
    """A recharge of the past: in which hour of the history, when, how much."""

    hour: int
    at: datetime
    amount: Decimal


class Fall(NamedTuple):
    """The account fell to a deeper level in this hour of the history."""

    hour: int
    level: Level
    live: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """One account's past: `live` is the live balance at the end of each hour, `daily` the mean cost of a day."""

    opening: Decimal
    top_ups: tuple[TopUp, ...]
    live: tuple[Decimal, ...]
    daily: Decimal

    @property
    def last_recharge(self) -> Decimal:
        """What the newest recharge brought; the opening balance counts as one."""
        return self.top_ups[-1].amount if self.top_ups else self.opening


def plan_credit(
    costs: Sequence[Decimal],
    history: History,
    wanted: Standing,
    chance: random.Random,
    sold: Callable[[datetime], bool],
    overdraft: Decimal,
) -> Credit:
    """Walks from today back to the beginning: the balance rises by each hour's cost, and where it has become as high
    as after a recharge (in an hour in which recharges are `sold`), there was one. What remains is the opening balance.

    `overdraft` is what a tenant who was cut owes: the consumption between the end of the credit and the cut.
    """
    daily = add(*costs) * 24 / len(costs)
    end, amount = _aim(wanted, daily, costs[-2], chance)
    balance = negative(overdraft) if wanted is Standing.CUT else end
    live, top_ups = [balance], []
    low = _low(daily, chance)
    for hour in range(len(costs) - 1, -1, -1):
        balance = add(balance, costs[hour])
        if balance >= add(amount, low) and hour < history.last and sold(history.hours[hour]):
            at = history.hours[hour] + timedelta(seconds=chance.randrange(60, 3540))
            top_ups.append(TopUp(hour, at, amount))
            balance = add(balance, negative(amount))
            amount, low = _notes(daily * chance.randint(5, 14)), _low(daily, chance)
        live.append(balance)
    return Credit(
        opening=balance, top_ups=tuple(reversed(top_ups)), live=tuple(reversed(live))[1:], daily=max(daily, CENT)
    )


def falls(credit: Credit, thresholds: Thresholds) -> list[Fall]:
    """The levels that the account fell to since its last recharge, in order; each of them once."""
    found: list[Fall] = []
    before = Level.FINE
    first = credit.top_ups[-1].hour if credit.top_ups else 0
    for hour in range(first, len(credit.live)):
        live = credit.live[hour]
        depth = Depth(
            live_balance=live,
            emergency_credit=ZERO,
            days_left=float(live / credit.daily),
            last_recharge=credit.last_recharge,
        )
        now = deeper(before, level(depth, thresholds))
        if now is not before:
            found.append(Fall(hour, now, live))
            before = now
    return found


def _aim(wanted: Standing, daily: Decimal, hourly: Decimal, chance: random.Random) -> tuple[Decimal, Decimal]:
    """The live balance of today, and the last recharge before it."""
    amount = _notes(daily * chance.randint(7, 14))
    days = {
        Standing.COMFORTABLE: chance.uniform(4.5, 13),
        Standing.LOW: chance.uniform(1.4, 2.4),
        Standing.CRITICAL: chance.uniform(0.3, 0.8),
    }.get(wanted)
    if days is None:
        hours = Decimal(str(round(0.1 * 30 ** chance.random(), 3)))  # 6 minutes to 3 hours
        return max(CENT, ((hourly or daily / 24) * hours).quantize(CENT)), amount
    end = (daily * Decimal(str(round(days, 3)))).quantize(CENT)
    return max(end, CENT), max(amount, _notes(end * Decimal("1.05")))


def _low(daily: Decimal, chance: random.Random) -> Decimal:
    """What is left when somebody recharges."""
    return (daily * Decimal(str(round(chance.uniform(0.2, 2.5), 3)))).quantize(CENT)


def _notes(amount: Decimal) -> Decimal:
    """The amount in whole notes, at least one."""
    return max(STEP, (amount / STEP).to_integral_value(ROUND_CEILING) * STEP)
