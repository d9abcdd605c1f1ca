"""When an enforcer counts as silent for whoever watches it: its sign of life stood still for as long as was looked."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The newest sign of life that was seen of a site (None: there was none yet), since when it has not moved by the
    watcher's monotonic clock.

    So neither a wall clock that jumps nor a sign dated in the future deceives the watcher, and whoever begins to watch
    gives an enforcer that is just starting the same time as one that falls silent.
    """

    beat_at: datetime | None
    still_since_s: float

    def is_silent(self, now_s: float, old_after_s: Decimal) -> bool:
        """Whether it must be told. An enforcer that has never run is no silent one."""
        return self.beat_at is not None and now_s - self.still_since_s > old_after_s


def watched(before: Watched | None, beat_at: datetime | None, now_s: float) -> Watched:
    """What is known after another look."""
    if before is not None and before.beat_at == beat_at:
        return before
    return Watched(beat_at=beat_at, still_since_s=now_s)
