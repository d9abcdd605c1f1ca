"""Time: the only module that asks the machine what time it is."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the rules and loops need of time; tests pass a clock of their own."""

    def now(self) -> datetime:
        """The wall clock: aware UTC, cut to milliseconds."""

    def monotonic(self) -> float:
        """Seconds that never jump, not even with the wall clock."""

    def uptime(self) -> float:
        """Monotonic seconds that also count while the machine is suspended (leases)."""


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        return to_milliseconds(datetime.now(UTC))

    def monotonic(self) -> float:
        return time.monotonic()

    def uptime(self) -> float:
        boottime, gettime = getattr(time, "CLOCK_BOOTTIME", None), getattr(time, "clock_gettime", None)
        return time.monotonic() if boottime is None or gettime is None else float(gettime(boottime))


@dataclass
class ManualClock:
    """A clock that moves only when told: for tests and simulations."""

    wall: datetime = field(default_factory=lambda: datetime(2026, 1, 5, 8, tzinfo=UTC))
    seconds: float = 1000.0

    def now(self) -> datetime:
        return to_milliseconds(self.wall)

    def monotonic(self) -> float:
        return self.seconds

    def uptime(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        """Lets time pass on every clock."""
        assert seconds >= 0, "time passes forwards; use step() to set the wall clock"
        self.seconds += seconds
        self.wall += timedelta(seconds=seconds)

    def step(self, seconds: float) -> None:
        """Sets the wall clock forward or back; monotonic time is untouched."""
        self.wall += timedelta(seconds=seconds)


def to_milliseconds(instant: datetime) -> datetime:
    """The instant cut (not rounded) to milliseconds, as it is stored and hashed."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)
