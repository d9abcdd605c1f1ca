"""Whether the values of an analyzer still come from the device, or are old ones that Kepware repeats as good."""

import math
from datetime import datetime, timedelta
from typing import Final

from prepaid.records import Reading

PATIENCE: Final = timedelta(seconds=10)
LOAD_A: Final = 0.1


class Liveliness:
    """Looks at readings in their order.

    Under load something moves all the time: the operating seconds (213), a counter, a measure. Without load they may
    all stand still at a device that counts operating seconds of its load only; one whose seconds were seen to tick
    without load has no such excuse.
    """

    def __init__(self, stale: timedelta) -> None:
        self._patience = max(stale, PATIENCE)
        self._shown: tuple[object, ...] | None = None
        self._operating_s: int | None = None
        self._moved_at: datetime | None = None
        self._without_load = False
        self._ticks_without_load = False

    def moves(self, reading: Reading) -> bool:
        """Whether anything moved of late, up to this reading."""
        shown = (reading.status.operating_s, reading.energies, _measures(reading))
        without_load = not abs(reading.measures.current_total_a) > LOAD_A
        ticks = self._operating_s is not None and reading.status.operating_s > self._operating_s
        if ticks and without_load and self._without_load:
            self._ticks_without_load = True
        self._without_load, self._operating_s = without_load, reading.status.operating_s
        if self._moved_at is None or shown != self._shown:
            self._shown, self._moved_at = shown, reading.read_at
            return True
        if without_load and not self._ticks_without_load:
            return True
        return reading.read_at - self._moved_at <= self._patience


def _measures(reading: Reading) -> tuple[float | None, ...]:
    """Values that are no number compare as equal."""
    return tuple(None if math.isnan(value) else value for value in reading.measures)
