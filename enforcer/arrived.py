"""Readings between the thread that polls and the passes. A pass may be held up for minutes by a database that says
nothing: then what is dropped is what the charges need least."""

import threading
from collections.abc import Sequence
from datetime import timedelta

from prepaid.records import Reading

QUARTER_S = timedelta(minutes=15).total_seconds()
"""The hours of every zone begin at such an instant."""
LEFT = 0.75
"""So much is left when it was full, so that not every reading makes room anew."""


class Arrived:
    """At most so many readings. One thread adds, another takes."""

    def __init__(self, most: int) -> None:
        self.dropped = 0
        self._most = most
        self._readings: list[Reading] = []
        self._guard = threading.Lock()

    def add(self, reading: Reading) -> None:
        """Puts a reading behind the others."""
        with self._guard:
            self._readings.append(reading)
            if len(self._readings) > self._most:
                left = _left(self._readings, max(1, int(self._most * LEFT)))
                self.dropped += len(self._readings) - len(left)
                self._readings = left

    def take(self) -> list[Reading]:
        """All of them, oldest first."""
        with self._guard:
            taken, self._readings = self._readings, []
            return taken


def _left(readings: Sequence[Reading], most: int) -> list[Reading]:
    """The oldest without a quarter of an hour beside them give way first, then the oldest of the others."""
    beside = _beside_quarters(readings)
    in_turn = sorted(range(len(readings)), key=lambda place: (place in beside, place))
    return [readings[place] for place in sorted(in_turn[len(readings) - most :])]


def _beside_quarters(readings: Sequence[Reading]) -> set[int]:
    """The places of readings that are the last or the first of their analyzer on one side of a quarter."""
    found: set[int] = set()
    before: dict[int, int] = {}
    for place, reading in enumerate(readings):
        known = before.get(reading.analyzer_id)
        if known is not None and _quarter(readings[known]) != _quarter(reading):
            found |= {known, place}
        before[reading.analyzer_id] = place
    return found


def _quarter(reading: Reading) -> float:
    return reading.read_at.timestamp() // QUARTER_S
