"""From counters to consumption: which readings are believed, and how far each counter has truly come.

Rules: one reading is never trusted against the base alone. A reading that fits advances the base; a single unfit
one is quarantined and has no other effect; several unfit ones that agree with each other begin a billing hold.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from prepaid.records import SOURCES, BaseCause, HoldCause, Source

RESTARTED = 0x800
COUNTERS_RESET = 0x1000
PARAMETERS_CHANGED = 0x100
STORED_BITS = RESTARTED | COUNTERS_RESET | PARAMETERS_CHANGED

COUNTER_LIMIT_WH = 10**12
SLACK_S = 2.0
SLACK_WH = 20
OVERLOAD = 1.5
LONG_SILENCE_S = 15 * 60
STEP_BACK_S = 10 * 60
AGREEING_TO_DOUBT = 3
DOUBT_SPAN_S = 30.0
AGREEING_TO_TRUST = 3


class Verdict(StrEnum):
    """What became of one reading."""

    ADVANCE = "advance"
    AWAITED = "awaited"
    QUARANTINED = "quarantined"
    DOUBT = "doubt"
    STEP_BACK = "step_back"
    NEW_BASE = "new_base"
    WRONG_DEVICE = "wrong_device"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Counter:
    """One source of one base: where counting began, the counter as last accepted, the highest ever accepted."""

    opening_wh: int
    counter_wh: int
    highest_wh: int


@dataclass(frozen=True, slots=True)
class Sample:
    """What metering needs of a reading: both counters (None: the device sent no number) and the stored bits of 205."""

    at: datetime
    elapsed_s: float
    serial_number: str
    grid_wh: int | None
    generator_wh: int | None
    diagnostics: int


@dataclass(frozen=True, slots=True)
class Point:
    """Both counters as one reading gave them, with seconds since the last accepted reading."""

    at: datetime
    elapsed_s: float
    grid_wh: int
    generator_wh: int

    def of(self, source: Source) -> int:
        return self.grid_wh if source is Source.GRID else self.generator_wh


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """All that metering remembers of one analyzer.

    `grid` and `generator` are None until the first base. `edges` are stored bits that were recorded but not yet used
    to explain a counter. `suspects` are unfit readings that agree with each other, oldest first; `fitting` counts
    fitting readings within a hold; `candidate` waits for a second reading that agrees. `judged_at` is the newest
    reading judged in this run, whatever the verdict: a repeated one never agrees with itself.
    """

    serial_number: str | None
    rated_power_w: float
    grid: Counter | None = None
    generator: Counter | None = None
    accepted_at: datetime | None = None
    diagnostics: int = 0
    edges: int = 0
    hold: HoldCause | None = None
    suspects: tuple[Point, ...] = ()
    fitting: int = 0
    candidate: Point | None = None
    judged_at: datetime | None = None

    def counter(self, source: Source) -> Counter:
        counter = self.grid if source is Source.GRID else self.generator
        assert counter is not None, "asked only of an analyzer that has a base"
        return counter


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict on one reading and the meter after it.

    `new_edges` are diagnostics bits that newly appeared: record, then acknowledge exactly these. `forgone_wh` is the
    consumption per source that a step back lost. `base_cause` says why a new base was opened. `hold_began` and
    `hold_ended` mark the edges of a billing hold.
    """

    verdict: Verdict
    meter: Meter
    why: str = ""
    new_edges: int = 0
    forgone_wh: tuple[int, int] = (0, 0)
    base_cause: BaseCause | None = None
    hold_began: bool = False
    hold_ended: bool = False


def judge(meter: Meter, sample: Sample) -> Judgement:
    """Judges one reading. `sample.elapsed_s` counts since the last accepted reading (monotonic within a run)."""
    if meter.serial_number is not None and sample.serial_number != meter.serial_number:
        return Judgement(verdict=Verdict.WRONG_DEVICE, meter=meter, why=f"serial number {sample.serial_number}")
    newest_at = meter.judged_at or meter.accepted_at
    if newest_at is not None and sample.at <= newest_at:
        return Judgement(verdict=Verdict.LATE, meter=meter, why="not newer than the last judged reading")
    new_edges = sample.diagnostics & ~meter.diagnostics & STORED_BITS
    meter = replace(
        meter,
        diagnostics=sample.diagnostics & STORED_BITS,
        edges=meter.edges | new_edges,
        judged_at=sample.at,
    )
    return replace(_judge_counters(meter, sample), new_edges=new_edges)


def allowance_wh(rated_power_w: float, elapsed_s: float) -> int:
    """The most a counter may have grown: 1.5 × rated power × (elapsed + 2 s), and 20 Wh for its own steps."""
    return int(OVERLOAD * rated_power_w * (max(0.0, elapsed_s) + SLACK_S) / 3600) + SLACK_WH


def _judge_counters(meter: Meter, sample: Sample) -> Judgement:
    if sample.grid_wh is None or sample.generator_wh is None:
        return Judgement(verdict=Verdict.QUARANTINED, meter=meter, why="a counter is not a number")
    point = Point(sample.at, sample.elapsed_s, sample.grid_wh, sample.generator_wh)
    if not all(0 <= point.of(source) <= COUNTER_LIMIT_WH for source in SOURCES):
        return Judgement(verdict=Verdict.QUARANTINED, meter=meter, why="a counter is outside its range")
    if meter.grid is None or meter.generator is None:
        return _first_base(meter, point)
    if _fits(meter, point):
        return _accept(meter, point)
    if meter.edges & COUNTERS_RESET and _any_below(meter, point):
        return _reset(meter, point)
    if meter.edges & RESTARTED and _is_step_back(meter, point):
        return _step_back(meter, point)
    return _unfit(meter, point)


def _first_base(meter: Meter, point: Point) -> Judgement:
    if not _agrees(meter.rated_power_w, meter.candidate, point):
        return Judgement(verdict=Verdict.AWAITED, meter=replace(meter, candidate=point), why="first reading")
    grid, generator = (Counter(point.of(source), point.of(source), point.of(source)) for source in SOURCES)
    return _open_base(meter, point, BaseCause.FIRST, grid, generator)


def _accept(meter: Meter, point: Point) -> Judgement:
    if meter.hold is not None:
        fitting = meter.fitting + 1
        if fitting < AGREEING_TO_TRUST:
            return Judgement(verdict=Verdict.AWAITED, meter=replace(meter, fitting=fitting, suspects=()), why="in hold")
        return replace(_advance(replace(meter, hold=None), point), hold_ended=True)
    if point.elapsed_s > LONG_SILENCE_S and not _agrees(meter.rated_power_w, meter.candidate, point):
        return Judgement(
            verdict=Verdict.AWAITED,
            meter=replace(meter, candidate=point, suspects=()),
            why="first after silence",
        )
    return _advance(meter, point)


def _advance(meter: Meter, point: Point) -> Judgement:
    advanced = replace(
        meter,
        grid=_moved(meter.counter(Source.GRID), point.grid_wh),
        generator=_moved(meter.counter(Source.GENERATOR), point.generator_wh),
        accepted_at=point.at,
        edges=0,
        suspects=(),
        fitting=0,
        candidate=None,
    )
    return Judgement(verdict=Verdict.ADVANCE, meter=advanced)


def _step_back(meter: Meter, point: Point) -> Judgement:
    if point.elapsed_s > LONG_SILENCE_S and not _agrees(meter.rated_power_w, meter.candidate, point):
        return Judgement(verdict=Verdict.AWAITED, meter=replace(meter, candidate=point), why="first after a restart")
    forgone = [max(0, meter.counter(source).counter_wh - point.of(source)) for source in SOURCES]
    after = _advance(replace(meter, hold=None), point)
    return Judgement(
        verdict=Verdict.STEP_BACK,
        meter=after.meter,
        why="restarted and fell back to its last saved counter",
        forgone_wh=(forgone[0], forgone[1]),
        hold_ended=meter.hold is not None,
    )


def _reset(meter: Meter, point: Point) -> Judgement:
    """A user reset the counters: both sources get a new base once a second reading agrees."""
    if not _agrees(meter.rated_power_w, meter.candidate, point):
        return Judgement(verdict=Verdict.AWAITED, meter=replace(meter, candidate=point), why="first after a reset")
    grid, generator = (_after_reset(meter, point, source) for source in SOURCES)
    return _open_base(meter, point, BaseCause.RESET, grid, generator)


def _after_reset(meter: Meter, point: Point, source: Source) -> Counter:
    """A counter that fell opens at 0 where it can have grown from 0 since then. One that did not fall was not reset:
    it goes on from the highest counter, so that nothing is charged twice."""
    before, counter_wh = meter.counter(source), point.of(source)
    grown = allowance_wh(meter.rated_power_w, point.elapsed_s)
    if 0 <= counter_wh - before.counter_wh <= grown:
        return Counter(before.highest_wh, counter_wh, max(before.highest_wh, counter_wh))
    return Counter(0 if counter_wh <= grown else counter_wh, counter_wh, counter_wh)


def _open_base(meter: Meter, point: Point, cause: BaseCause, grid: Counter, generator: Counter) -> Judgement:
    opened = replace(
        meter,
        grid=grid,
        generator=generator,
        accepted_at=point.at,
        edges=0,
        hold=None,
        suspects=(),
        fitting=0,
        candidate=None,
    )
    return Judgement(verdict=Verdict.NEW_BASE, meter=opened, base_cause=cause, hold_ended=meter.hold is not None)


def _unfit(meter: Meter, point: Point) -> Judgement:
    agreeing = bool(meter.suspects) and _agrees(meter.rated_power_w, meter.suspects[-1], point)
    suspects = (*meter.suspects[-8:], point) if agreeing else (point,)
    if agreeing and len(meter.suspects) >= AGREEING_TO_DOUBT:
        suspects = (meter.suspects[0], *suspects[-AGREEING_TO_DOUBT:])
    meter = replace(meter, suspects=suspects, fitting=0)
    why = "below the base" if _any_below(meter, point) else "more than the supply can deliver"
    span_s = suspects[-1].elapsed_s - suspects[0].elapsed_s
    if meter.hold is None and len(suspects) >= AGREEING_TO_DOUBT and span_s >= DOUBT_SPAN_S:
        cause = HoldCause.FELL if _any_below(meter, point) else HoldCause.JUMPED
        return Judgement(verdict=Verdict.DOUBT, meter=replace(meter, hold=cause), why=why, hold_began=True)
    return Judgement(verdict=Verdict.QUARANTINED, meter=meter, why=why)


def _fits(meter: Meter, point: Point) -> bool:
    """Not below the counter as last accepted (after a step back that is below the highest), nor implausibly above."""
    grown = allowance_wh(meter.rated_power_w, point.elapsed_s)
    return all(0 <= point.of(source) - meter.counter(source).counter_wh <= grown for source in SOURCES)


def _any_below(meter: Meter, point: Point) -> bool:
    return any(point.of(source) < meter.counter(source).counter_wh for source in SOURCES)


def _is_step_back(meter: Meter, point: Point) -> bool:
    lost = int(meter.rated_power_w * STEP_BACK_S / 3600)
    grown = allowance_wh(meter.rated_power_w, point.elapsed_s)
    return all(-lost <= point.of(source) - meter.counter(source).counter_wh <= grown for source in SOURCES)


def _agrees(rated_power_w: float, earlier: Point | None, point: Point) -> bool:
    if earlier is None:
        return False
    grown = allowance_wh(rated_power_w, point.elapsed_s - earlier.elapsed_s)
    return all(0 <= point.of(source) - earlier.of(source) <= grown for source in SOURCES)


def _moved(counter: Counter, counter_wh: int) -> Counter:
    return Counter(counter.opening_wh, counter_wh, max(counter.highest_wh, counter_wh))
