"""From accepted counters to charges: where a charge ends, and how many Wh lie on each side of a boundary.

The counter at an instant between two accepted readings is the straight line between them, rounded down to a whole
Wh. It is computed once, when the later reading is accepted, and written into the charge.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from prepaid.records import ChargeCause
from prepaid.units import MAX_CHARGE_WH, cost

LONG_SILENCE = timedelta(minutes=15)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Mark:
    """A counter at an instant."""

    at: datetime
    wh: int


@dataclass(frozen=True, slots=True)
class Boundary:
    """An instant at which a charge must end, and why."""

    at: datetime
    cause: ChargeCause


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of a counter that is charged at one price. `spread`: it spans a silence and is divided by time."""

    begin: Mark
    end: Mark
    cause: ChargeCause
    spread: bool

    @property
    def wh(self) -> int:
        return self.end.wh - self.begin.wh


@dataclass(frozen=True, slots=True)
class Split:
    """The parts to charge now, and how far charges have come with them."""

    parts: list[Part]
    charged: Mark


@dataclass(frozen=True, slots=True)
class HourShare:
    """What of a part belongs to one local hour."""

    hour_at: datetime
    wh: int
    amount: Decimal


def split(charged: Mark, before: Mark, after: Mark, boundaries: Iterable[Boundary]) -> Split:
    """Cuts the ground from `charged` to `after` at the boundaries in (charged.at, after.at].

    `before` and `after` are the two newest accepted readings. What lies behind the last boundary stays unbilled. After
    a silence of more than 15 minutes everything is charged: what was known before it, then one part per price
    period, whatever hours lie in between. Parts without consumption are left out; a boundary that was due before
    `before` (time was in doubt then) is drawn at `before`.
    """
    silence = after.at - before.at > LONG_SILENCE
    chosen = sorted(boundaries, key=lambda boundary: boundary.at)
    if silence:
        chosen = [boundary for boundary in chosen if boundary.cause is not ChargeCause.HOUR]
        chosen = [Boundary(before.at, ChargeCause.GAP), *chosen, Boundary(after.at, ChargeCause.GAP)]
    made = []
    begin = charged
    for boundary in chosen:
        end = line(before, after, max(boundary.at, before.at))
        if end.wh > begin.wh:
            made.append(Part(begin, end, boundary.cause, spread=silence and begin.at >= before.at))
        begin = Mark(end.at, max(begin.wh, end.wh))
    return Split(made, begin)


def line(before: Mark, after: Mark, instant: datetime) -> Mark:
    """The counter at the instant, on the straight line from `before` to `after`, rounded down to a whole Wh."""
    assert before.at <= instant <= after.at, "a boundary lies between the two readings"
    if after.at == before.at:
        return Mark(instant, after.wh)
    passed = (instant - before.at) // _MILLISECOND
    whole = (after.at - before.at) // _MILLISECOND
    return Mark(instant, before.wh + (after.wh - before.wh) * passed // whole)


def pieces(part: Part) -> list[Part]:
    """The part in pieces of at most the Wh that one charge may have; nearly always the part itself."""
    if part.wh <= MAX_CHARGE_WH:
        return [part]
    period = (part.end.at - part.begin.at) // _MILLISECOND
    inside = [
        Mark(part.begin.at + _MILLISECOND * (period * done_wh // part.wh), part.begin.wh + done_wh)
        for done_wh in range(MAX_CHARGE_WH, part.wh, MAX_CHARGE_WH)
    ]
    marks = [part.begin, *inside, part.end]
    return [replace(part, begin=begin, end=end) for begin, end in pairwise(marks)]


def shares(part: Part, hours: Sequence[datetime], first_hour: datetime, price_per_kwh: Decimal) -> list[HourShare]:
    """Divides a part over its local hours by time: `first_hour` begins before it, `hours` are the boundaries inside."""
    marks = [
        part.begin,
        *(line(part.begin, part.end, hour) for hour in hours if hour < part.end.at),
        part.end,
    ]
    begins = [first_hour, *(hour for hour in hours if hour < part.end.at)]
    return [
        HourShare(hour, end.wh - begin.wh, cost(end.wh - begin.wh, price_per_kwh))
        for hour, begin, end in zip(begins, marks[:-1], marks[1:], strict=True)
        if end.wh > begin.wh
    ]
