"""By how much the clock behind the stamps of a log is ahead of ours: no value is newer than its row."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from prepaid.kepware.stamps import MOST_AHEAD

NOTHING: Final = timedelta()
KEPT_S: Final = 60.0
"""After one to two of these a clock that was set right is believed again."""


class Lead:
    """The largest lead of late. Taken off every stamp of the log, also off those of repeated and late rows, so that a
    value keeps its instant, and nothing that was measured before a frame looks as if it came behind it."""

    def __init__(self) -> None:
        self._began_s: float | None = None
        self._now = self._before = NOTHING

    def hear(self, instants: Iterable[datetime], arrived_at: datetime, now_s: float) -> timedelta:
        """What these rows tell of it; answers the lead that holds for them. One beyond `MOST_AHEAD` is a wrong zone,
        not a clock, and tells nothing."""
        if self._began_s is None or now_s - self._began_s >= KEPT_S:
            stopped = self._began_s is not None and now_s - self._began_s >= 2 * KEPT_S
            self._before = NOTHING if stopped else self._now
            self._began_s, self._now = now_s, NOTHING
        for at in instants:
            if self._now < at - arrived_at <= MOST_AHEAD:
                self._now = at - arrived_at
        return max(self._now, self._before)
