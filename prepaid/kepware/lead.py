"""By how much the stamps of a log are ahead of our clock; below nothing where a clock is known to be behind."""

from datetime import timedelta
from typing import Final

from prepaid.kepware.stamps import MOST_AHEAD

NOTHING: Final = timedelta()
KEPT_S: Final = 60.0
"""After one to two of these a clock that was set right is believed again."""
UNSTEADY: Final = timedelta(seconds=10)
LOOKS_LEAST: Final = 3


class Lead:
    """The largest lead of late. Taken off every stamp of the log, also off those of repeated and late rows, so that a
    value keeps its instant, and nothing that was measured before a frame looks as if it came behind it.

    A lead that becomes less may as well be a log that is slow: it falls to nothing, and below that only by `begin`. It
    falls while rows come steadily, not while those come that were stored: an instant that is too new for a while would
    make what was used meanwhile an impossible jump.
    """

    def __init__(self, kept_s: float = KEPT_S, unsteady: timedelta = UNSTEADY) -> None:
        self._kept_s = kept_s
        self._unsteady = unsteady
        self._began_s: float | None = None
        self._heard: list[timedelta] = []
        self._least = self._now = self._before = NOTHING

    @property
    def known(self) -> timedelta:
        """What holds now."""
        return max(self._now, self._before)

    def hear(self, ahead: timedelta, now_s: float) -> timedelta:
        """What the newest of some rows tells of it; answers the lead that holds for them. One that is `MOST_AHEAD`
        beyond the lead before is not believed."""
        if self._began_s is None or now_s - self._began_s >= self._kept_s:
            self._turn(now_s)
        self._heard.append(ahead)
        if self._now < ahead <= self.known + MOST_AHEAD:
            self._now = ahead
        return self.known

    def begin(self, ahead: timedelta, now_s: float) -> None:
        """From now on it is this one, whatever was heard before."""
        self._began_s, self._heard = now_s, []
        self._least = min(NOTHING, ahead)
        self._now = self._before = ahead

    def move(self, by: timedelta) -> None:
        """Our own clock has gained so much."""
        self._least = min(NOTHING, self._least - by)
        self._now, self._before = max(self._least, self._now - by), max(self._least, self._before - by)

    def _turn(self, now_s: float) -> None:
        steady = len(self._heard) >= LOOKS_LEAST and max(self._heard) - min(self._heard) <= self._unsteady
        if steady:
            self._least = min(NOTHING, max(self._least, min(self._now, self._before)))
        self._before = self._now if steady else self.known
        self._began_s, self._heard, self._now = now_s, [], self._least
