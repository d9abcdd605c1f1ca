"""The one queue in which supplies are switched on again, whatever the cause: no source is asked too much at once.

A feeder takes one supply a second, a generator one in five. Cuts are not queued.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite

from prepaid.records import Source
from prepaid.settings import SiteSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A supply that waits for its turn since it was decided to be switched on. A higher priority comes first."""

    analyzer_id: int
    priority: int
    since_at: datetime


@dataclass(frozen=True, slots=True)
class Pace:
    """How far apart two supplies are connected. `stopped`: none is, until the incomer is in range again."""

    interval_s: float
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a supply stands in the queue: 1 is the next. `stopped`: nobody's turn comes for now."""

    number: int
    in_s: float
    stopped: bool = False


def in_order(waiting: Iterable[Waiting]) -> list[Waiting]:
    """Priority first, then who waits longest."""
    return sorted(waiting, key=lambda each: (-each.priority, each.since_at, each.analyzer_id))


def pace(settings: SiteSettings, source: Source | None, *, in_range: bool) -> Pace:
    """The pace of the source that feeds the site. Where nobody knows the source it is that of a generator: standing
    still would leave in the dark whoever paid, for a doubt about a counter."""
    per_s = settings.connect_grid_per_s if source is Source.GRID else settings.connect_generator_per_s
    return Pace(1.0 / float(per_s), stopped=not in_range)


def turns(
    waiting: Iterable[Waiting], pace: Pace, last_s: float, now_s: float, within_s: float
) -> list[tuple[Waiting, float]]:
    """Whose turn comes within so many seconds, and how long each must still wait. `last_s`: when the last supply was
    connected. The others wait for the next time that somebody asks."""
    found: list[tuple[Waiting, float]] = []
    if pace.stopped:
        return found
    turn_s = max(now_s, last_s + pace.interval_s)
    for each in in_order(waiting):
        if turn_s - now_s > within_s:
            break
        found.append((each, turn_s - now_s))
        turn_s += pace.interval_s
    return found


def places(waiting: Iterable[Waiting], pace: Pace) -> dict[int, Place]:
    """The place of everybody who waits, with about how long it will take."""
    return {
        each.analyzer_id: Place(number, number * pace.interval_s, pace.stopped)
        for number, each in enumerate(in_order(waiting), start=1)
    }


def in_range(settings: SiteSettings, volts: Sequence[float], hertz: Sequence[float]) -> bool:
    """Whether the incomers can take more load. What a device has no value for says nothing."""
    checks = (
        (volts, settings.incomer_least_v, settings.incomer_most_v),
        (hertz, settings.incomer_least_hz, settings.incomer_most_hz),
    )
    return all(
        float(least) <= value <= float(most) for values, least, most in checks for value in values if isfinite(value)
    )
