"""How large the database is, how fast it grows, how long the disk lasts, and when somebody must be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

LEAST_FREE_BYTES = 1_000_000_000
LEAST_DAYS_LEFT = 7.0
FULL_SHARE = 0.9
BACKUP_OLD_AFTER = timedelta(hours=36)
RETRIED_AFTER = timedelta(hours=1)
RELIEF = 1.2
"""An alarm ends only so far beyond its bound, so that it does not come and go."""
SHORTEST_SPAN = timedelta(hours=20)
"""Growth over less than that says nothing about days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """The database at one instant. `used_bytes` hold data, `file_bytes` are taken from the disk: what is between them
    is used again before the file grows. `free_bytes`: of the disk, `limit_bytes`: of the edition; None: unknown."""

    measured_at: datetime
    used_bytes: int
    file_bytes: int
    free_bytes: int | None
    limit_bytes: int | None

    @property
    def room_bytes(self) -> int | None:
        """How much more data there is room for on the disk; None: not known."""
        return None if self.free_bytes is None else self.free_bytes + max(0, self.file_bytes - self.used_bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """The newest size with what the days before say. `growth_bytes`: of a day; None: not known yet."""

    size: Size
    growth_bytes: float | None

    @property
    def days_left(self) -> float | None:
        """Days until the disk is full at the present growth; None where that is not known, or never."""
        room = self.size.room_bytes
        if room is None or self.growth_bytes is None or self.growth_bytes <= 0:
            return None
        return room / self.growth_bytes

    def is_disk_low(self, *, stands: bool = False) -> bool:
        """Whether the disk is running out; `stands`: that it is has been told already."""
        more = RELIEF if stands else 1.0
        free, days = self.size.free_bytes, self.days_left
        few_bytes = free is not None and free < LEAST_FREE_BYTES * more
        return few_bytes or (days is not None and days < LEAST_DAYS_LEFT * more)

    def is_database_full(self, *, stands: bool = False) -> bool:
        """Whether the database is near what its edition allows."""
        limit = self.size.limit_bytes
        return limit is not None and self.size.used_bytes > limit * FULL_SHARE / (RELIEF if stands else 1.0)


def storage_of(sizes: Sequence[Size]) -> Storage | None:
    """From the sizes of some days, oldest first; None without any."""
    if not sizes:
        return None
    first, last = sizes[0], sizes[-1]
    span = last.measured_at - first.measured_at
    growth = None
    if span >= SHORTEST_SPAN:
        growth = (last.used_bytes - first.used_bytes) / (span / timedelta(days=1))
    return Storage(size=last, growth_bytes=growth)


def is_backup_due(
    verified_at: datetime | None, tried_at: datetime | None, now: datetime, zone: ZoneInfo, hour: int
) -> bool:
    """Whether the backup of the day is still missing: the newest good one is older than the last time the wall clock
    showed that hour, and nobody tried within the last hour. Instants ahead of a clock that was set back count not."""
    local = now.astimezone(zone)
    day = local.date() if local.hour >= hour else local.date() - timedelta(days=1)
    wanted_at = datetime.combine(day, time(hour), zone)
    done = verified_at is not None and wanted_at <= verified_at <= now
    tried = tried_at is not None and now - RETRIED_AFTER < tried_at <= now
    return not done and not tried


def is_backup_old(verified_at: datetime | None, since_at: datetime, now: datetime) -> bool:
    """Whether the newest good backup is too old; where there is none yet, whether one should be: data are kept
    `since_at`."""
    return now - max(since_at, verified_at or since_at) > BACKUP_OLD_AFTER
