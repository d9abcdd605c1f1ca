"""Weeks of use made by hand, and forecasts from them."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from prepaid.calendar import LocalHours
from prepaid.forecast import Forecast, forecast
from prepaid.price_steps import PriceStep
from prepaid.units import ZERO
from prepaid.usual import Counted, Spread, Usual, usual

BAGHDAD = ZoneInfo("Asia/Baghdad")
NOW = datetime(2026, 11, 23, 14, 20, tzinfo=UTC)
"""A Monday, 17:20 in Baghdad."""
GRID, GENERATOR = Decimal("0.1500"), Decimal("0.4500")
PRICE = PriceStep(NOW, GRID, GENERATOR)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
STEADY = Spread(1.0, 1.0)


def past_hours(count: int, now: datetime = NOW, zone: ZoneInfo = BAGHDAD) -> LocalHours:
    """The last full hours before the instant."""
    past = LocalHours(now - count * HOUR, zone)
    past.grow(count)
    return past


def counted(wh: Sequence[int | None], generator_wh: Sequence[int] | None = None) -> Counted:
    """An analyzer that counted this; None where nobody knows."""
    return Counted(
        grid_wh=[each or 0 for each in wh],
        generator_wh=generator_wh or [0] * len(wh),
        known=[each is not None for each in wh],
    )


def steady(wh: float, generator_share: float = 0.0, spread: Spread = STEADY) -> Usual:
    """So much in every hour."""
    return Usual(wh=(wh,) * 168, generator_share=generator_share, spread=spread)


def known(past: LocalHours, *analyzers: Counted) -> Usual:
    """What these analyzers usually use; they are known for long enough."""
    found = usual(past, analyzers, PRICE)
    assert found is not None
    return found


def two_weeks(of: Callable[[int], int]) -> tuple[LocalHours, Counted]:
    """Two weeks in which each hour of the week (0 is Monday at midnight) used what the function says."""
    past = past_hours(336)
    return past, counted([of(slot) for slot in past.slots])


def foresee(
    use: Usual,
    live: Decimal | int | str,
    *,
    emergency: Decimal | int | str = ZERO,
    steps: Sequence[PriceStep] = (PRICE,),
    now: datetime = NOW,
    zone: ZoneInfo = BAGHDAD,
) -> Forecast:
    return forecast(use, Decimal(live), Decimal(emergency), steps, _hours_ahead(now, zone), now)


def any_wh(seed: int, hours: int, unknown: float = 0.0) -> list[int | None]:
    """Hours of use of any size, some of them unknown, many of them zero."""
    chance = random.Random(seed)
    most = chance.choice([1, 100, 50_000])
    return [None if chance.random() < unknown else chance.choice([0, chance.randint(0, most)]) for _ in range(hours)]


def any_use(seed: int) -> Usual:
    """A week of any use, with any share of the generator and any spread."""
    chance = random.Random(seed)
    return Usual(
        wh=tuple(float(each or 0) for each in any_wh(seed, 168)),
        generator_share=chance.choice([0.0, chance.random()]),
        spread=Spread(chance.choice([0.0, chance.random()]), 1 + chance.random() * chance.choice([0.1, 4])),
    )


@lru_cache(maxsize=64)
def _hours_ahead(now: datetime, zone: ZoneInfo) -> LocalHours:
    return LocalHours(now, zone)
