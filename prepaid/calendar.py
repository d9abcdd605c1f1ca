"""Local hours of a site: every boundary is an instant at which the site's wall clock shows a full hour."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from prepaid.errors.start import SettingInvalid

HOUR = timedelta(hours=1)


def zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingInvalid(
            name="time_zone", value=name, why="no such time zone; write it like Asia/Baghdad"
        ) from None


def hour_of(instant: datetime, site_zone: ZoneInfo) -> datetime:
    """The beginning of the local hour that contains the instant, in the instant's own zone (UTC inside).

    Where the zone shifts by half an hour, the first step back ends at half past; the second one at the full hour.
    """
    local = instant.astimezone(site_zone)
    begin = instant - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return begin - timedelta(minutes=begin.astimezone(site_zone).minute)


def next_hour(instant: datetime, site_zone: ZoneInfo) -> datetime:
    """The first hour boundary after the instant; right also where the zone shifts by less than an hour."""
    boundary = hour_of(instant, site_zone) + HOUR
    minute = boundary.astimezone(site_zone).minute
    return boundary + timedelta(minutes=60 - minute) if minute else boundary


def hours_between(after: datetime, until: datetime, site_zone: ZoneInfo) -> list[datetime]:
    """All hour boundaries in (after, until], in order."""
    boundaries = []
    boundary = next_hour(after, site_zone)
    while boundary <= until:
        boundaries.append(boundary)
        boundary = next_hour(boundary, site_zone)
    return boundaries


class LocalHours:
    """Local hours in a row, from the one that contains an instant on; as many as have been asked for.

    Hour n begins at `begins[n]` and ends at `begins[n + 1]`. `slots[n]` is its hour of the local week (0 is Monday at
    midnight), `days[n]` its local date as an ordinal. Where clocks are set back a slot comes twice, where they are set
    forward one is left out.
    """

    def __init__(self, from_at: datetime, site_zone: ZoneInfo) -> None:
        self._zone = site_zone
        self.begins = [hour_of(from_at, site_zone)]
        self.slots: list[int] = []
        self.days: list[int] = []

    def __len__(self) -> int:
        return len(self.slots)

    def grow(self, count: int) -> None:
        """Makes sure that there are at least so many hours."""
        while len(self.slots) < count:
            self._append()

    def reach(self, until_at: datetime) -> None:
        """Makes sure that the last hour ends at the instant or later."""
        while self.begins[-1] < until_at:
            self._append()

    def _append(self) -> None:
        begin = self.begins[-1]
        local = begin.astimezone(self._zone)
        self.slots.append(local.weekday() * 24 + local.hour)
        self.days.append(local.toordinal())
        self.begins.append(next_hour(begin, self._zone))
