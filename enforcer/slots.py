"""When an analyzer is due: one slot in every period, at its own phase, and which of them were met."""

import math
from typing import NamedTuple

STEP_S = 0.1


class Tally(NamedTuple):
    """What became of the slots so far; `due` = on time + late + missed.

    Late is an answer more than half a period after its slot, missed a slot without an answer before the next one.
    """

    due: int
    on_time: int
    late: int
    missed: int


class _Met(NamedTuple):
    on_time: int = 0
    late: int = 0
    last: int = -1


class Slots:
    """Slot 0 begins at `first`, in monotonic seconds, slot n n periods later. One thread marks, others may count."""

    def __init__(self, first: float, period_s: float) -> None:
        assert period_s > 0, "a period takes time"
        self.first = first
        self.period_s = period_s
        self._met = _Met()

    def begins(self, slot: int) -> float:
        """The instant at which a slot is due."""
        return self.first + slot * self.period_s

    def latest(self, now: float) -> int:
        """The slot that runs at this instant; negative before the first."""
        return math.floor((now - self.first) / self.period_s)

    def answered(self, slot: int, now: float) -> float:
        """Marks the slot as answered; returns how late after its beginning, in seconds. What was read before the first
        slot counts for none."""
        if slot < 0:
            return 0.0
        late_s = now - self.begins(slot)
        on_time, late, _last = self._met
        if late_s <= self.period_s / 2:
            self._met = _Met(on_time + 1, late, slot)
        elif late_s <= self.period_s:
            self._met = _Met(on_time, late + 1, slot)
        return late_s

    def tally(self, now: float) -> Tally:
        """The count over all slots that are over, and the running one if it is answered already."""
        on_time, late, last = self._met
        running = self.latest(now)
        due = max(running, 0, last + 1)
        return Tally(due=due, on_time=on_time, late=late, missed=due - on_time - late)


def phases(count: int, period_s: float) -> list[float]:
    """Phases that spread so many analyzers evenly over a period, as parts of it, in steps of `STEP_S`.

    Analyzers of one step share turns of the event loop. Most of what polling costs are these turns: 800 analyzers at
    5 s in steps of 100 ms take half the processor time of 800 phases.
    """
    steps = max(1, round(period_s / STEP_S))
    return [number * steps // count / steps for number in range(count)]


def free_phase(taken: list[float]) -> float:
    """The middle of the widest gap between the phases in use: for an analyzer that joins later."""
    if not taken:
        return 0.0
    ordered = sorted(taken)
    gaps = [(after - before, before) for before, after in zip(ordered, [*ordered[1:], ordered[0] + 1], strict=True)]
    width, before = max(gaps)
    return (before + width / 2) % 1
