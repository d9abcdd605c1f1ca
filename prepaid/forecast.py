"""When the credit of an account ends: a walk ahead, hour by hour, through its usual use and what that costs.

The credit ends where the live balance reaches minus the emergency credit. A forecast needs no exact arithmetic: money
comes and goes as Decimal, and is a float in between.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import inf

from prepaid.calendar import LocalHours
from prepaid.clock import to_milliseconds
from prepaid.price_steps import PriceStep
from prepaid.units import MAX_AMOUNT, add, to_amount
from prepaid.usual import WEEK_H, Usual

MOST_DAYS = 400.0
BOUND = timedelta(days=MOST_DAYS)
"""Further nobody looks: `days_left` is 400 then, and no end is named."""
DAY = timedelta(days=1)
TOO_OLD = timedelta(days=2)
NEARLY = 1 - 1e-9
"""Sums of floats miss a target by a hair; the next hour in which something is used may be days away."""
_MILLISECOND = timedelta(milliseconds=1)
_CENTS = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What was foreseen for an account at `made_at`, and the balance and emergency credit it was made from.

    `days_left` is 0 where the credit was over already and 400 where it lasts longer; then no end is named. If all days
    were as dear as one in ten is, the credit would end at `ends_early_at`; if all were as cheap as one in ten is, at
    `ends_late_at` (None: beyond 400 days). `daily_amount` is the mean cost of a day at the prices of `made_at`.
    """

    made_at: datetime
    days_left: float
    ends_at: datetime | None
    ends_early_at: datetime | None
    ends_late_at: datetime | None
    generator_share: float
    daily_amount: Decimal
    live_balance: Decimal
    emergency_credit: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """A forecast as it is shown now, moved by what the balance did since it was made. Its fields mean the same."""

    made_at: datetime
    days_left: float
    ends_at: datetime | None
    ends_early_at: datetime | None
    ends_late_at: datetime | None
    generator_share: float
    daily_amount: Decimal


def forecast(
    usual: Usual,
    live_balance: Decimal,
    emergency_credit: Decimal,
    steps: Sequence[PriceStep],
    ahead: LocalHours,
    now: datetime,
) -> Forecast:
    """`steps` begin at `now` or before, `ahead` begins with the hour of `now` and may be shared by many accounts."""
    left = float(add(live_balance, emergency_credit))
    ends: list[datetime | None] = [None, None, None]
    if left > 0:
        spread = usual.spread
        amount = left * NEARLY
        targets = [amount / spread.high, amount, amount / spread.low if spread.low > 0 else inf]
        ends = [at and max(at, now + _MILLISECOND) for at in _reached(targets, usual, steps, ahead, now)]
    early_at, at, late_at = ends
    return Forecast(
        made_at=now,
        days_left=0.0 if left <= 0 else MOST_DAYS if at is None else (at - now) / DAY,
        ends_at=at,
        ends_early_at=at and early_at,
        ends_late_at=at and late_at,
        generator_share=usual.generator_share,
        daily_amount=_amount(usual.daily_wh * steps[0].per_wh(usual.generator_share)),
        live_balance=live_balance,
        emergency_credit=emergency_credit,
    )


def present(stored: Forecast | None, live_balance: Decimal, now: datetime) -> Outlook | None:
    """What to show between two forecasts: the end moved as `days_left` says, and the band in its proportions."""
    days = days_left(stored, live_balance, now)
    if stored is None or days is None:
        return None
    ends_at = to_milliseconds(now + DAY * days) if 0 < days < MOST_DAYS else None
    return Outlook(
        made_at=stored.made_at,
        days_left=days,
        ends_at=ends_at,
        ends_early_at=_in_proportion(stored, stored.ends_early_at, ends_at, now),
        ends_late_at=_in_proportion(stored, stored.ends_late_at, ends_at, now),
        generator_share=stored.generator_share,
        daily_amount=stored.daily_amount,
    )


def days_left(stored: Forecast | None, live_balance: Decimal, now: datetime) -> float | None:
    """How long the credit lasts from now on, between two forecasts; None where nothing is known, or not since two days.

    1. Until the end foreseen, the credit is expected to fall in a straight line.
    2. If less is left than expected, the time to the end shrinks in proportion; if more is left (a recharge), the end
       moves by the difference at the mean cost of a day.
    3. Where no end was foreseen (the credit was over, or lasts beyond 400 days), what is left lasts at that mean cost.
    """
    if stored is None or now - stored.made_at > TOO_OLD:
        return None
    left = float(live_balance) + float(stored.emergency_credit)
    if left <= 0:
        return 0.0
    was_left, daily = float(stored.live_balance) + float(stored.emergency_credit), float(stored.daily_amount)
    if stored.ends_at is None or stored.days_left <= 0:
        lasts = stored.days_left > 0 and left >= was_left
        return MOST_DAYS if lasts or daily * MOST_DAYS < left else left / daily
    to_go = max(0.0, (stored.ends_at - now) / DAY)
    expected = was_left * to_go / stored.days_left
    if left < expected:
        return to_go * left / expected
    rate, more = daily or was_left / stored.days_left, left - expected
    return MOST_DAYS if rate * MOST_DAYS < more else min(MOST_DAYS, to_go + more / rate)


def _in_proportion(
    stored: Forecast, band_at: datetime | None, ends_at: datetime | None, now: datetime
) -> datetime | None:
    """An end of the band, as far from the moved end as it was from the end foreseen."""
    if band_at is None or ends_at is None or stored.ends_at is None or stored.ends_at <= stored.made_at:
        return None
    share = (band_at - stored.made_at) / (stored.ends_at - stored.made_at)
    return to_milliseconds(max(now, stored.made_at + (ends_at - stored.made_at) * share))


def _reached(
    targets: Sequence[float], usual: Usual, steps: Sequence[PriceStep], ahead: LocalHours, now: datetime
) -> list[datetime | None]:
    """When so much has been spent, for each of the amounts (the smallest first). None: not within the bound."""
    walk = _Walk(targets, usual.wh, ahead, now)
    ends = [*(step.from_at for step in steps[1:]), now + BOUND]
    for step, until_at in zip(steps, ends, strict=True):
        walk.go(until_at, step.per_wh(usual.generator_share))
    return [*walk.found, *[None] * (len(targets) - len(walk.found))]


class _Walk:
    """Somebody who spends on the way: whole weeks at once while they reach no target, else hour by hour."""

    def __init__(self, targets: Sequence[float], wh: Sequence[float], ahead: LocalHours, now: datetime) -> None:
        self.found: list[datetime] = []
        self._targets = targets
        self._wh = wh
        self._ahead = ahead
        self._at = now
        self._number = 0
        self._spent = 0.0

    def go(self, until_at: datetime, price_per_wh: float) -> None:
        """Walks to the instant at one price, or to the last target."""
        week_from = self._number
        while self._at < until_at and len(self.found) < len(self._targets):
            self._ahead.grow(self._number + 1)
            if self._number >= week_from and self._at == self._ahead.begins[self._number]:
                if self._week(until_at, price_per_wh):
                    continue
                week_from = self._number + WEEK_H
            self._hour(until_at, price_per_wh)

    def _week(self, until_at: datetime, price_per_wh: float) -> bool:
        """Takes the next 168 hours at once, whichever they are where clocks change, unless a target is in them."""
        behind = self._number + WEEK_H
        self._ahead.grow(behind)
        if self._ahead.begins[behind] > until_at:
            return False
        wh = sum(map(self._wh.__getitem__, self._ahead.slots[self._number : behind]))
        if self._spent + wh * price_per_wh >= self._targets[len(self.found)]:
            return False
        self._spent += wh * price_per_wh
        self._number, self._at = behind, self._ahead.begins[behind]
        return True

    def _hour(self, until_at: datetime, price_per_wh: float) -> None:
        """Takes what is left of the hour, or of the time at this price."""
        number, begin_at = self._number, self._at
        hour_at, next_at = self._ahead.begins[number], self._ahead.begins[number + 1]
        end_at = min(next_at, until_at)
        cost = self._wh[self._ahead.slots[number]] * price_per_wh
        if begin_at != hour_at or end_at != next_at:
            cost *= (end_at - begin_at) / (next_at - hour_at)
        while len(self.found) < len(self._targets) and self._spent + cost >= self._targets[len(self.found)]:
            share = (self._targets[len(self.found)] - self._spent) / cost
            self.found.append(to_milliseconds(begin_at + (end_at - begin_at) * share))
        self._spent += cost
        self._at = end_at
        if end_at == next_at:
            self._number = number + 1


def _amount(amount: float) -> Decimal:
    return to_amount(min(MAX_AMOUNT, Decimal(amount).quantize(_CENTS)))
