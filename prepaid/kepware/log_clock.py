"""The clock behind the stamps of a log beside our own, also while one of the two is wrong."""

import math
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Final, NamedTuple

from prepaid.kepware.groups import STALE_INTERVALS
from prepaid.kepware.lead import KEPT_S, LOOKS_LEAST, NOTHING, Lead
from prepaid.kepware.stamps import MOST_AHEAD
from prepaid.language import _, later

PROOF_S: Final = 30.0
"""Or three intervals: so long rows wait of which none goes on where the log was."""
NEAR: Final = timedelta(seconds=5)
"""Between two looks our own clock leaves the monotonic one by no more, unless it is set."""

OURS_AHEAD: Final = later(
    "The clock of this machine was set, and is {seconds} s ahead of that of Kepware. Set it right."
)
OURS_BEHIND: Final = later(
    "The clock of this machine was set, and is {seconds} s behind that of Kepware. Set it right."
)
THEIRS_AHEAD: Final = later(
    "The clock of Kepware is {seconds} s ahead, which is taken off its stamps. Set that clock right, and look at the "
    "zone."
)
THEIRS_BACK: Final = later(
    "The clock of Kepware was set back by {seconds} s, which are added to its stamps. Set that clock right."
)
NEVER_AGREED: Final = later(
    "Its stamps are {seconds} s ahead of the clock of this machine: look at the clocks and at the zone."
)


class _Look(NamedTuple):
    """One look whose rows are all too old or too new: its newest stamp, and by how much that is ahead of our clock."""

    newest: datetime
    ahead: timedelta
    at_s: float


class LogClock:
    """Which instant by our clock the stamps of a log mean.

    1. No value is newer than its row: what stamps are ahead is taken off all of them (`Lead`).
    2. Rows wait while none of them goes on where the log was. Late rows are followed by newer ones, or show counters
       below those that were read before. Stamps that go on at the pace of time for half a minute are those of a clock
       that was set: from then on they are taken by what they are ahead, or behind.
    3. When our own clock was set, the log goes on as it was: the monotonic clock tells by how much.
    """

    def __init__(self, interval_s: float, newest_at: datetime | None) -> None:
        self.newest_at = newest_at
        """The newest instant that was stamped, by our clock."""
        self._proof_s = max(PROOF_S, STALE_INTERVALS * interval_s)
        self._unsteady = timedelta(seconds=interval_s) + NEAR
        self._lead = Lead(max(KEPT_S, self._proof_s), self._unsteady)
        self._older = max(timedelta(seconds=interval_s), NEAR)
        self._looks: list[_Look] = []
        self._last: tuple[datetime, float] | None = None
        self._left = NOTHING
        self._gained = NOTHING
        self._agreed = False

    @property
    def ahead(self) -> timedelta:
        """So much is to be taken off a stamp; below nothing where the clock of the log is behind."""
        return self._lead.known

    @property
    def trouble(self) -> str | None:
        """Whose clock is wrong and by how much; None while they are within a minute of each other."""
        if abs(self.ahead) <= MOST_AHEAD:
            return None
        is_ours, is_ahead = abs(self._left) > abs(self.ahead) / 2, self.ahead > NOTHING
        if is_ours:
            sentence = _(OURS_BEHIND if is_ahead else OURS_AHEAD)
        elif is_ahead:
            sentence = _(THEIRS_AHEAD if self._agreed else NEVER_AGREED)
        else:
            sentence = _(THEIRS_BACK)
        return sentence.format(seconds=round(abs(self.ahead).total_seconds()))

    def begin(self, newest: Sequence[datetime], now: datetime, now_s: float) -> None:
        """Before anything is taken: what the newest rows of the log tell, none of which can be newer than now. What was
        stored while nobody read comes before them."""
        ahead = median(stamp.timestamp() for stamp in newest) - now.timestamp() if newest else 0.0
        if ahead > 0:
            self._lead.begin(_whole(timedelta(seconds=ahead)), now_s)

    def hear(self, stamps: Sequence[datetime], now: datetime, now_s: float, is_past: Callable[[], bool]) -> bool:
        """Whether the rows with these stamps, which were read now, can be taken by what is `ahead`, and with them those
        that wait; False: they have to wait, too. `is_past` answers whether anything but stamps tells that they are old.
        """
        self._look_at_ours(now, now_s)
        going_on = self._going_on(stamps, now)
        if going_on is not None:
            waited, self._looks = self._looks, []
            if waited:
                self._judge([*waited, _Look(going_on, going_on - now, now_s)], now_s)
            self._follow(going_on, now, now_s)
            return True
        if stamps:
            if is_past():
                self._looks = []
                return True
            self._looks.append(_Look(max(stamps), max(stamps) - now, now_s))
        if not self._looks:
            return True
        if now_s - self._looks[0].at_s < self._proof_s:
            return False
        waited, self._looks = self._looks, []
        self._judge(waited, now_s)
        self._follow(waited[-1].newest, now, now_s)
        return True

    def _going_on(self, stamps: Sequence[datetime], now: datetime) -> datetime | None:
        """The newest of them that is neither older than what was read nor too far ahead; None: there is none."""
        newest = now + self.ahead + MOST_AHEAD
        found = max((stamp for stamp in stamps if stamp <= newest), default=None)
        if found is None or self.newest_at is None or found >= self.newest_at + self.ahead - self._older:
            return found
        return None

    def _judge(self, looks: Sequence[_Look], now_s: float) -> None:
        """Whether it was a clock that was set. A lead that seems to be over is forgotten without so many looks: if it
        is not, the next row tells it again."""
        paces = [each.newest - timedelta(seconds=each.at_s) for each in looks]
        if max(paces) - min(paces) > self._unsteady:
            return
        ahead = _whole(max(each.ahead for each in looks))
        if len(looks) >= LOOKS_LEAST:
            self._lead.begin(ahead, now_s)
        elif self.ahead > NOTHING:
            self._lead.begin(max(NOTHING, ahead), now_s)

    def _follow(self, newest: datetime, now: datetime, now_s: float) -> None:
        """What the newest stamp tells, as far as it may be believed."""
        ahead = self._lead.hear(newest - now, now_s)
        at = newest - ahead
        if at <= now + MOST_AHEAD and (self.newest_at is None or at > self.newest_at):
            self.newest_at = at
        if abs(ahead) <= NEAR:
            self._left, self._agreed = NOTHING, True

    def _look_at_ours(self, now: datetime, now_s: float) -> None:
        """By how much our clock has left the monotonic one since the last look. Parts of a second wait until they are a
        whole one: rows of one stamp mean one instant, whenever they come."""
        if self._last is not None:
            last_at, last_s = self._last
            by = now - last_at - timedelta(seconds=now_s - last_s)
            self._left += by
            self._gained += by
            gained = self._gained if abs(by) > NEAR else timedelta(seconds=int(self._gained.total_seconds()))
            if gained:
                self._gained -= gained
                self._lead.move(gained)
                self._looks = [each._replace(ahead=each.ahead - gained) for each in self._looks]
            if abs(by) > NEAR and self.newest_at is not None:
                self.newest_at += by
        self._last = (now, now_s)
        if self.newest_at is not None and self.newest_at > now:
            self.newest_at = now


def _whole(ahead: timedelta) -> timedelta:
    """In whole seconds, so that no value becomes newer than its row: clocks are set by such, and rows come later."""
    return timedelta(seconds=math.ceil(ahead / timedelta(seconds=1)))
