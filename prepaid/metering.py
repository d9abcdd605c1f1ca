"""From counters to consumption: which readings are believed, and how far each counter has truly come.

Rules: one reading is never trusted against the base alone. A reading that fits advances the base; a single unfit
one is quarantined and has no other effect; several unfit ones that agree with each other begin a billing hold.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from prepaid.meter import (
    COUNTERS_RESET,
    PARAMETERS_CHANGED,
    RESTARTED,
    STORED_BITS,
    Counter,
    Judgement,
    Meter,
    Point,
    Sample,
    Swap,
    Verdict,
    Word,
)
from prepaid.plausible import agrees, allowance_wh, any_below, any_from_zero, fits, grew, is_step_back, untouched
from prepaid.records import SOURCES, BaseCause, HoldCause, Source
from prepaid.swaps import is_swapped, judge_swapped

__all__ = [
    "COUNTERS_RESET",
    "PARAMETERS_CHANGED",
    "RESTARTED",
    "STORED_BITS",
    "Counter",
    "Judgement",
    "Meter",
    "Point",
    "Sample",
    "Swap",
    "Verdict",
    "Word",
    "allowance_wh",
    "judge",
]

COUNTER_LIMIT_WH = 10**12
LONG_SILENCE_S = 15 * 60
EDGES_EXPLAIN = timedelta(minutes=15)
"""A restart or a reset explains what the counters show soon after it, not what they do hours later."""
AGREEING_TO_DOUBT = 3
DOUBT_SPAN_S = 30.0
AGREEING_TO_TRUST = 3
WHY_ANEW = {
    BaseCause.FIRST: "the first readings agree",
    BaseCause.RESET: "a user reset the counters",
    BaseCause.PERSON: "a person said so",
}
UNBELIEVED = frozenset({Verdict.QUARANTINED, Verdict.DOUBT})


def judge(meter: Meter, sample: Sample) -> Judgement:
    """Judges one reading. `sample.elapsed_s` counts since the last accepted reading (monotonic within a run)."""
    stranger = meter.serial_number is not None and sample.serial_number != meter.serial_number
    if stranger and not is_swapped(meter, sample):
        return Judgement(verdict=Verdict.WRONG_DEVICE, meter=meter, why=f"serial number {sample.serial_number}")
    newest_at = meter.judged_at or meter.accepted_at
    if newest_at is not None and sample.at <= newest_at:
        return Judgement(verdict=Verdict.LATE, meter=meter, why="not newer than the last judged reading")
    point = _point(sample)
    if point is None:
        why = "a counter is not a number, or outside its range"
        return Judgement(verdict=Verdict.QUARANTINED, meter=replace(meter, judged_at=sample.at), why=why)
    if stranger and meter.swap is not None:
        return judge_swapped(meter, meter.swap, sample, point)
    new_edges = sample.diagnostics & ~meter.diagnostics & STORED_BITS
    judged = _judge_counters(_with_edges(meter, new_edges, sample.at), point)
    shown = sample.diagnostics & STORED_BITS
    recorded = shown | meter.diagnostics if judged.verdict in UNBELIEVED else shown
    if recorded != judged.meter.diagnostics:
        judged = replace(judged, meter=replace(judged.meter, diagnostics=recorded))
    return replace(judged, new_edges=new_edges) if new_edges else judged


def _point(sample: Sample) -> Point | None:
    """The counters of a reading, None where they cannot be counters at all: then its bits are no bits either."""
    grid_wh, generator_wh = sample.grid_wh, sample.generator_wh
    if grid_wh is None or generator_wh is None:
        return None
    if not all(0 <= counter_wh <= COUNTER_LIMIT_WH for counter_wh in (grid_wh, generator_wh)):
        return None
    return Point(sample.at, sample.elapsed_s, grid_wh, generator_wh)


def _with_edges(meter: Meter, new_edges: int, at: datetime) -> Meter:
    """The meter that has seen the reading's bits. Edges that explained nothing in their time explain nothing more."""
    old = meter.edges if meter.edges_at is not None and at - meter.edges_at <= EDGES_EXPLAIN else 0
    return replace(meter, edges=old | new_edges, edges_at=at if new_edges else meter.edges_at, judged_at=at)


def _judge_counters(meter: Meter, point: Point) -> Judgement:
    if meter.grid is None or meter.generator is None:
        return _first_base(meter, point)
    if meter.hold is not None and meter.word is not None:
        return _by_word(meter, point, meter.word)
    if fits(meter, point):
        return _accept(meter, point)
    restarted = bool(meter.edges & RESTARTED) and is_step_back(meter, point)
    if meter.edges & COUNTERS_RESET and any_below(meter, point) and (any_from_zero(meter, point) or not restarted):
        return _reset(meter, point)
    if restarted:
        return _step_back(meter, point)
    return _unfit(meter, point)


def _first_base(meter: Meter, point: Point) -> Judgement:
    if not agrees(meter.rated_power_w, meter.candidate, point):
        return _awaited(meter, point, "first reading")
    grid, generator = (Counter(point.of(source), point.of(source), point.of(source)) for source in SOURCES)
    return _open_base(meter, point, BaseCause.FIRST, grid, generator)


def _accept(meter: Meter, point: Point) -> Judgement:
    agreeing = agrees(meter.rated_power_w, meter.candidate, point)
    if meter.hold is not None:
        fitting = meter.fitting + 1 if agreeing else 1
        if fitting < AGREEING_TO_TRUST:
            return _awaited(replace(meter, fitting=fitting, suspects=()), point, "in hold")
        return replace(_advance(meter, point), hold_ended=True)
    if point.elapsed_s > LONG_SILENCE_S and not agreeing:
        return _awaited(replace(meter, suspects=()), point, "first after silence")
    return _advance(meter, point)


def _advance(meter: Meter, point: Point) -> Judgement:
    grid, generator = (_moved(meter.counter(source), point.of(source)) for source in SOURCES)
    return Judgement(verdict=Verdict.ADVANCE, meter=_settled(meter, point, grid, generator))


def _step_back(meter: Meter, point: Point) -> Judgement:
    if point.elapsed_s > LONG_SILENCE_S and not agrees(meter.rated_power_w, meter.candidate, point):
        return _awaited(meter, point, "first after a restart")
    forgone = [max(0, meter.counter(source).counter_wh - point.of(source)) for source in SOURCES]
    return Judgement(
        verdict=Verdict.STEP_BACK,
        meter=_advance(meter, point).meter,
        why="restarted and fell back to its last saved counter",
        forgone_wh=(forgone[0], forgone[1]),
        hold_ended=meter.hold is not None,
    )


def _reset(meter: Meter, point: Point) -> Judgement:
    """A user reset the counters: both sources get a new base once a second reading agrees."""
    if not agrees(meter.rated_power_w, meter.candidate, point):
        return _awaited(meter, point, "first after a reset")
    grid, generator = (_after_reset(meter, point, source) for source in SOURCES)
    return _open_base(meter, point, BaseCause.RESET, grid, generator)


def _after_reset(meter: Meter, point: Point, source: Source) -> Counter:
    """A counter that fell opens at 0 where it can have grown from 0 since then. One that did not fall was not reset."""
    before, counter_wh = meter.counter(source), point.of(source)
    grown = allowance_wh(meter.rated_power_w, point.elapsed_s)
    if grew(before, counter_wh, grown):
        return _going_on(before, counter_wh)
    return Counter(0 if counter_wh <= grown else counter_wh, counter_wh, counter_wh)


def _by_word(meter: Meter, point: Point, word: Word) -> Judgement:
    """A person ends the hold: a counter that went wrong goes on from where the person says, or from where it is now.

    What is charged at once, from the named counter on, is at most what the supply can have delivered since the last
    accepted reading: a slip of the pen costs nobody money.
    """
    opened = [_after_word(meter, point, source, word.of(source)) for source in SOURCES]
    grid, generator = opened
    if grid is None or generator is None:
        return _unfit(meter, point)
    if not agrees(meter.rated_power_w, meter.candidate, point):
        return _awaited(meter, point, "first after the word of a person")
    return _open_base(meter, point, BaseCause.PERSON, grid, generator)


def _after_word(meter: Meter, point: Point, source: Source, named_wh: int | None) -> Counter | None:
    """The new base of one source; None where the counter cannot have come from the one that was named."""
    before, counter_wh = meter.counter(source), point.of(source)
    grown = allowance_wh(meter.rated_power_w, point.elapsed_s)
    if untouched(meter, source) and grew(before, counter_wh, grown):
        return _going_on(before, counter_wh)
    opening_wh = counter_wh if named_wh is None else named_wh
    if not 0 <= counter_wh - opening_wh <= grown:
        return None
    return Counter(opening_wh, counter_wh, counter_wh)


def _going_on(before: Counter, counter_wh: int) -> Counter:
    """A new base of a counter that was not touched: it goes on from the highest, so that nothing is charged twice."""
    return Counter(before.highest_wh, counter_wh, max(before.highest_wh, counter_wh))


def _open_base(meter: Meter, point: Point, cause: BaseCause, grid: Counter, generator: Counter) -> Judgement:
    opened = _settled(meter, point, grid, generator)
    return Judgement(
        verdict=Verdict.NEW_BASE,
        meter=opened,
        why=WHY_ANEW[cause],
        base_cause=cause,
        hold_ended=meter.hold is not None,
    )


def _settled(meter: Meter, point: Point, grid: Counter, generator: Counter) -> Meter:
    """The meter after an accepted reading: whatever was open is closed with it."""
    return replace(
        meter,
        grid=grid,
        generator=generator,
        accepted_at=point.at,
        edges=0,
        edges_at=None,
        hold=None,
        held=None,
        word=None,
        suspects=(),
        fitting=0,
        candidate=None,
        newcomer=None,
    )


def _awaited(meter: Meter, point: Point, why: str) -> Judgement:
    return Judgement(verdict=Verdict.AWAITED, meter=replace(meter, candidate=point), why=why)


def _unfit(meter: Meter, point: Point) -> Judgement:
    agreeing = bool(meter.suspects) and agrees(meter.rated_power_w, meter.suspects[-1], point)
    suspects = (*meter.suspects[-8:], point) if agreeing else (point,)
    if agreeing and len(meter.suspects) >= AGREEING_TO_DOUBT:
        suspects = (meter.suspects[0], *suspects[-AGREEING_TO_DOUBT:])
    meter = replace(meter, suspects=suspects, fitting=0)
    why = "below the base" if any_below(meter, point) else "more than the supply can deliver"
    span_s = suspects[-1].elapsed_s - suspects[0].elapsed_s
    if meter.hold is None and len(suspects) >= AGREEING_TO_DOUBT and span_s >= DOUBT_SPAN_S:
        cause = HoldCause.FELL if any_below(meter, point) else HoldCause.JUMPED
        held = replace(meter, hold=cause, held=point)
        return Judgement(verdict=Verdict.DOUBT, meter=held, why=why, hold_began=True)
    return Judgement(verdict=Verdict.QUARANTINED, meter=meter, why=why)


def _moved(counter: Counter, counter_wh: int) -> Counter:
    return Counter(counter.opening_wh, counter_wh, max(counter.highest_wh, counter_wh))
