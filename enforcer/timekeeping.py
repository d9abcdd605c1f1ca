"""The enforcer's own time: never backwards, and a jump of the wall clock is followed only when it has settled."""

import math
import threading
from datetime import datetime, timedelta
from typing import NamedTuple

from prepaid.clock import Clock, to_milliseconds

JUMP = timedelta(seconds=5)
DATABASE_APART = timedelta(seconds=30)
DATABASE_AGREES = timedelta(seconds=25)
"""Once apart, so close they must come again."""
PACE_WHEN_AHEAD = 0.5
_TICK = timedelta(milliseconds=1)


class Standstill(NamedTuple):
    """That the wall clock was found so far ahead, at a monotonic second. Somebody may have set it; or the machine was
    suspended, or saved and restored, and nothing but the wall clock tells how long it stood still."""

    noticed_s: float
    at_most_s: float

    def since(self, second: float) -> float:
        """So long it may have stood still since that monotonic second."""
        return self.at_most_s if second < self.noticed_s else 0.0


NEVER_STOOD_STILL = Standstill(-math.inf, 0.0)
_BEHIND = timedelta(seconds=1)


class BookClock:
    """Stamps for the books: strictly rising, also over a restart (`not_before`).

    A wall clock that leaves the monotonic line by more than 5 s is doubted: stamps stay on the line, and `trusted` is
    false, so that boundaries, windows and cuts wait. It is believed again when it returns, or after `settle_s`. While
    it is behind the stamps of before, they go on at half its pace until it has come up with them: nothing that is
    timed by them, as the next try of a device that did not obey, stands still.
    """

    def __init__(self, clock: Clock, settle_s: float, not_before: datetime | None = None) -> None:
        self._clock = clock
        self._settle_s = settle_s
        self._guard = threading.Lock()
        self._anchor = (clock.now(), clock.monotonic())
        self._last = not_before or self._anchor[0] - _TICK
        self._last_s = self._anchor[1]
        self.downtime_known = self._last - self._anchor[0] <= _BEHIND
        """Whether the stored instants tell how long nobody was there. Not where the wall clock was set back: it stands
        before the last stamp of the run before."""
        self._doubted_since_s: float | None = None
        self._database_apart = False
        self.standstill = NEVER_STOOD_STILL
        """The newest one."""

    @property
    def trusted(self) -> bool:
        """Whether wall, monotonic and database time agree."""
        return self._doubted_since_s is None and not self._database_apart

    @property
    def in_step(self) -> bool:
        """Whether the stamps are those of the wall clock, and not ahead of one that was set back."""
        with self._guard:
            return self._last - self._line() <= JUMP

    def now(self) -> datetime:
        """The next stamp: on the monotonic line; behind it at half its pace, at least a millisecond after the last."""
        with self._guard:
            seconds = self._clock.monotonic()
            slowly = to_milliseconds(self._last + timedelta(seconds=(seconds - self._last_s) * PACE_WHEN_AHEAD))
            self._last = max(self._line(), slowly, self._last + _TICK)
            self._last_s = seconds
            return self._last

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def uptime(self) -> float:
        return self._clock.uptime()

    def compare(self, database_now: datetime) -> None:
        """Compares the wall clock with the database's, which was asked just now."""
        with self._guard:
            most = DATABASE_AGREES if self._database_apart else DATABASE_APART
            self._database_apart = abs(database_now - self._clock.now()) > most

    def observe(self) -> None:
        """Compares the wall clock with the monotonic one; called once a pass."""
        with self._guard:
            wall, seconds = self._clock.now(), self._clock.monotonic()
            if abs(wall - self._line()) <= JUMP:
                self._anchor = (wall, seconds)
                self._doubted_since_s = None
            elif self._doubted_since_s is None:
                self._doubted_since_s = seconds
                if wall > self._line():
                    self.standstill = Standstill(seconds, (wall - self._line()).total_seconds())
            elif seconds - self._doubted_since_s >= self._settle_s:
                self._anchor = (wall, seconds)
                self._doubted_since_s = None

    def _line(self) -> datetime:
        anchored_at, anchored_s = self._anchor
        return to_milliseconds(anchored_at + timedelta(seconds=self._clock.monotonic() - anchored_s))
