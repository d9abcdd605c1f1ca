"""What a counter can have done: how far it may have grown, and which readings agree with each other."""

from prepaid.meter import Counter, Meter, Point
from prepaid.records import SOURCES, Source

SLACK_S = 2.0
SLACK_WH = 20
OVERLOAD = 1.5
STEP_BACK_S = 10 * 60


def allowance_wh(rated_power_w: float, elapsed_s: float) -> int:
    """The most a counter may have grown: 1.5 × rated power × (elapsed + 2 s), and 20 Wh for its own steps."""
    return int(OVERLOAD * rated_power_w * (max(0.0, elapsed_s) + SLACK_S) / 3600) + SLACK_WH


def fits(meter: Meter, point: Point) -> bool:
    """Not below the counter as last accepted (after a step back that is below the highest), nor implausibly above.

    Waiting makes no impossible jump possible: in a hold that began with one, what goes on from there never fits.
    """
    grown = allowance_wh(meter.rated_power_w, point.elapsed_s)
    if not all(grew(meter.counter(source), point.of(source), grown) for source in SOURCES):
        return False
    held = meter.held
    jumped = held is not None and not any_below(meter, held)
    return not (jumped and agrees(meter.rated_power_w, held, point))


def any_below(meter: Meter, point: Point) -> bool:
    """Whether a counter stands below the one last accepted."""
    return any(point.of(source) < meter.counter(source).counter_wh for source in SOURCES)


def untouched(meter: Meter, source: Source) -> bool:
    """Whether it was not this source's counter that began the hold."""
    if meter.held is None:
        return True
    grown = allowance_wh(meter.rated_power_w, meter.held.elapsed_s)
    return grew(meter.counter(source), meter.held.of(source), grown)


def any_from_zero(meter: Meter, point: Point) -> bool:
    """Whether a counter that fell can have grown from 0 since the last accepted reading."""
    grown = allowance_wh(meter.rated_power_w, point.elapsed_s)
    return any(point.of(source) < meter.counter(source).counter_wh and point.of(source) <= grown for source in SOURCES)


def is_step_back(meter: Meter, point: Point) -> bool:
    """Whether the fall is no larger than what a restart can lose: 10 minutes of rated power."""
    lost = int(meter.rated_power_w * STEP_BACK_S / 3600)
    grown = allowance_wh(meter.rated_power_w, point.elapsed_s)
    return all(-lost <= point.of(source) - meter.counter(source).counter_wh <= grown for source in SOURCES)


def agrees(rated_power_w: float, earlier: Point | None, point: Point) -> bool:
    """Whether a device that showed the earlier counters can show these now."""
    if earlier is None:
        return False
    grown = allowance_wh(rated_power_w, point.elapsed_s - earlier.elapsed_s)
    return all(0 <= point.of(source) - earlier.of(source) <= grown for source in SOURCES)


def grew(counter: Counter, counter_wh: int, grown_wh: int) -> bool:
    """Whether a counter went on from where it was last accepted, by at most so much."""
    return 0 <= counter_wh - counter.counter_wh <= grown_wh
