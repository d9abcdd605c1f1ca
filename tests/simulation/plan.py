"""What a seed means: a site, and everything that will happen to it. Data only, so that a run can be replayed and cut
down to what matters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from random import Random

from prepaid.no_cut import MINUTES_A_DAY, Window, parts_of
from prepaid.records import Wiring

DAY_S = 86_400.0
CALM_S = 15 * 60.0
"""Nothing begins so long before a midnight: the books must have caught up by then."""


class Kind(StrEnum):
    """Everything that can happen."""

    LOAD = "load"
    OUTAGE = "outage"
    POWER_FAILURE = "power_failure"
    RESTART = "restart"
    RESET_COUNTERS = "reset_counters"
    REWRITTEN = "rewritten"
    TAMPER = "tamper"
    FAULT = "fault"
    LIE = "lie"
    LOST_ANSWERS = "lost_answers"
    DEAF_AT_A_FRAME = "deaf_at_a_frame"
    SWAPPED_WIRES = "swapped_wires"
    CLOSED_BY_HAND = "closed_by_hand"
    OPENED_BY_HAND = "opened_by_hand"
    RECHARGE = "recharge"
    RECHARGE_IN_THE_LAST_MOMENT = "recharge_in_the_last_moment"
    PRICE = "price"
    HANDOVER = "handover"
    WISH_CUT = "wish_cut"
    WISH_KEEP_ON = "wish_keep_on"
    WISH_RESTORE = "wish_restore"
    PAUSE = "pause"
    LOCK = "lock"
    KILL = "kill"
    FROZEN = "frozen"
    STOP = "stop"
    DATABASE_AWAY = "database_away"
    DATABASE_AWAY_AT_A_FRAME = "database_away_at_a_frame"
    DATABASE_BUSY = "database_busy"
    CLOCK_STEP = "clock_step"
    MAIL = "mail"
    DISORDER = "disorder"
    WRONG_PRICE = "wrong_price"
    RELEASE = "release"
    COMMISSION = "commission"
    NEW_DEVICE = "new_device"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happens at a second of the simulation, lasts so long, to that analyzer or tenant, by so much."""

    at_s: float
    kind: Kind
    lasts_s: float = 0.0
    who: int = 0
    much: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyzerPlan:
    """One analyzer. `tenant` None: it belongs to the house."""

    tenant: int | None
    rated_power_w: int
    ct_primary_a: int
    wiring: Wiring
    taps_below: bool
    feedback: bool
    grid_wh: float
    generator_wh: float
    generator_tariff: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantPlan:
    """One tenant's account; credit is told in hours of the rated load on grid."""

    opening_h: float
    emergency_credit_h: float
    restore_threshold_h: float
    debt_floor_h: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole run. `foreseen`: the forecasts of the days before say that every credit ends soon; else there are none,
    and every end of a credit surprises."""

    seed: int
    days: float
    time_zone: str
    begins_at: datetime
    grid_price: str
    generator_price: str
    tenants: tuple[TenantPlan, ...]
    analyzers: tuple[AnalyzerPlan, ...]
    happenings: tuple[Happening, ...]
    foreseen: bool = True
    no_cut: tuple[Window, ...] = ()

    def with_happenings(self, happenings: Sequence[Happening]) -> "Plan":
        """The same site, and only these happenings."""
        return replace(self, happenings=tuple(happenings))


ZONES = ("Asia/Baghdad", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe", "UTC")
BEGINNINGS = (
    datetime(2026, 1, 5, 8, tzinfo=UTC),
    datetime(2026, 3, 28, 12, tzinfo=UTC),  # Berlin: to summer time the night after
    datetime(2026, 10, 24, 12, tzinfo=UTC),  # and back
    datetime(2026, 4, 4, 4, tzinfo=UTC),  # Lord Howe: half an hour back
    datetime(2026, 10, 3, 4, tzinfo=UTC),
    datetime(2026, 3, 7, 15, tzinfo=UTC),  # St John's
    datetime(2026, 12, 31, 10, tzinfo=UTC),
)
PRICES = (("0.1500", "0.4000"), ("150.0000", "450.0000"), ("0.0137", "0.0991"), ("1.0000", "2.5000"))
WITH_NO_CUT_HOURS = 0.4
SIZES = (1, 1, 2, 2, 3, 3, 4, 5, 8, 12)


SURPRISING = (5, 9)
"""Seeds that end so have no forecasts, and somebody enters a wrong price; they draw on their own, so that the fate of
all others stays what it was."""


NEW_DEVICES = range(40, 70)
"""Seeds whose last two digits are among these have tests on the spot and new devices; they draw on their own, too."""


def plan_of(seed: int, days: float = 1.0, hardness: float | None = None) -> Plan:
    """The site and the fate of a seed. `hardness` multiplies what goes wrong; 0: only loads, outages and recharges."""
    chance = Random(seed)
    size = chance.choice(SIZES)
    tenants = tuple(_tenant(chance) for _ in range(max(1, size - chance.randrange(2))))
    analyzers = tuple(_analyzer(chance, index, len(tenants)) for index in range(size))
    happenings = [*_loads(chance, size, days), *_habits(chance, len(tenants), days)]
    drawn = chance.choice((0.1, 0.3, 0.6, 1.0, 4.0))
    if hardness != 0:
        happenings += _fate(chance, size, days, hardness or drawn)
    grid_price, generator_price = chance.choice(PRICES)
    foreseen = hardness == 0 or seed % 10 not in SURPRISING
    if not foreseen:
        happenings += _surprises(Random(f"surprises of {seed}"), days)
    if hardness != 0 and seed % 100 in NEW_DEVICES:
        happenings += _service(Random(f"devices of {seed}"), size, days)
    made = Plan(
        seed=seed,
        days=days,
        time_zone=chance.choice(ZONES),
        begins_at=chance.choice(BEGINNINGS),
        grid_price=grid_price,
        generator_price=generator_price,
        tenants=tenants,
        analyzers=analyzers,
        happenings=tuple(sorted(happenings, key=lambda happening: happening.at_s)),
        foreseen=foreseen,
    )
    return _with_no_cut_hours(made)


def _with_no_cut_hours(plan: Plan) -> Plan:
    """Some sites have hours without cuts, every day the same; they are drawn apart, so that older seeds stay."""
    chance = Random(f"no-cut hours of {plan.seed}")
    if chance.random() > WITH_NO_CUT_HOURS:
        return plan
    begin, lasts = chance.randrange(24) * 60, chance.choice((30, 120, 480, 1200))
    windows = (part for weekday in range(7) for part in parts_of(weekday, begin, (begin + lasts) % MINUTES_A_DAY))
    tenants = (replace(each, debt_floor_h=chance.choice((None, 0.0, 0.1, 0.5))) for each in plan.tenants)
    return replace(plan, no_cut=tuple(windows), tenants=tuple(tenants))


def _tenant(chance: Random) -> TenantPlan:
    return TenantPlan(
        opening_h=chance.choice((0.0, 0.05, 0.3, 1.0, 2.0, 200.0)),
        emergency_credit_h=chance.choice((0.0, 0.0, 0.0, 0.3)),
        restore_threshold_h=chance.choice((0.0, 0.0, 0.0, 0.2, 1.0)),
    )


def _analyzer(chance: Random, index: int, tenants: int) -> AnalyzerPlan:
    rated_power_w = chance.choice((5_000, 20_000, 60_000, 250_000))
    taps_below = chance.random() < 0.2
    new = chance.random() < 0.3
    return AnalyzerPlan(
        tenant=index if index < tenants else chance.choice((0, None)),
        rated_power_w=rated_power_w,
        ct_primary_a=max(5, rated_power_w // 600),
        wiring=chance.choice((Wiring.HELD_ON_SUPPLY, Wiring.HELD_ON_SUPPLY, Wiring.HELD_ON_CUT)),
        taps_below=taps_below,
        feedback=not taps_below and chance.random() < 0.2,
        grid_wh=float(0 if new else chance.randrange(8_000_000, 900_000_000)),
        generator_wh=0.0 if new else chance.randrange(8_000_000, 90_000_000) + chance.random(),
        generator_tariff=2,
    )


def _loads(chance: Random, analyzers: int, days: float) -> list[Happening]:
    """Each analyzer gets another load a few times a day; now and then none, or more than it is rated for."""
    found = []
    for who in range(analyzers):
        at_s = 0.0
        while at_s < days * DAY_S:
            much = chance.choice((0.0, 0.02, 0.2, 0.4, 0.6, 0.9, 1.3)) * chance.uniform(0.9, 1.1)
            found.append(Happening(at_s=at_s, kind=Kind.LOAD, who=who, much=much))
            at_s += chance.expovariate(1 / (3 * 3600.0))
    return found


def _habits(chance: Random, tenants: int, days: float) -> list[Happening]:
    """Outages of the grid, and recharges of each tenant; `much` is hours of the rated load on grid.

    Most tenants buy little and often, so that many a credit ends.
    """
    found = [
        Happening(at_s=at_s, kind=Kind.OUTAGE, lasts_s=chance.expovariate(1 / 3600.0))
        for at_s in _times(chance, 2.0 * days, days)
    ]
    for who in range(tenants):
        for at_s in _times(chance, 4.0 * days, days):
            much = chance.choice((0.05, 0.2, 0.5, 1.0, 3.0))
            found.append(Happening(at_s=at_s, kind=Kind.RECHARGE, who=who, much=much))
    return found


def _fate(chance: Random, analyzers: int, days: float, hardness: float) -> list[Happening]:
    """Everything else, so many times a day as `A_DAY` says for a hardness of 1."""
    return [
        Happening(
            at_s=at_s,
            kind=kind,
            lasts_s=_lasting(chance, kind),
            who=chance.randrange(analyzers),
            much=chance.random(),
        )
        for kind, a_day in A_DAY.items()
        for at_s in _times(chance, a_day * hardness * days, days)
    ]


def _surprises(chance: Random, days: float) -> list[Happening]:
    """A price too high by a factor, corrected after a while, and an administrator who releases whom the guard holds."""
    wrong = [
        Happening(at_s=at_s, kind=Kind.WRONG_PRICE, lasts_s=chance.choice((600.0, 4_000.0)), much=chance.random())
        for at_s in _times(chance, 3.0 * days, days)
    ]
    releases = [
        Happening(at_s=at_s, kind=Kind.RELEASE, much=chance.random()) for at_s in _times(chance, 24.0 * days, days)
    ]
    return [*wrong, *releases]


def _service(chance: Random, analyzers: int, days: float) -> list[Happening]:
    """A fitter who tests devices on the spot, and now and then puts another one in the place of one that was broken."""
    return [
        Happening(
            at_s=at_s,
            kind=kind,
            lasts_s=chance.choice((1.0, 60.0, 1_200.0)),
            who=chance.randrange(analyzers),
            much=chance.random(),
        )
        for kind, a_day in ((Kind.COMMISSION, 3.0), (Kind.NEW_DEVICE, 1.5))
        for at_s in _times(chance, a_day * days, days)
    ]


A_DAY = {
    Kind.POWER_FAILURE: 0.8,
    Kind.RESTART: 0.4,
    Kind.RESET_COUNTERS: 0.2,
    Kind.REWRITTEN: 0.2,
    Kind.TAMPER: 0.2,
    Kind.FAULT: 2.0,
    Kind.LIE: 1.0,
    Kind.LOST_ANSWERS: 0.5,
    Kind.DEAF_AT_A_FRAME: 1.0,
    Kind.SWAPPED_WIRES: 0.2,
    Kind.CLOSED_BY_HAND: 0.6,
    Kind.OPENED_BY_HAND: 0.3,
    Kind.RECHARGE_IN_THE_LAST_MOMENT: 4.0,
    Kind.PRICE: 0.4,
    Kind.HANDOVER: 0.3,
    Kind.WISH_CUT: 0.4,
    Kind.WISH_KEEP_ON: 0.3,
    Kind.WISH_RESTORE: 0.3,
    Kind.PAUSE: 0.2,
    Kind.LOCK: 0.3,
    Kind.KILL: 2.0,
    Kind.FROZEN: 1.0,
    Kind.STOP: 0.3,
    Kind.DATABASE_AWAY: 0.5,
    Kind.DATABASE_AWAY_AT_A_FRAME: 0.7,
    Kind.DATABASE_BUSY: 0.7,
    Kind.CLOCK_STEP: 0.3,
    Kind.MAIL: 0.7,
    Kind.DISORDER: 0.7,
}
SHORT = frozenset(
    {
        Kind.DATABASE_AWAY,
        Kind.DATABASE_AWAY_AT_A_FRAME,
        Kind.DEAF_AT_A_FRAME,
        Kind.FROZEN,
        Kind.KILL,
        Kind.LOST_ANSWERS,
        Kind.STOP,
    }
)


def _times(chance: Random, number: float, days: float) -> list[float]:
    """Instants of a process that happens so often on average; none within the calm before a midnight."""
    found = []
    mean_s = days * DAY_S / number
    at_s = chance.expovariate(1 / mean_s)
    while at_s < days * DAY_S:
        if at_s < calm_from(at_s, days) - CALM_S:
            found.append(at_s)
        at_s += chance.expovariate(1 / mean_s)
    return found


def calm_from(at_s: float, days: float) -> float:
    """When the calm before the next midnight begins, or that before the end of the run."""
    return min((at_s // DAY_S + 1) * DAY_S, days * DAY_S) - CALM_S


def _lasting(chance: Random, kind: Kind) -> float:
    if kind in SHORT:
        return chance.choice((1.0, 7.0, 20.0, 120.0, 400.0))
    return chance.choice((3.0, 20.0, 70.0, 300.0, 1_000.0, 4_000.0))
