"""What a site consists of, as the enforcer holds it in memory: analyzers, accounts, plans with their prices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from prepaid.charging import Boundary
from prepaid.no_cut import NO_WINDOWS, NoCutHours
from prepaid.records import AccountKind, ChargeCause, Feed, Purpose, Source, Stage
from prepaid.settings import SiteSettings
from prepaid.switching import Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyzer:
    """One analyzer as configured. `serial_number` None: not commissioned, whatever answers is adopted for reading.

    `passed_serials` are serial numbers with a passed commissioning record; `account_id` is the account it belongs to
    now, `pending` an assignment that begins with the first reading accepted at or after its instant.
    """

    analyzer_id: int
    name: str
    purpose: Purpose
    host: str
    port: int
    unit_id: int
    serial_number: str | None
    rated_power_w: int
    generator_tariff: int
    contact: Contact
    ct_secondary_a: int
    priority: int
    exempt: bool
    passed_serials: frozenset[str]
    account_id: int
    pending: "Pending | None" = None
    feed: Feed = Feed.MODBUS


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """An assignment that has been entered and has not begun."""

    assignment_id: int
    account_id: int
    asked_from_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account as configured; its balance is never held here. `emergency_credit` is 0 before the first recharge."""

    account_id: int
    number: str
    kind: AccountKind
    stage: Stage
    currency: str
    tenant_name: str
    emergency_credit: Decimal
    restore_threshold: Decimal
    exempt: bool
    plans: Sequence[tuple[datetime, int]]

    def plan_at(self, instant: datetime) -> int:
        """The plan in force at the instant (the first one also before it began)."""
        chosen = self.plans[0][1]
        for from_at, plan_id in self.plans:
            if from_at <= instant:
                chosen = plan_id
        return chosen


@dataclass(frozen=True, slots=True)
class PriceFrom:
    """A price per kWh, from an instant on."""

    from_at: datetime
    price_per_kwh: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One site with everything in it, read together; replaced as a whole when something changed."""

    site_id: int
    name: str
    zone: ZoneInfo
    zone_name: str
    currency: str
    language: str
    settings: SiteSettings
    analyzers: Mapping[int, Analyzer]
    accounts: Mapping[int, Account]
    prices: Mapping[tuple[int, Source], Sequence[PriceFrom]]
    version: int = field(default=0)
    no_cut: NoCutHours = field(default=NO_WINDOWS)

    def price(self, account_id: int, source: Source, instant: datetime) -> tuple[int, Decimal]:
        """Plan and price per kWh that hold for the account at the instant. Consumption before any price is free."""
        plan_id = self.accounts[account_id].plan_at(instant)
        price = Decimal(0)
        for each in self.prices.get((plan_id, source), ()):
            if each.from_at <= instant:
                price = each.price_per_kwh
        return plan_id, price

    def price_boundaries(self, account_id: int, source: Source, after: datetime, until: datetime) -> list[Boundary]:
        """Where a charge of the account must end in (after, until] because plan or price change there."""
        account = self.accounts[account_id]
        found = [Boundary(at, ChargeCause.PLAN) for at, _ in account.plans if after < at <= until]
        for plan_id in {plan_id for _, plan_id in account.plans}:
            for each in self.prices.get((plan_id, source), ()):
                if after < each.from_at <= until and account.plan_at(each.from_at) == plan_id:
                    found.append(Boundary(each.from_at, ChargeCause.PRICE))
        return found
