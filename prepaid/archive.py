"""Which raw readings are old enough for the archive, and how they are divided into files: by site and day (UTC)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

DAY = timedelta(days=1)
USUAL_KEPT_DAYS, LARGE_KEPT_DAYS = Decimal(14), Decimal(90)
"""In an SQLite file or the Express edition, which keeps 10 GB at most; in any other edition of SQL Server."""
LOOKED_AT_EVERY = timedelta(days=30)
"""Each file is read from its first to its last byte at least so often."""
LOOKED_AT_AFTER = timedelta(days=25)
"""From then on it is its turn; what is not done in one go of many has five days."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the archive. It is one of UTC, so that files of all sites are cut at the same instants."""

    on: date

    @property
    def from_at(self) -> datetime:
        """Its first instant."""
        return datetime.combine(self.on, time(0), UTC)

    @property
    def until_at(self) -> datetime:
        """The first instant of the next day."""
        return self.from_at + DAY

    @classmethod
    def of(cls, instant: datetime) -> "Day":
        """The day that holds the instant."""
        return cls(instant.astimezone(UTC).date())


def day_due(oldest_at: datetime | None, keep_from_at: datetime) -> Day | None:
    """The day of the oldest reading, when all of it lies before what is kept in the database."""
    day = None if oldest_at is None else Day.of(oldest_at)
    return day if day is not None and day.until_at <= keep_from_at else None


def removed_before(now: datetime, kept_days: Decimal) -> date:
    """Days before this one were over so many days ago, and are not kept any longer."""
    return Day.of(now - timedelta(days=float(kept_days))).on
