"""How an account stands, as its tenant reads it: what is left, which source and price, and whether the supply is on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from prepaid.alerts import Level
from prepaid.connecting import Place
from prepaid.forecast import Outlook
from prepaid.records import Source, Stage, Wiring
from prepaid.supply import Answer, Reason
from prepaid.switching import ASKED, Supply
from prepaid.units import ZERO, add, negative


class Supplied(StrEnum):
    """The supply in one word, of one analyzer or of a whole account."""

    ON = "on"
    CUT = "cut"
    PARTLY_CUT = "partly_cut"
    COMING_ON = "coming_on"
    GOING_OFF = "going_off"
    UNKNOWN = "unknown"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One analyzer of an account and its supply.

    `supply` and `reason` are confirmed by the device, `answer` is the newest decision. `read_at` is the newest reading
    that counts. `answers`: it could be read at the last try, and it is the device that was meant. `lock_phone` is who
    to call about a safety lock. `place` is where it waits to be switched on. `load_while_cut`: load flows although the
    device confirmed the cut.
    """

    analyzer_id: int
    name: str
    location: str | None
    wiring: Wiring
    supply: Supply
    reason: Reason | None
    since_at: datetime | None
    answer: Answer | None
    answer_reason: Reason | None
    answer_until_at: datetime | None
    changing_to: Answer | None
    lock_phone: str | None
    source: Source | None
    power_w: float | None
    read_at: datetime | None
    answers: bool
    place: Place | None = None
    load_while_cut: bool = False

    @property
    def supplied(self) -> Supplied:
        """Where nothing can be switched the supply is on, as long as the analyzer is read. A supply found off comes
        back only if a person asked for it. One that is to be cut is not while load flows, whatever its output shows."""
        if self.wiring is Wiring.NONE:
            return Supplied.ON if self.answers else Supplied.UNKNOWN
        if self.supply is Supply.CUT:
            ours = self.reason is not None or self.answer_reason in ASKED
            if self.changing_to is Answer.ON or (self.answer is Answer.ON and ours):
                return Supplied.COMING_ON
            return Supplied.GOING_OFF if self.load_while_cut and self.answer is Answer.CUT else Supplied.CUT
        if self.supply is Supply.ON:
            going = Answer.CUT in (self.changing_to, self.answer)
            return Supplied.GOING_OFF if going else Supplied.ON
        return Supplied.UNKNOWN

    @property
    def why(self) -> Reason | None:
        """Why the supply is as it is: of a cut the reason that was confirmed, else the newest decision's."""
        return self.reason if self.supply is Supply.CUT and self.reason is not None else self.answer_reason


def supplied_together(points: Iterable[Point]) -> Supplied:
    """The supply of several analyzers in one word."""
    found = {point.supplied for point in points}
    if not found:
        return Supplied.NONE
    if len(found) == 1:
        return found.pop()
    for word in (Supplied.COMING_ON, Supplied.GOING_OFF):
        if word in found:
            return word
    return Supplied.PARTLY_CUT if Supplied.CUT in found else Supplied.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Energy and its price in one span, per source."""

    grid_wh: int = 0
    generator_wh: int = 0
    grid_amount: Decimal = ZERO
    generator_amount: Decimal = ZERO

    @property
    def wh(self) -> int:
        return self.grid_wh + self.generator_wh

    @property
    def amount(self) -> Decimal:
        return add(self.grid_amount, self.generator_amount)

    def __add__(self, other: "Use") -> "Use":
        return Use(
            grid_wh=self.grid_wh + other.grid_wh,
            generator_wh=self.generator_wh + other.generator_wh,
            grid_amount=add(self.grid_amount, other.grid_amount),
            generator_amount=add(self.generator_amount, other.generator_amount),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLine:
    """The price of one source now, and the next change that is known (both None: there is none)."""

    source: Source
    price_per_kwh: Decimal | None
    next_price_per_kwh: Decimal | None = None
    next_from_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One account as it stands at one instant. `today` counts what is not charged yet, too; `emergency_credit` is 0
    before the first recharge; `provisional` is what meters on hold have probably used, where a hold protects no more.
    """

    account_id: int
    number: str
    currency: str
    stage: Stage
    opened_at: datetime
    exempt: bool
    entry_no: int
    balance: Decimal
    live: Decimal
    emergency_credit: Decimal
    restore_threshold: Decimal
    level: Level
    crossed_at: datetime | None
    notice_until_at: datetime | None
    last_recharge: Decimal | None
    last_recharge_at: datetime | None
    today: Use
    yesterday: Use
    prices: Mapping[Source, PriceLine]
    outlook: Outlook | None
    site_source: Source | None
    points: tuple[Point, ...]
    provisional: Decimal = ZERO

    @property
    def decided_on(self) -> Decimal:
        """The balance by which it is decided whether the supply is cut or comes back."""
        return add(self.live, negative(self.provisional))

    @property
    def left(self) -> Decimal:
        """What can be used before a cut is due: the live balance and the emergency credit."""
        return add(self.live, self.emergency_credit)

    @property
    def power_w(self) -> float | None:
        """The live power of all analyzers together; None while none has a number."""
        powers = [point.power_w for point in self.points if point.power_w is not None]
        return sum(powers) if powers else None

    @property
    def read_at(self) -> datetime | None:
        """The oldest of the newest readings: nothing shown is older than this. None: something was never read."""
        read = [point.read_at for point in self.points]
        known = [at for at in read if at is not None]
        return min(known) if known and len(known) == len(read) else None

    @property
    def source(self) -> Source | None:
        """The source that feeds the account: as its analyzers count, else as the site says."""
        counted = {point.source for point in self.points if point.source is not None and point.answers}
        return counted.pop() if len(counted) == 1 else self.site_source

    @property
    def supplied(self) -> Supplied:
        """The supply of all analyzers in one word."""
        return supplied_together(self.points)

    def silent(self, now: datetime, stale_after: timedelta) -> tuple[Point, ...]:
        """The analyzers whose newest reading is too old to be shown as it is."""
        return tuple(point for point in self.points if point.read_at is None or now - point.read_at > stale_after)


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantPicture:
    """One tenant of one site with all accounts that are open, at the instant `at`."""

    site_id: int
    site_name: str
    zone_name: str
    tenant_id: int
    tenant_name: str
    unit: str | None
    source: Source | None
    source_since_at: datetime | None
    stale_after_s: float
    at: datetime
    accounts: tuple[Standing, ...]
