"""How near the forecast comes on the demo site's 90 days, beside the flat mean of the 14 days before each."""

import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from prepaid.calendar import LocalHours, zone
from prepaid.forecast import Forecast, forecast
from prepaid.price_steps import PriceStep
from prepaid.units import ZERO
from prepaid.usual import HISTORY, Counted, Usual, usual
from sql.demo.hours import hourly_energy
from sql.demo.site import DEFAULT_ANALYZERS, demo_site

BEGIN = datetime(2026, 8, 25, tzinfo=UTC)
"""The 90 days lie across the change from summer to the transition on 15 September and to winter on 1 November."""
DAYS = 90
AHEAD_DAYS = (1, 3, 7)
EVERY_H = 19
"""Forecasts are made at all hours of the day and all days of the week."""
TIMED_ACCOUNTS = 800
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Past:
    """The hours of one tenant, all analyzers added up."""

    grid_wh: list[int]
    generator_wh: list[int]

    def between(self, first: int, behind: int) -> Counted:
        hours = slice(first, behind)
        return Counted(
            grid_wh=self.grid_wh[hours], generator_wh=self.generator_wh[hours], known=bytes([1]) * (behind - first)
        )

    def wh(self, first: int, behind: int) -> int:
        return sum(self.grid_wh[first:behind]) + sum(self.generator_wh[first:behind])


@dataclass(slots=True)
class Errors:
    """Relative errors, and whether the truth lay inside the band."""

    use: list[float]
    flat: list[float]
    end: list[float]
    inside: list[bool]

    def lines(self, days: int) -> Iterator[str]:
        yield f"{days} days ahead: use {_figures(self.use)}; by the flat mean {_figures(self.flat)}"
        inside = sum(self.inside) / len(self.inside)
        yield f"  end of a credit that lasts so long: {_figures(self.end)} of it; {inside:.0%} inside the band"


def measure(seed: int) -> Iterator[str]:
    """Lines of figures."""
    site = demo_site(DEFAULT_ANALYZERS, seed)
    steps = [PriceStep(BEGIN, site.grid_price, site.generator_price)]
    local = zone(site.time_zone)
    hours = LocalHours(BEGIN, local)
    hours.reach(BEGIN + timedelta(days=DAYS))
    pasts = _pasts(seed, hours)
    history_h, furthest_h = HISTORY // HOUR, max(AHEAD_DAYS) * 24
    found = {days: Errors([], [], [], []) for days in AHEAD_DAYS}
    for first in range(0, len(hours) - history_h - furthest_h, EVERY_H):
        now_h = first + history_h
        past, ahead = _part(hours, first, history_h, local), _part(hours, now_h, 0, local)
        ahead.grow(furthest_h)
        for each in pasts:
            known = usual(past, [each.between(first, now_h)], steps[0])
            assert known is not None, "two weeks are known"
            for days, errors in found.items():
                _compare(errors, known, each, now_h, days, steps, ahead)
    yield f"{len(pasts)} tenants, {DAYS} days, {len(found[1].use)} forecasts from the 14 days before each"
    for days, errors in found.items():
        yield from errors.lines(days)
    yield _speed(pasts, _part(hours, 0, history_h, local), _part(hours, history_h, 0, local), steps)


def _compare(
    errors: Errors, known: Usual, past: Past, now_h: int, days: int, steps: Sequence[PriceStep], ahead: LocalHours
) -> None:
    """A credit that in truth lasts exactly so many days is to be foreseen as such."""
    behind = now_h + days * 24
    used_wh = past.wh(now_h, behind)
    if not used_wh:
        return
    foreseen_wh = sum(map(known.wh.__getitem__, ahead.slots[: days * 24]))
    errors.use.append(abs(foreseen_wh - used_wh) / used_wh)
    errors.flat.append(abs(known.daily_wh * days - used_wh) / used_wh)
    generator_wh = sum(past.generator_wh[now_h:behind])
    step = steps[0]
    spent = (step.grid_per_kwh * (used_wh - generator_wh) + step.generator_per_kwh * generator_wh) / 1000
    made = forecast(known, spent, ZERO, steps, ahead, ahead.begins[0])
    errors.end.append(abs(made.days_left - days) / days)
    ends_at = ahead.begins[0] + timedelta(days=days)
    errors.inside.append(_inside(made, ends_at))


def _inside(made: Forecast, ends_at: datetime) -> bool:
    assert made.ends_early_at is not None, "a few days are within the bound"
    return made.ends_early_at <= ends_at and (made.ends_late_at is None or ends_at <= made.ends_late_at)


def _speed(pasts: Sequence[Past], past: LocalHours, ahead: LocalHours, steps: Sequence[PriceStep]) -> str:
    began_s = time.process_time()
    for number in range(TIMED_ACCOUNTS):
        known = usual(past, [pasts[number % len(pasts)].between(0, len(past))], steps[0])
        assert known is not None, "two weeks are known"
        credit = Decimal(round(known.daily_wh * 0.17 * (1 + number % 30)))
        forecast(known, credit, ZERO, steps, ahead, ahead.begins[0])
    return f"{TIMED_ACCOUNTS} accounts with 1 to 30 days of credit: {time.process_time() - began_s:.2f} s of processor"


def _pasts(seed: int, hours: LocalHours) -> list[Past]:
    site = demo_site(DEFAULT_ANALYZERS, seed)
    of = {device.serial_number: device.tenant for device in site.devices if device.tenant is not None}
    found = {tenant.name: Past([0] * len(hours), [0] * len(hours)) for tenant in site.tenants}
    for each in hourly_energy(site, hours.begins[0], hours.begins[-1]):
        tenant = of.get(each.serial_number)
        if tenant is not None:
            number = (each.hour_at - hours.begins[0]) // HOUR
            found[tenant].grid_wh[number] += each.grid_wh
            found[tenant].generator_wh[number] += each.generator_wh
    return list(found.values())


def _part(hours: LocalHours, first: int, count: int, local: ZoneInfo) -> LocalHours:
    """So many hours from one of them on."""
    part = LocalHours(hours.begins[first], local)
    part.grow(count)
    return part


def _figures(errors: Sequence[float]) -> str:
    ninth = statistics.quantiles(errors, n=10)[-1]
    return f"median {statistics.median(errors):.1%}, 90th percentile {ninth:.1%}"
