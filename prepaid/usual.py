"""What an account usually consumes in each hour of its week, from the hours of the last 14 days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import compress
from typing import NamedTuple

from prepaid.calendar import LocalHours
from prepaid.price_steps import PriceStep

HISTORY = timedelta(days=14)
LEAST_HISTORY_H = 24
WEEK_H = 168
RECENT_H = 168
"""The share of the sources is that of the last 7 days."""
FEWEST_DAYS = 3
LEAST_OF_A_DAY_H = 12
TENTH = 0.1


class Spread(NamedTuple):
    """One day in ten costs less than `low` times what it usually would, one in ten more than `high` times."""

    low: float
    high: float


ASSUMED = Spread(0.75, 1.25)
"""Until three days can be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What one analyzer counted in each of the past hours. Where `known` is 0 nobody can say: the analyzer was not the
    account's yet, its hour is not charged yet, or its supply was cut. A known hour without use is zero."""

    grid_wh: Sequence[int]
    generator_wh: Sequence[int]
    known: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """The use of an account: Wh by hour of the local week (0 is Monday at midnight), and how it varies."""

    wh: tuple[float, ...]
    generator_share: float
    spread: Spread

    @property
    def daily_wh(self) -> float:
        """The mean of a day."""
        return sum(self.wh) * 24 / WEEK_H


def usual(past: LocalHours, analyzers: Sequence[Counted], price: PriceStep) -> Usual | None:
    """What the analyzers of one account use together; None if not one of them is known for 24 hours.

    1. An hour of the week is the mean of that hour in the known weeks, for each analyzer by itself.
    2. Where it is not known, it is the mean of that hour of the day, or else the mean of all known hours.
    3. The generator's share is that of the energy of the last 7 days (of all 14, if nothing was used in these).
    4. The spread compares what each day would have cost at today's `price` with what the *other* days say of its hours:
       a day must not explain itself. An outage makes a day dearer, so money is compared and not energy.
    """
    known = [_Means(past, each) for each in analyzers if any(each.known)]
    if max((len(each.hours) for each in known), default=0) < LEAST_HISTORY_H:
        return None
    share = _generator_share(analyzers)
    return Usual(
        wh=tuple(map(sum, zip(*(each.week() for each in known), strict=True))),
        generator_share=share,
        spread=_spread(sorted(_ratios(known, share, price))),
    )


class _Means:
    """Sums of one analyzer by hour of the week, of the day, and over all."""

    def __init__(self, past: LocalHours, counted: Counted) -> None:
        every = zip(past.slots, past.days, counted.grid_wh, counted.generator_wh, strict=True)
        self.hours = list(compress(every, counted.known))
        self._sums, self._counts = [0] * WEEK_H, [0] * WEEK_H
        for slot, _, grid_wh, generator_wh in self.hours:
            self._sums[slot] += grid_wh + generator_wh
            self._counts[slot] += 1
        self._day_sums = [sum(self._sums[hour::24]) for hour in range(24)]
        self._day_counts = [sum(self._counts[hour::24]) for hour in range(24)]

    def week(self) -> list[float]:
        """The mean of every hour of the week."""
        overall = sum(self._sums) / len(self.hours)
        days = [
            total / count if count else overall for total, count in zip(self._day_sums, self._day_counts, strict=True)
        ]
        return [
            total / count if count else days[slot % 24]
            for slot, (total, count) in enumerate(zip(self._sums, self._counts, strict=True))
        ]

    def without(self, slot: int, wh: int) -> float | None:
        """The mean of an hour of the week, else of the day, without one hour that used so much; None without others."""
        others = self._counts[slot] - 1
        if others:
            return (self._sums[slot] - wh) / others
        others = self._day_counts[slot % 24] - 1
        return (self._day_sums[slot % 24] - wh) / others if others else None


def _ratios(known: Sequence[_Means], generator_share: float, price: PriceStep) -> list[float]:
    """What each day cost, as a share of what the other days let expect."""
    per_wh, grid, generator = price.per_wh(generator_share), price.per_wh(0), price.per_wh(1)
    if not per_wh:
        per_wh = grid = generator = 1.0
    cost: dict[int, float] = {}
    expected: dict[int, float] = {}
    compared: dict[int, int] = {}
    for means in known:
        for slot, day, grid_wh, generator_wh in means.hours:
            mean_wh = means.without(slot, grid_wh + generator_wh)
            if mean_wh is not None:
                cost[day] = cost.get(day, 0.0) + grid_wh * grid + generator_wh * generator
                expected[day] = expected.get(day, 0.0) + mean_wh * per_wh
                compared[day] = compared.get(day, 0) + 1
    return [
        cost[day] / expected[day] for day, hours in compared.items() if hours >= LEAST_OF_A_DAY_H and expected[day] > 0
    ]


def _generator_share(analyzers: Sequence[Counted]) -> float:
    for first in (-RECENT_H, None):
        grid = sum(sum(compress(each.grid_wh[first:], each.known[first:])) for each in analyzers)
        generator = sum(sum(compress(each.generator_wh[first:], each.known[first:])) for each in analyzers)
        if grid + generator:
            return generator / (grid + generator)
    return 0.0


def _spread(ratios: Sequence[float]) -> Spread:
    """The mean lies always inside."""
    if len(ratios) < FEWEST_DAYS:
        return ASSUMED
    return Spread(min(1.0, _quantile(ratios, TENTH)), max(1.0, _quantile(ratios, 1 - TENTH)))


def _quantile(ordered: Sequence[float], share: float) -> float:
    """On the straight line between the two nearest of them."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
