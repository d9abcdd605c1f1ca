"""The guided swap of a device: the old counters end where a person says, the new ones are counted from where they are.

Two devices are never compared. What flowed between the last counter of the old one and the first of the new one stands
on no counter; it is proposed as an estimate, like the unknown part before a reset.
"""

from dataclasses import replace

from prepaid.meter import STORED_BITS, Counter, Judgement, Meter, Point, Sample, Swap, Verdict
from prepaid.plausible import agrees, allowance_wh
from prepaid.records import SOURCES, BaseCause, Source

WHY = "the device was swapped"


def is_swapped(meter: Meter, sample: Sample) -> bool:
    """Whether the device that answers is the new one of a swap that a person announced."""
    return meter.swap is not None and sample.serial_number == meter.swap.serial_number


def judge_swapped(meter: Meter, swap: Swap, sample: Sample, point: Point) -> Judgement:
    """A reading of the new device. The second one that agrees opens its base; `closing` is how the old one ends."""
    if not agrees(meter.rated_power_w, meter.newcomer, point):
        first = replace(meter, newcomer=point, judged_at=sample.at)
        return Judgement(verdict=Verdict.AWAITED, meter=first, why="first of the new device")
    opened = Meter(
        serial_number=swap.serial_number,
        rated_power_w=meter.rated_power_w,
        grid=Counter(point.grid_wh, point.grid_wh, point.grid_wh),
        generator=Counter(point.generator_wh, point.generator_wh, point.generator_wh),
        accepted_at=point.at,
        diagnostics=sample.diagnostics & STORED_BITS,
        judged_at=sample.at,
    )
    return Judgement(
        verdict=Verdict.NEW_BASE,
        meter=opened,
        why=WHY,
        base_cause=BaseCause.SWAP,
        hold_ended=meter.hold is not None,
        closing=closed_by(meter, swap) if meter.grid is not None else None,
    )


def closed_by(meter: Meter, swap: Swap) -> Meter:
    """The old meter with the counters at which it was taken away, never below ground that was charged.

    `counter_wh` stays what the device itself showed last, so that what a person added to it can be told.
    """
    grid, generator = (_closed(meter.counter(source), swap.of(source)) for source in SOURCES)
    return replace(meter, grid=grid, generator=generator)


def final_fits(meter: Meter, source: Source, final_wh: int, elapsed_s: float) -> bool:
    """Whether the old device can have shown this counter at its end, so long after its last accepted reading."""
    counter = meter.counter(source)
    most_wh = counter.counter_wh + allowance_wh(meter.rated_power_w, elapsed_s)
    return counter.counter_wh <= final_wh <= most_wh


def _closed(counter: Counter, final_wh: int | None) -> Counter:
    return replace(counter, highest_wh=max(counter.highest_wh, final_wh or 0))
