"""The statement of an account over its whole life: what was used at which price, what was paid, what is left."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from prepaid.records import EntryKind, Source
from prepaid.units import ZERO, add, negative


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedLine:
    """Consumption of one source at one price: a positive amount."""

    source: Source
    price_per_kwh: Decimal
    wh: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterLine:
    """One counter of one analyzer, from the first charged Wh of the account to the last one. What was forgone or
    belonged to others in between is not in `wh`."""

    analyzer: str
    source: Source
    from_at: datetime
    to_at: datetime
    from_wh: int
    to_wh: int
    wh: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyLine:
    """All entries of one kind that is no charge; the amount is signed as in the ledger."""

    kind: EntryKind
    number: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One account from its opening to `at`. `balance` is what the ledger says; `closed_at` None: it is still open."""

    site_name: str
    zone_name: str
    tenant_name: str
    unit: str | None
    number: str
    currency: str
    opened_at: datetime
    closed_at: datetime | None
    at: datetime
    counters: tuple[CounterLine, ...]
    used: tuple[UsedLine, ...]
    money: tuple[MoneyLine, ...]
    balance: Decimal

    @property
    def charged(self) -> Decimal:
        return add(*(line.amount for line in self.used))

    @property
    def adds_up(self) -> bool:
        """Whether its lines make its balance."""
        return add(negative(self.charged), *(line.amount for line in self.money)) == self.balance

    @property
    def debt(self) -> Decimal:
        return max(ZERO, negative(self.balance))
