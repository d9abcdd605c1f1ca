"""The plans of the demo site: prices for both sources, with one change inside its history."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from prepaid.records import SOURCES, Source
from prepaid.site import PriceFrom
from prepaid.units import ZERO
from sql.demo.history import History
from sql.demo.loads import zone
from sql.demo.profiles import Profile
from sql.demo.site import DemoSite, DemoTenant

COMMERCIAL = "Commercial"
RESIDENTIAL = "Residential"
HOUSE = "House, not sold"
HOME_SHARE = Decimal("0.8")
"""Homes pay this part of what shops pay."""
BEFORE = (14, 15)
"""Before the change everything cost 14/15 of what it costs now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPlan:
    """A plan with its prices per source, oldest first."""

    name: str
    prices: Mapping[Source, tuple[PriceFrom, ...]]

    def price(self, source: Source, at: datetime) -> Decimal:
        """The price per kWh that holds at the instant."""
        return next(each.price_per_kwh for each in reversed(self.prices[source]) if each.from_at <= at)


def plans_of(site: DemoSite, history: History) -> dict[str, DemoPlan]:
    """The plans by name. Prices begin with the history and change at a midnight after two thirds of it."""
    begin_at = history.hours[0]
    change_at = _change_at(site, history)
    now = {Source.GRID: site.grid_price, Source.GENERATOR: site.generator_price}
    plans = {}
    for name, share in ((COMMERCIAL, Decimal(1)), (RESIDENTIAL, HOME_SHARE)):
        prices = {}
        for source in SOURCES:
            price = now[source] * share
            prices[source] = (PriceFrom(begin_at, price * BEFORE[0] / BEFORE[1]), PriceFrom(change_at, price))
        plans[name] = DemoPlan(name=name, prices=prices)
    free = {source: (PriceFrom(begin_at, ZERO),) for source in SOURCES}
    return {**plans, HOUSE: DemoPlan(name=HOUSE, prices=free)}


def plan_of(tenant: DemoTenant) -> str:
    """The name of the plan a tenant is on."""
    return RESIDENTIAL if tenant.profile is Profile.HOUSEHOLDS else COMMERCIAL


def _change_at(site: DemoSite, history: History) -> datetime:
    local = zone(site.time_zone)
    midnights = [hour_at for hour_at in history.hours[1:] if hour_at.astimezone(local).hour == 0]
    return midnights[len(midnights) * 2 // 3]
